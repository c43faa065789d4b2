"""Delivery receipts against the state machine drawn in survey.models.message: each order, each repetition."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from survey.extensions import db
from survey.gateways.sms import DeliveryNotice, OutgoingSms
from survey.models import DispositionEvent, Message, Receipt
from survey.services.messaging.receipts import GRACE, apply_receipts, store_receipt
from tests.factories import make_message
from tests.survey.fake_sms import FakeSms, send, state_of

pytestmark = pytest.mark.usefixtures("app")


def receive(message_id: str, *statuses: str, now: datetime, gateway: str = "fake") -> list[bool]:
    """Store these receipts, apply them together, and tell which moved the message."""
    for status in statuses:
        store_receipt(gateway, DeliveryNotice(message_id, status), {}, now)
    apply_receipts(now)
    rows = db.session.scalars(select(Receipt).where(Receipt.message_id == message_id).order_by(Receipt.id)).all()
    return [row.applied for row in rows][-len(statuses) :]


def test_receipts_in_order_lead_to_delivered(now: datetime) -> None:
    message_id = make_message(state="handed_over", gateway="fake").id
    assert receive(message_id, "accepted", "delivered", now=now) == [True, True]
    assert state_of(message_id) == "delivered"


@pytest.mark.parametrize(
    "order", list(permutations(["accepted", "delivered", "delivered", "accepted", "pending"]))[::7], ids=str
)
def test_any_order_and_repetition_ends_in_delivered(now: datetime, order: tuple[str, ...]) -> None:
    message_id = make_message(state="handed_over", gateway="fake").id
    receive(message_id, *order, now=now)
    assert state_of(message_id) == "delivered"


@pytest.mark.parametrize(
    ("first", "second"), [("delivered", "failed"), ("failed", "delivered")], ids=["delivered", "failed"]
)
def test_a_final_state_keeps_its_word(now: datetime, first: str, second: str) -> None:
    message_id = make_message(state="handed_over", gateway="fake").id
    assert receive(message_id, first, second, now=now) == [True, False]
    assert state_of(message_id) == first


@pytest.mark.parametrize("state", ["cancelled", "expired", "dead", "failed"])
def test_no_receipt_wakes_a_finished_message(now: datetime, state: str) -> None:
    message_id = make_message(state=state, gateway="fake").id
    assert receive(message_id, "accepted", "delivered", now=now) == [False, False]
    assert state_of(message_id) == state


def test_a_receipt_settles_an_unknown_outcome(now: datetime) -> None:
    message_id = make_message(state="unknown", gateway="fake").id
    assert receive(message_id, "accepted", now=now) == [True]
    assert state_of(message_id) == "accepted"


@pytest.mark.parametrize(("status", "state"), [("accepted", "accepted"), ("delivered", "delivered")])
def test_a_receipt_before_the_send_is_recorded_is_neither_lost_nor_overwritten(
    now: datetime, status: str, state: str
) -> None:
    def overtake(sms: OutgoingSms) -> None:
        store_receipt("fake", DeliveryNotice(sms.id, status), {}, now)
        apply_receipts(now)

    message_id = make_message().id
    send(now, FakeSms(during=overtake))
    assert state_of(message_id) == state
    row = db.session.get(Message, message_id)
    assert row.lease_until is None
    assert row.provider_id == "fake-1"


def test_a_receipt_by_the_providers_id_waits_until_that_id_is_recorded(now: datetime) -> None:
    def overtake(_sms: OutgoingSms) -> None:
        store_receipt("fake", DeliveryNotice("fake-1", "delivered"), {}, now)
        assert apply_receipts(now) == 0

    message_id = make_message().id
    send(now, FakeSms(during=overtake))
    assert apply_receipts(now + timedelta(seconds=1)) == 1
    assert state_of(message_id) == "delivered"


def test_a_receipt_that_proves_a_lost_try_keeps_the_message_from_going_again(now: datetime) -> None:
    message_id = make_message().id
    gateway = FakeSms(errors={"*": "not_sent"})
    send(now, gateway)
    receive(message_id, "delivered", now=now)
    send(now + timedelta(hours=2), gateway)
    assert state_of(message_id) == "delivered"
    assert len(gateway.sent) == 1


def test_another_gateways_receipt_changes_nothing(now: datetime) -> None:
    message_id = make_message(state="handed_over", gateway="fake").id
    assert receive(message_id, "delivered", now=now, gateway="other") == [False]
    assert state_of(message_id) == "handed_over"


def test_a_strangers_receipt_is_kept_and_laid_aside(now: datetime) -> None:
    store_receipt("fake", DeliveryNotice("f" * 32, "delivered"), {"ip": "x"}, now)
    assert apply_receipts(now) == 0
    assert apply_receipts(now + GRACE + timedelta(seconds=1)) == 1
    assert db.session.scalars(select(Receipt)).one().processed_at is not None


def test_an_undeliverable_invitation_is_noted_and_a_later_delivery_takes_it_back(now: datetime) -> None:
    message = make_message(state="handed_over", gateway="fake")
    unit = message.invitation.sample_unit
    receive(message.id, "failed", now=now)
    assert unit.disposition == "3.30"
    again = make_message(message.invitation, state="handed_over", gateway="fake", attempt=2)
    receive(again.id, "delivered", now=now + timedelta(hours=25))
    db.session.refresh(unit)
    assert unit.disposition == "3.19"
    events = db.session.scalars(select(DispositionEvent.code).order_by(DispositionEvent.id)).all()
    assert events == ["3.30", "3.19"]
