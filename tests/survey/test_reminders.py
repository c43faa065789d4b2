"""Reminders: decided when they could leave, by the days of the wave's settings; who answered is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from survey.extensions import db
from survey.models import Invitation, Message, MessageKind, WaveState
from survey.services.answers import collect
from survey.services.messaging.reminders import queue_due
from tests.factories import make_invitation, make_message, make_unit, make_wave
from tests.survey.fake_sms import FakeSms, send

pytestmark = pytest.mark.usefixtures("app")


def invited(now: datetime, **kw: object) -> Invitation:
    """Invited at `now`, in a wave that reminds after 4 and 9 days and takes answers for 14."""
    wave = make_wave(state="launched", closes_at=now + timedelta(days=14))
    invitation = make_invitation(make_unit(wave=wave), expires_at=now + timedelta(days=14))[0]
    fields = {"state": "delivered", "attempted_at": now, "gateway": "fake"}
    make_message(invitation, **fields | kw)
    return invitation


def reminders() -> list[Message]:
    query = select(Message).where(Message.kind == MessageKind.reminder).order_by(Message.attempt)
    return list(db.session.scalars(query))


def test_reminders_come_after_four_and_nine_days_in_other_words(now: datetime) -> None:
    invited(now)
    gateway = FakeSms()
    for day in range(14):
        moment = now + timedelta(days=day, minutes=1)
        queue_due(moment)
        send(moment, gateway)
    sent = [((sms.at - now).days, sms.text) for sms in gateway.sent]
    assert [day for day, _text in sent] == [4, 9]
    assert sent[0][1].startswith("So Noi vu TP Hue: Nhac lai, con 10 ngay")
    assert sent[1][1].startswith("So Noi vu TP Hue: Nhac lai, con 5 ngay")
    assert "Soan TC de tu choi" in sent[0][1]


def test_nothing_is_queued_ahead(now: datetime) -> None:
    invited(now)
    assert queue_due(now + timedelta(days=3, hours=23)) == 0
    assert queue_due(now + timedelta(days=4)) == 1
    assert queue_due(now + timedelta(days=4)) == 0


def test_a_worker_that_stood_still_for_days_does_not_send_two_one_after_the_other(now: datetime) -> None:
    invited(now)
    days = (8, 9, 12, 13)  # the second is five days after the first, as it would have been
    assert [queue_due(now + timedelta(days=day)) for day in days] == [1, 0, 0, 1]


def test_outside_the_sending_hours_nothing_is_decided(now: datetime) -> None:
    invited(now)
    night = datetime(2026, 10, 20, 17, 0, tzinfo=UTC)
    assert queue_due(night) == 0


def test_who_answered_is_not_reminded(now: datetime) -> None:
    invitation = invited(now)
    collect.record_sms(invitation, dict.fromkeys(["q1", "q2", "q3", "q4", "q5", "q6"], 4), send=True, now=now)
    db.session.commit()
    assert queue_due(now + timedelta(days=5)) == 0


def test_who_answered_in_part_is_reminded(now: datetime) -> None:
    invitation = invited(now)
    collect.record_sms(invitation, {"q1": 4}, send=False, now=now)
    db.session.commit()
    assert queue_due(now + timedelta(days=5)) == 1


def test_who_refused_is_not_reminded(now: datetime) -> None:
    invitation = invited(now)
    collect.refuse(invitation, source="sms", now=now)
    db.session.commit()
    assert queue_due(now + timedelta(days=5)) == 0


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("handed_over", 1),
        ("accepted", 1),
        ("unknown", 1),
        ("failed", 0),
        ("expired", 0),
        ("dead", 0),
        ("queued", 0),
    ],
)
def test_the_reminder_is_the_retry_of_an_unknown_outcome_but_not_of_a_failure(
    now: datetime, state: str, expected: int
) -> None:
    invited(now, state=state)
    assert queue_due(now + timedelta(days=5)) == expected


@pytest.mark.parametrize("state", [WaveState.paused, WaveState.closed])
def test_a_wave_that_is_not_running_reminds_nobody(now: datetime, state: WaveState) -> None:
    invitation = invited(now)
    invitation.wave.state = state
    db.session.commit()
    assert queue_due(now + timedelta(days=5)) == 0


def test_an_answer_between_the_decision_and_the_call_stops_it(now: datetime) -> None:
    invitation = invited(now)
    later = now + timedelta(days=4)
    queue_due(later)
    collect.refuse(invitation, source="web", now=later)
    db.session.commit()
    gateway = FakeSms()
    send(later, gateway)
    assert gateway.sent == []
    assert reminders()[0].state == "cancelled"
