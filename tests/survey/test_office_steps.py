"""The steps of a wave as buttons. Authority: the brief, part 13; failures.md, rows 14 and 16 (double clicks)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import AuditEvent, Message, Release, SampleUnit, Wave, WaveState
from tests.factories import NOW, make_wave
from tests.officers import Browser, browser
from tests.waves import CODE, answer_all, drafted, launched

HOME = f"/office/waves/{CODE}/"
SEED = "XSKT Huế 05/10/2026: 123456"


@pytest.fixture
def app(app: Flask) -> Flask:
    app.extensions["thuocdo_clock"] = lambda: NOW + timedelta(days=2)
    return app


def state() -> WaveState:
    return db.session.scalars(select(Wave.state).where(Wave.code == CODE)).one()


def take(officer: Browser, name: str, **fields: str) -> str:
    """Press the button of a step and read the page that follows."""
    officer.get(HOME + name)
    done = officer.post(HOME + name, confirm="yes", **fields)
    assert done.status_code == 303
    return officer.text(done.location)


def test_a_wave_from_draft_to_publication_by_buttons_alone(app: Flask) -> None:
    drafted()
    officer = browser(app)
    assert "Đã chốt khung mẫu" in take(officer, "freeze")
    assert "Đã rút mẫu" in take(officer, "draw", seed=SEED)
    assert "Đã triển khai" in take(officer, "launch")
    assert "Đã tạm dừng" in take(officer, "pause")
    assert "Đã gửi tiếp" in take(officer, "resume")
    answer_all(db.session.scalars(select(Wave)).one(), NOW + timedelta(days=2))
    assert "Đã đóng đợt" in take(officer, "close")
    assert "Đã ước lượng xong" in take(officer, "estimate")
    assert "Đã lập bản công bố" in take(officer, "build")
    assert "UBND Phường Thuận Hóa" in officer.text(HOME + "publish")
    assert "Đã công bố" in take(officer, "publish")
    assert state() is WaveState.published
    deeds = db.session.scalars(select(AuditEvent.action).where(AuditEvent.actor == "admin@hue.gov.vn")).all()
    wanted = ("frame.freeze", "wave.draw", "wave.launch", "wave.pause", "wave.resume", "wave.close")
    assert set(deeds) >= {*wanted, "wave.estimate", "release.build", "release.publish"}


def test_a_second_click_says_so_and_does_nothing(app: Flask) -> None:
    drafted()
    officer = browser(app)
    for name in ("freeze", "draw", "launch"):
        take(officer, name, seed=SEED)
    drawn = db.session.scalar(select(func.count()).select_from(SampleUnit))
    messages = db.session.scalar(select(func.count()).select_from(Message))
    for name in ("freeze", "draw", "launch"):
        assert "đã làm xong từ trước" in take(officer, name, seed="another seed")
    assert db.session.scalar(select(func.count()).select_from(SampleUnit)) == drawn
    assert db.session.scalar(select(func.count()).select_from(Message)) == messages


def test_two_clicks_at_the_same_moment_draw_one_sample(app: Flask) -> None:
    drafted()
    officer = browser(app)
    take(officer, "freeze")
    officer.get(HOME + "draw")
    cookie = officer.client.get_cookie("session")
    assert cookie is not None
    db.session.rollback()

    def click(_number: int) -> int:
        client = app.test_client()
        client.set_cookie("session", cookie.value)
        with app.app_context():
            fields = {"csrf_token": officer.token, "confirm": "yes", "seed": SEED}
            return client.post(HOME + "draw", data=fields).status_code

    with ThreadPoolExecutor(2) as clicks:
        assert list(clicks.map(click, range(2))) == [303, 303]
    assert db.session.scalar(select(func.count()).select_from(SampleUnit)) == 36
    draws = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "wave.draw")
    assert db.session.scalar(draws) == 1


def test_estimating_and_building_twice_leaves_one_release(app: Flask) -> None:
    wave = launched()
    answer_all(wave, NOW + timedelta(days=2))
    officer = browser(app)
    for name in ("close", "estimate", "estimate", "build", "build"):
        take(officer, name)
    assert db.session.scalar(select(func.count()).select_from(Release)) == 1


@pytest.mark.parametrize(("minimum", "shown"), [(5, True), (100, False)])
def test_results_are_read_before_they_are_published_unless_too_few_answered(
    app: Flask, minimum: int, shown: bool
) -> None:
    wave = launched()
    answer_all(wave, NOW + timedelta(days=2))
    wave.settings = wave.settings | {"minimum_answers": minimum}
    db.session.commit()
    officer = browser(app)
    assert "Chưa ước lượng" in officer.text(HOME + "results")
    take(officer, "close")
    take(officer, "estimate")
    page = officer.text(HOME + "results")
    row = page.split("UBND Phường Vỹ Dạ")[1].partition("</tr>")[0]
    assert ("%" in row) is shown
    assert ("quá ít người trả lời" in row) is not shown


@pytest.mark.parametrize("name", ["freeze", "draw", "launch", "close", "publish"])
def test_a_step_without_return_wants_a_yes(app: Flask, name: str) -> None:
    officer = browser(app)
    state_before = {
        "freeze": "draft",
        "draw": "draft",
        "launch": "drawn",
        "close": "launched",
        "publish": "estimated",
    }
    make_wave(CODE, state=state_before[name])
    officer.text("/office/waves/")
    refused = officer.post(HOME + name, seed=SEED)
    assert refused.location == HOME + name
    assert "Xin đánh dấu vào ô xác nhận" in officer.text(HOME + name)
    assert state() == state_before[name]


def test_what_a_service_refuses_is_told_in_words(app: Flask) -> None:
    make_wave(CODE, state="draft")
    assert "không chuyển sang" in take(browser(app), "close")
    assert state() is WaveState.draft


def test_a_draw_without_a_seed_is_refused(app: Flask) -> None:
    drafted()
    officer = browser(app)
    take(officer, "freeze")
    assert "thiếu mầm ngẫu nhiên" in take(officer, "draw", seed=" ")


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("viewer", "launch"),
        ("analyst", "draw"),
        ("officer", "publish"),
        ("publisher", "close"),
        ("officer", "estimate"),
    ],
)
def test_a_step_needs_its_role_at_the_page_and_at_the_deed(app: Flask, role: str, name: str) -> None:
    make_wave(CODE, state="drawn")
    officer = browser(app, role)
    page = officer.text(HOME)
    assert officer.get(HOME + name).status_code == 403
    assert officer.post(HOME + name, confirm="yes").status_code == 403
    assert f'href="{HOME}{name}"' not in page


def test_a_deed_needs_the_token_of_its_form(app: Flask) -> None:
    make_wave(CODE, state="launched")
    assert browser(app).open("POST", HOME + "pause").status_code == 400
    assert state() is WaveState.launched


def test_the_launch_page_counts_people_messages_and_money(app: Flask) -> None:
    app.config["THUOCDO_SMS_PRICE"] = 350.0
    drafted()
    officer = browser(app)
    take(officer, "freeze")
    take(officer, "draw", seed=SEED)
    page = officer.text(HOME + "launch")
    without_phone = db.session.scalar(select(func.count()).where(SampleUnit.contact_id.is_(None))) or 0
    people = 36 - without_phone
    for figure in (36, people, without_phone, 3 * people):
        assert f"<strong>{figure}</strong>" in page
    cost = f"{3 * people * 350:,}".replace(",", ".")
    assert f"<strong>{cost} đ</strong>" in page
