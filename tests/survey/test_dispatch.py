"""One round of the outbox. Authority: the state machine drawn in survey.models.message and the rules of the
sending hours, of 24 hours, of three messages a wave.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.models import Message, MessageKind, Response, ResponseMode, ResponseState, Suppression, WaveState
from survey.services import throttle
from survey.services.dispatch import send_due
from survey.services.keys import current_vault
from tests.factories import make_invitation, make_message, make_unit, make_wave
from tests.survey.fake_sms import FakeSms, send, state_of

pytestmark = pytest.mark.usefixtures("app")
PHONE = "+84905000001"


def message_to(phone: str = PHONE, **kw: object) -> Message:
    invitation = make_invitation(make_unit(phone=phone, **{k: kw.pop(k) for k in ("wave",) if k in kw}))[0]
    return make_message(invitation, **{"not_before": datetime(2026, 10, 13, tzinfo=UTC)} | kw)


def test_a_due_message_is_sent_with_its_link_and_handed_over(app: Flask, now: datetime) -> None:
    unit = make_unit(phone=PHONE)
    invitation, token = make_invitation(unit)
    message_id = make_message(invitation, body="Moi danh gia: {link} Soan TC de tu choi.").id
    gateway = FakeSms()
    report = send(now, gateway)
    (sms,) = gateway.sent
    assert sms.to == PHONE
    assert sms.text == f"Moi danh gia: http://127.0.0.1:8000/s/{token} Soan TC de tu choi."
    assert sms.id == message_id
    assert report.sent == 1
    assert state_of(message_id) == "handed_over"
    assert db.session.get(Message, message_id).provider_id == "fake-1"


def test_the_token_is_nowhere_in_the_database(app: Flask, now: datetime) -> None:
    invitation, token = make_invitation()
    message = make_message(invitation)
    send(now, FakeSms())
    row = db.session.get(Message, message.id)
    assert token not in row.body + row.reason + str(row.provider_id)
    assert invitation.token_hmac == current_vault().token_hmac(token)


def test_while_the_gateway_is_called_the_row_says_sending_and_holds_a_lease(now: datetime) -> None:
    seen = []

    def look(_sms: object) -> None:
        row = db.session.get(Message, message.id, populate_existing=True)
        seen.append((row.state.value, row.lease_until > now))
        db.session.rollback()

    message = message_to()
    gateway = FakeSms(during=look)
    send(now, gateway)
    assert seen == [("sending", True)]
    assert not gateway.in_transaction


@pytest.mark.parametrize(
    ("outcome", "state"), [("unknown", "unknown"), ("refused", "failed"), ("not_sent", "queued")]
)
def test_an_error_leaves_the_state_that_its_outcome_means(now: datetime, outcome: str, state: str) -> None:
    message_id = message_to().id
    send(now, FakeSms(errors={"*": outcome}))
    assert state_of(message_id) == state


def test_an_unknown_outcome_is_never_sent_again_by_a_machine(now: datetime) -> None:
    message_to()
    gateway = FakeSms(errors={"*": "unknown"})
    for hours in (0, 1, 5, 24):
        send(now + timedelta(hours=hours), gateway)
    assert len(gateway.sent) == 1


def test_a_fault_of_the_adapter_counts_as_unknown(now: datetime) -> None:
    def fail(_sms: object) -> None:
        raise RuntimeError("bug")

    message_id = message_to().id
    send(now, FakeSms(during=fail))
    assert state_of(message_id) == "unknown"


def test_certain_failures_are_tried_again_after_1_5_15_and_60_minutes_then_dead(now: datetime) -> None:
    message = message_to()
    gateway, rng, moment, waits = FakeSms(errors={"*": "not_sent"}), np.random.default_rng(1), now, []
    for _try in range(4):
        send(moment, gateway, rng=rng)
        due = db.session.get(Message, message.id, populate_existing=True).not_before
        waits.append((due - moment) / timedelta(minutes=1))
        db.session.rollback()
        moment = due
    send(moment, gateway, rng=rng)
    assert [0.8 * m <= wait <= 1.21 * m for m, wait in zip((1, 5, 15, 60), waits, strict=True)] == [True] * 4
    assert len(gateway.sent) == 5
    assert state_of(message.id) == "dead"


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
        import time

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


def test_an_expired_lease_is_an_unknown_outcome(now: datetime) -> None:
    message_id = message_to(state="sending", lease_until=now - timedelta(seconds=1)).id
    gateway = FakeSms()
    assert send(now, gateway).unknown == 1
    assert state_of(message_id) == "unknown"
    assert gateway.sent == []


def test_the_limit_bounds_a_round(now: datetime) -> None:
    for number in range(5):
        message_to(f"+8490500001{number}")
    assert send(now, FakeSms(), limit=3).sent == 3


def test_a_gateway_that_refuses_the_log_in_is_left_alone_and_no_message_pays_for_it(now: datetime) -> None:
    from survey.gateways.http_client import GatewayClosedError

    def refuse(_sms: object) -> None:
        raise GatewayClosedError("403")

    for number in range(3):
        message_to(f"+8490500002{number}")
    gateway = FakeSms(during=refuse)
    for seconds in (0, 30):
        send(now + timedelta(seconds=seconds), gateway)
    assert len(gateway.sent) == 1  # the circuit is open for a minute
    assert {message.tries for message in db.session.scalars(select(Message))} == {0}
    healthy = FakeSms()
    assert send(now + timedelta(seconds=61), healthy).sent == 3


def test_after_five_failures_in_a_row_the_rest_waits(now: datetime) -> None:
    for number in range(9):
        message_to(f"+8490500003{number}")
    gateway = FakeSms(errors={"*": "not_sent"})
    send(now, gateway)
    assert len(gateway.sent) == 5
    send(now + timedelta(seconds=61), gateway)
    assert len(gateway.sent) == 6  # one tries first


def test_a_number_that_one_gateway_cannot_reach_goes_by_the_next(now: datetime) -> None:
    from survey.gateways.sms import NotHereError

    def not_a_user(_sms: object) -> None:
        raise NotHereError("not a user")

    message_id = message_to().id
    first, second = FakeSms("zalo", during=not_a_user), FakeSms("kannel")
    send(now, first, second)
    assert [len(first.sent), len(second.sent)] == [1, 1]
    assert state_of(message_id) == "handed_over"
    assert db.session.get(Message, message_id).gateway == "kannel"


def test_a_gateway_that_is_switched_off_keeps_its_queue(now: datetime) -> None:
    message_to()
    gateway = FakeSms()
    throttle.switch("fake", on=False, actor="cli", now=now)
    assert send(now, gateway).sent == 0
    throttle.switch("fake", on=True, actor="cli", now=now)
    assert send(now, gateway).sent == 1


def test_the_rate_is_kept_in_parts_a_second_by_all_workers_together(app: Flask, now: datetime) -> None:
    app.config["THUOCDO_SMS_RATE"] = 0.05  # 80 %: a part in 25 seconds; ten may leave at once
    for number in range(14):
        message_to(f"+849050010{number:02d}", parts=1)
    gateway = FakeSms()

    def sleep(seconds: float) -> None:
        assert seconds == pytest.approx(25)
        raise TimeoutError

    for _worker in range(2):
        with pytest.raises(TimeoutError):
            send_due(now, gateways={"fake": gateway}, sleep=sleep)
    assert len(gateway.sent) == 10
    with pytest.raises(TimeoutError):
        send_due(now + timedelta(seconds=51), gateways={"fake": gateway}, sleep=sleep)
    assert len(gateway.sent) == 12
