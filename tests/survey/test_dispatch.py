"""One round of the outbox. Authority: the state machine drawn in survey.models.message and the rules of the
sending hours, of 24 hours, of three messages a wave.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from flask import Flask

from survey.errors import GatewayError
from survey.extensions import db
from survey.gateways.sms import OutgoingSms
from survey.models import Message
from survey.services.office.keys import current_vault
from tests.factories import make_invitation, make_message, make_unit
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


def test_a_providers_words_are_kept_without_number_and_link(app: Flask, now: datetime) -> None:
    def refuse(sms: OutgoingSms) -> None:
        raise GatewayError("refused", f"403\0 bad number {sms.digits} or 0905 123 456 in {sms.text}")

    invitation, _token = make_invitation(make_unit(phone=PHONE))
    message_id = make_message(invitation, body="{link}").id
    send(now, FakeSms(during=refuse))
    assert state_of(message_id) == "failed"
    reason = db.session.get_one(Message, message_id).reason
    assert reason == "403 bad number *** or *** in http://127.0.0.1:8000***"


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


def test_the_first_round_of_a_process_holds_no_transaction_during_its_calls_either(
    app: Flask, now: datetime
) -> None:
    message_to()
    del app.extensions["thuocdo_key_checked"]  # a new process still has to compare its key with the database
    gateway = FakeSms()
    send(now, gateway)
    assert len(gateway.sent) == 1
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
