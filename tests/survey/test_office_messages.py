"""The officer's page of messages. Authority: the brief of messaging, part 10: counts by state and gateway,
decisions about unknown and dead messages, a text to oneself, numbers with a fixed outcome, a plan before launch.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.gateways.simulator import FIXED_NUMBERS, SimulatorGateway
from survey.models import AuditEvent, Message
from survey.services.fieldwork import draw
from survey.services.messaging import pace
from tests.factories import make_invitation, make_message, make_unit, make_wave
from tests.officers import Browser, browser
from tests.survey.fake_sms import state_of
from tests.waves import ACTOR, CODE, drafted

PAGE = "/office/waves/2026-q3/messages"


@pytest.fixture(autouse=True)
def at_ten(app: Flask, now: datetime) -> None:
    app.extensions["thuocdo_clock"] = lambda: now


@pytest.fixture
def officer(app: Flask) -> Browser:
    return browser(app, "officer")


def message(state: str, now: datetime, **kw: object) -> str:
    wave = kw.pop("wave", None) or make_wave("2026-q3", state="launched")
    invitation = make_invitation(make_unit(wave=wave, phone="+84905123456"))[0]
    fields = {"state": state, "gateway": "kannel", "attempted_at": now} | kw
    return str(make_message(invitation, **fields).id)


def test_messages_are_counted_by_gateway(officer: Browser, now: datetime) -> None:
    message("delivered", now)
    page = officer.text(PAGE)
    assert "Đếm lúc 10:00 14/10/2026." in page
    assert '<td data-label="Cổng">kannel</td>' in page


@pytest.mark.parametrize(
    ("state", "decision", "confirm", "after"),
    [
        ("unknown", "arrived", "", "handed_over"),
        ("unknown", "lost", "", "failed"),
        ("unknown", "resend", "yes", "failed"),
        ("unknown", "resend", "", "unknown"),
        ("dead", "resend", "yes", "dead"),
        ("dead", "lost", "", "dead"),
    ],
)
def test_an_officer_decides(
    officer: Browser, now: datetime, state: str, decision: str, confirm: str, after: str
) -> None:
    key = message(state, now)
    assert "905123456" not in officer.text(f"{PAGE}?state={state}")
    officer.post(f"{PAGE}/{key}/{decision}", confirm=confirm)
    assert state_of(key) == after
    queued = db.session.scalars(select(Message).where(Message.state == "queued")).all()
    assert len(queued) == (decision == "resend" and confirm == "yes")


def test_who_only_looks_is_offered_no_decision(app: Flask, now: datetime) -> None:
    key = message("unknown", now)
    viewer = browser(app, "viewer")
    page = viewer.text(PAGE)
    assert "Gửi lại" not in page
    assert "Gửi thử cho chính mình" not in page
    assert viewer.post(f"{PAGE}/{key}/lost").status_code == 403
    assert viewer.post(f"{PAGE}/try", number="0905000009").status_code == 403
    assert state_of(key) == "unknown"


def test_a_message_of_another_wave_is_not_there(officer: Browser, now: datetime) -> None:
    key = message("unknown", now, wave=make_wave("other", state="launched"))
    make_wave("2026-q3", state="launched")
    officer.text(PAGE)
    officer.post(f"{PAGE}/{key}/lost")
    assert state_of(key) == "unknown"


def test_an_officer_tries_the_waves_own_text_on_his_phone(app: Flask, officer: Browser, now: datetime) -> None:
    make_wave("2026-q3", state="drawn")
    officer.text(PAGE)
    officer.post(f"{PAGE}/try", number="0905 000 009", gateway="simulator")
    assert "Cổng simulator: đã nhận tin thử" in officer.text(PAGE)
    network = SimulatorGateway("simulator", {"instance": app.config["THUOCDO_INSTANCE"], "rate": 20})
    (text,) = network.inbox("+84905000009")
    assert text.body.startswith("So Noi vu TP Hue: ")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "message.test")).one()
    assert "905000009" not in str(event.details) + event.subject
    assert db.session.scalars(select(Message)).all() == []


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("0234 3822 222", "Không phải số di động Việt Nam."),
        ("0900 000 007", "không trả lời; tin có thể đã đi"),
        ("0900 000 010", "từ chối tin này."),
        ("0900 000 011", "chắc chắn chưa gửi"),
    ],
)
def test_a_trial_that_fails_says_how(officer: Browser, number: str, said: str) -> None:
    make_wave("2026-q3", state="drawn")
    officer.text(PAGE)
    officer.post(f"{PAGE}/try", number=number, gateway="simulator")
    assert said in officer.text(PAGE)


def test_the_numbers_with_a_fixed_outcome_are_shown_with_it(officer: Browser) -> None:
    make_wave("2026-q3", state="drawn")
    page = officer.text(PAGE)
    assert all(number in page for number in FIXED_NUMBERS)
    assert "Cổng không trả lời, tin vẫn đến, không báo nhận" in page


def test_in_use_of_a_real_network_there_are_no_simulated_numbers(app: Flask, officer: Browser) -> None:
    make_wave("2026-q3", state="drawn")
    app.config["THUOCDO_GATEWAYS"] = ("console",)
    assert "+84900000001" not in officer.text(PAGE)


@pytest.mark.parametrize("at_once", [True, False])
def test_the_plan_tells_when_the_invitations_leave(
    officer: Browser, now: datetime, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    wave = drafted()
    draw.freeze_frame(wave, wave.period_end, actor=ACTOR, now=now)
    draw.draw_sample(wave, "xổ số 05/10/2026: 123456", actor=ACTOR, now=now + timedelta(seconds=1))
    if not at_once:
        monkeypatch.setattr(pace, "AT_ONCE", timedelta(0))
    page = officer.text(f"/office/waves/{CODE}/launch")
    assert "Ở tốc độ 16,0 phần tin mỗi giây, lời mời cần khoảng 1 phút." in page
    assert ("bắt đầu đi lúc 10:00 14/10/2026 và xong khoảng 10:00 14/10/2026." in page) is at_once
    assert ("trải đều từ 10:00 14/10/2026 đến 20:00 14/10/2026." in page) is not at_once
