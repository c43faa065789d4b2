"""The last second and the first: of the sending hours, of a holiday, of a wave, of hours that end in a batch.

Authority: hours 08:00-20:00 of Asia/Ho_Chi_Minh (UTC+7, no summer time), the opening minute in, the closing one
out; a wave takes answers, and sends, until the moment at which it closes.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.models import Message, MessageKind
from survey.services.messaging.dispatch import FRESH
from survey.services.messaging.reminders import queue_due
from tests.factories import make_invitation, make_message, make_unit, make_wave
from tests.survey.fake_sms import FakeSms, send, state_of
from tests.survey.texting import invited, replies, say

pytestmark = pytest.mark.usefixtures("app")
SECOND = timedelta(seconds=1)


def local(moment: str) -> datetime:
    """A moment of the clocks in Huế."""
    return datetime.fromisoformat(f"{moment}+07:00").astimezone(UTC)


def due(now: datetime, phone: str = "+84905000001", **kw: object) -> str:
    invitation = make_invitation(make_unit(phone=phone, **kw), expires_at=now + timedelta(days=9))[0]
    return str(make_message(invitation, not_before=now - SECOND, expires_at=now + timedelta(days=3)).id)


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("2026-09-01T19:59:59", 1),
        ("2026-09-02T08:00:00", 0),
        ("2026-09-02T23:59:59", 0),
        ("2026-09-03T00:00:00", 0),
        ("2026-09-03T08:00:00", 1),
    ],
    ids=["the evening before", "on the holiday", "its last second", "the midnight after", "the morning after"],
)
def test_on_a_holiday_nothing_is_started(app: Flask, moment: str, sent: int) -> None:
    app.config["THUOCDO_SMS_HOLIDAYS"] = ("2026-09-02",)
    due(local(moment), wave=make_wave(state="launched", closes_at=local("2026-09-09T00:00:00")))
    assert send(local(moment), FakeSms()).sent == sent


def test_a_batch_that_was_claimed_in_the_last_second_is_not_finished_after_it() -> None:
    last = local("2026-10-14T19:59:59.800000")
    ids = [due(last, f"+8490500000{number}") for number in range(3)]
    gateway = FakeSms(during=lambda _sms: time.sleep(FRESH.total_seconds() + 0.1))
    send(last, gateway)
    assert len(gateway.sent) == 1
    assert sorted(map(state_of, ids)) == ["handed_over", "queued", "queued"]


def test_a_try_that_would_be_due_at_night_is_made_in_the_morning() -> None:
    evening = local("2026-10-14T19:59:59")
    due(evening)
    assert send(evening, FakeSms(errors={"*": "not_sent"})).not_sent == 1
    gateway = FakeSms()
    send(local("2026-10-14T20:10:00"), gateway)
    assert gateway.sent == []
    send(local("2026-10-15T08:00:00"), gateway)
    assert len(gateway.sent) == 1


@pytest.mark.parametrize(
    ("moment", "reminded"), [("19:59:59", 1), ("20:00:00", 0), ("07:59:59", 0), ("08:00:00", 1)]
)
def test_reminders_are_decided_inside_the_hours(moment: str, reminded: int) -> None:
    now = local(f"2026-10-14T{moment}")
    wave = make_wave(state="launched", closes_at=now + timedelta(days=9))
    invitation = make_invitation(make_unit(wave=wave), expires_at=now + timedelta(days=9))[0]
    make_message(invitation, state="delivered", attempted_at=now - timedelta(days=4), gateway="fake")
    assert queue_due(now) == reminded


def test_a_wave_sends_and_takes_answers_until_the_moment_it_closes(now: datetime) -> None:
    closes = now + timedelta(hours=1)
    wave = make_wave(state="launched", closes_at=closes)
    in_time, late = (due(closes, f"+8490500000{number}", wave=wave) for number in (2, 3))
    send(closes - SECOND, gateway := FakeSms(), limit=1)
    send(closes, gateway)
    assert len(gateway.sent) == 1
    assert sorted(map(state_of, (in_time, late))) == ["cancelled", "handed_over"]
    invited(now, wave=wave)
    assert say("5 4 5 3 5 4", closes - SECOND) == "accept"
    assert say("1 1 1 1 1 1", closes) == "closed"


def test_a_reminder_of_the_last_day_speaks_of_one_day_and_dies_with_the_wave(now: datetime) -> None:
    closes = now + timedelta(hours=5)
    wave = make_wave(state="launched", closes_at=closes)
    invitation = make_invitation(make_unit(wave=wave), expires_at=closes)[0]
    make_message(invitation, state="delivered", attempted_at=now - timedelta(days=9), gateway="fake")
    queue_due(now)
    reminder = db.session.scalars(select(Message).where(Message.kind == MessageKind.reminder)).one()
    assert "con 1 ngay" in reminder.body
    assert reminder.expires_at == closes


def test_a_reply_at_midnight_is_answered_at_midnight() -> None:
    midnight = local("2026-10-15T00:00:00")
    invited(midnight, wave=make_wave(state="launched", closes_at=midnight + timedelta(days=2)))
    assert say("5 4 5 3 5 4", midnight) == "accept"
    send(midnight, gateway := FakeSms())
    assert [sms.text for sms in gateway.sent] == replies()
