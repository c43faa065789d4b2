"""The rules as they hold in the outbox, at the moment of sending. Authority: hours 08:00-20:00 in Huế, one started
message a number in 24 hours, three a wave, nothing after an answer or a refusal, answers to citizens at any hour.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from survey.extensions import db
from survey.models import Message, MessageKind, Response, ResponseMode, ResponseState, Suppression, WaveState
from survey.services.office.keys import current_vault
from tests.factories import make_invitation, make_message, make_unit, make_wave
from tests.survey.fake_sms import FakeSms, send, state_of

pytestmark = pytest.mark.usefixtures("app")
PHONE = "+84905000001"


def message_to(phone: str = PHONE, **kw: object) -> Message:
    invitation = make_invitation(make_unit(phone=phone, **{k: kw.pop(k) for k in ("wave",) if k in kw}))[0]
    return make_message(invitation, **{"not_before": datetime(2026, 10, 13, tzinfo=UTC)} | kw)


@pytest.mark.parametrize(
    ("local", "sent"),
    [("07:59:59", 0), ("08:00:00", 1), ("19:59:59", 1), ("20:00:00", 0), ("00:00:00", 0)],
    ids=["before", "opening", "last second", "closing", "midnight"],
)
def test_invitations_leave_only_inside_the_window(local: str, sent: int) -> None:
    message_to()
    moment = datetime.fromisoformat(f"2026-10-14T{local}+07:00").astimezone(UTC)
    assert send(moment, FakeSms()).sent == sent


def test_an_answer_to_a_citizen_goes_at_night_and_before_bulk(now: datetime) -> None:
    message_to("+84905000002")
    message_to(kind=MessageKind.reply, priority=0)
    night = FakeSms()
    send(datetime(2026, 10, 13, 17, 0, tzinfo=UTC), night)  # midnight in Huế
    assert [sms.to for sms in night.sent] == [PHONE]
    message_to("+84905000003", kind=MessageKind.reply, priority=0)
    day = FakeSms()
    send(now, day)
    assert [sms.to for sms in day.sent] == ["+84905000003", "+84905000002"]


def test_a_number_gets_one_started_message_in_24_hours_over_all_waves(now: datetime) -> None:
    first, second = message_to(), message_to(wave=make_wave(state="launched"))
    gateway = FakeSms()
    send(now, gateway)
    assert len(gateway.sent) == 1
    assert sorted([state_of(first.id), state_of(second.id)]) == ["handed_over", "queued"]
    send(now + timedelta(hours=23, minutes=59), gateway)
    assert len(gateway.sent) == 1
    send(now + timedelta(hours=24, seconds=5), gateway)
    assert len(gateway.sent) == 2


def test_a_number_gets_three_messages_in_a_wave(now: datetime) -> None:
    invitation = make_invitation()[0]
    late = {"expires_at": now + timedelta(days=9)}
    make_message(invitation, **late)
    for attempt in (1, 2, 3):
        make_message(invitation, kind=MessageKind.reminder, attempt=attempt, **late)
    gateway = FakeSms()
    for day in range(5):
        send(now + timedelta(days=day, minutes=day), gateway)
    assert len(gateway.sent) == 3


def test_a_certain_failure_does_not_count_against_the_24_hours(now: datetime) -> None:
    message_to()
    send(now, FakeSms(errors={"*": "refused"}))
    message_to(wave=make_wave(state="launched"))
    assert send(now + timedelta(hours=1), FakeSms()).sent == 1


def test_who_answered_refused_or_is_suppressed_gets_nothing(now: datetime) -> None:
    answered, refused, suppressed = (message_to(f"+8490500000{n}") for n in (1, 2, 3))
    invitation = answered.invitation
    db.session.add(
        Response(
            wave_id=invitation.wave_id,
            invitation_id=invitation.id,
            agency_id=invitation.sample_unit.agency_id,
            instrument_version_id=invitation.wave.instrument_version_id,
            mode=ResponseMode.web,
            state=ResponseState.submitted,
            consent_version="1",
            consent_at=now,
            started_at=now,
            updated_at=now,
            submitted_at=now,
        )
    )
    refused.invitation.sample_unit.disposition = "2.11"
    db.session.add(Suppression(phone_hash=suppressed.contact.phone_hash, since=now, reason="TC"))
    db.session.commit()
    gateway = FakeSms()
    assert send(now, gateway).stopped == 3
    assert gateway.sent == []
    assert {state_of(m.id) for m in (answered, refused, suppressed)} == {"cancelled"}


def test_a_refusal_between_claim_and_call_stops_the_call(now: datetime) -> None:
    for number in (1, 2):
        message_to(f"+8490500000{number}")

    def refuse_the_other(sms: object) -> None:
        db.session.add(Suppression(phone_hash=current_vault().phone_hash("+84905000002"), since=now, reason="TC"))
        db.session.commit()
        time.sleep(0.6)  # longer than what the rules were looked up for

    gateway = FakeSms(during=refuse_the_other)
    send(now, gateway)
    assert [sms.to for sms in gateway.sent] == [PHONE]


def test_a_paused_wave_waits_and_a_closed_one_is_cancelled(now: datetime) -> None:
    wave = make_wave(state="launched")
    message_id = message_to(wave=wave).id
    gateway = FakeSms()
    for state, expected in ((WaveState.paused, "queued"), (WaveState.closed, "cancelled")):
        wave.state = state
        db.session.commit()
        send(now, gateway)
        assert state_of(message_id) == expected
    assert gateway.sent == []


def test_a_message_that_is_too_old_expires(now: datetime) -> None:
    message_id = message_to(expires_at=now).id
    gateway = FakeSms()
    send(now, gateway)
    assert state_of(message_id) == "expired"
    assert gateway.sent == []
