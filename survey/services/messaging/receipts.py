"""Delivery receipts: logged as they come, applied a moment later, never undoing what is known already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, insert, select

from analysis.disposition import Disposition
from survey.extensions import db
from survey.gateways.sms import ACCEPTED, DELIVERED, FAILED, DeliveryNotice
from survey.models import (
    FINAL_MESSAGE_STATES,
    MESSAGE_TRANSITIONS,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Receipt,
    SampleUnit,
)
from survey.services.answers import dispositions

BATCH = 500
NUMBERS = frozenset({"from", "to", "phone", "phonenumber", "msisdn"})  # not kept: a receipt needs no number
GRACE = timedelta(minutes=5)
STATES = {
    ACCEPTED: MessageState.accepted,
    DELIVERED: MessageState.delivered,
    FAILED: MessageState.failed,
}


def store_receipt(gateway: str, notice: DeliveryNotice, raw: Mapping[str, Any], now: datetime) -> None:
    """Add the row and commit: all that a callback waits for."""
    add([receipt_row(gateway, notice, raw, now)])


def receipt_row(gateway: str, notice: DeliveryNotice, raw: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A receipt as it is logged: all that was said, but for the number."""
    kept = {name: value for name, value in raw.items() if name.lower() not in NUMBERS}
    if notice.provider_code:
        kept["provider_code"] = notice.provider_code
    row = {"gateway": gateway, "message_id": notice.message_id[:128], "status": notice.status}
    return row | {"raw": kept, "received_at": now, "applied": False}


def add(rows: list[dict[str, Any]]) -> None:
    """Add rows to the log, and commit."""
    try:
        db.session.connection().execute(_ADD, rows)
        db.session.commit()
    except Exception:
        db.session.rollback()
        raise


_ADD = insert(Receipt.__table__).inline()  # type: ignore[arg-type]


def apply_receipts(now: datetime, limit: int = 100_000) -> int:
    """Apply the receipts that wait, in batches with a commit each. Returns how many were settled.

    A receipt may be quicker than the record of its own send: one that names no message of ours waits for GRACE.
    """
    settled, last = 0, 0
    while settled < limit and (batch := _waiting(last, min(BATCH, limit - settled))):
        last = batch[-1].id
        messages = _messages_of(batch)
        ripe = [each for each in batch if each.message_id in messages or each.received_at < now - GRACE]
        moved = [message for each in ripe if (message := _apply(each, messages, now))]
        note_undelivered([each.id for each in moved if each.state is MessageState.failed], now)
        _note_arrived([each.id for each in moved if each.state is MessageState.delivered], now)
        db.session.commit()
        settled += len(ripe)
    db.session.rollback()
    return settled


def _waiting(after: int, limit: int) -> Sequence[Receipt]:
    query = select(Receipt).where(Receipt.processed_at.is_(None), Receipt.id > after).order_by(Receipt.id)
    return db.session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()


def _messages_of(batch: Sequence[Receipt]) -> dict[str, Message]:
    """The messages that the receipts name, by our id and by the provider's, locked in one order."""
    names = {receipt.message_id for receipt in batch}
    query = (
        select(Message)
        .where(Message.id.in_(names) | Message.provider_id.in_(names))
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found: dict[str, Message] = {}
    for message in db.session.scalars(query):
        found[message.id] = message
        if message.provider_id:
            found.setdefault(message.provider_id, message)
    return found


def _apply(receipt: Receipt, messages: dict[str, Message], now: datetime) -> Message | None:
    """Move the message if the receipt tells something new; returns it when it moved."""
    receipt.processed_at = now
    message = messages.get(receipt.message_id)
    state = STATES.get(receipt.status)
    if message is None or message.gateway != receipt.gateway:
        return None
    if state is None or state not in MESSAGE_TRANSITIONS.get(message.state, ()):
        return None
    receipt.applied = True
    message.state, message.lease_until = state, None
    message.handed_over_at = message.handed_over_at or receipt.received_at
    message.attempted_at = message.attempted_at or receipt.received_at
    if state in FINAL_MESSAGE_STATES:
        message.final_at = now
    return message


def note_undelivered(message_ids: Sequence[str], now: datetime) -> None:
    """The units whose invitation cannot reach its phone. The caller commits."""
    if message_ids:
        units = _units(message_ids).where(Message.kind == MessageKind.invitation)
        dispositions.note_many(db.session.scalars(units), Disposition.UNDELIVERED, source="receipt", now=now)


def _note_arrived(message_ids: Sequence[str], now: datetime) -> None:
    """A later text reached a phone that an earlier one did not."""
    if message_ids:
        units = _units(message_ids).where(SampleUnit.disposition == Disposition.UNDELIVERED)
        dispositions.note_many(db.session.scalars(units), Disposition.NOTHING_RETURNED, source="receipt", now=now)


def _units(message_ids: Sequence[str]) -> Select[int]:
    return (
        select(SampleUnit.id)
        .join(Invitation, Invitation.sample_unit_id == SampleUnit.id)
        .join(Message, Message.invitation_id == Invitation.id)
        .where(Message.id.in_(message_ids))
    )
