"""What phones send us: stored raw and acknowledged at once; understood, and answered, by a job."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forms import phone
from survey.extensions import db
from survey.gateways.sms import IncomingSms
from survey.models import InboundMessage, InboundState
from survey.names import storable
from survey.services.messaging import replies
from survey.services.office.keys import current_vault

REPEATED = timedelta(seconds=10)  # the same text again is the network's doing, not the citizen's
LONGEST = 4000


def store_inbound(gateway: str, sms: IncomingSms, now: datetime) -> bool:
    """Add the raw row and commit: all that a callback waits for. False: this one was here before."""
    keys = current_vault()
    sender = phone.normalise(sms.sender).e164 or sms.sender.strip()
    row = InboundMessage(
        gateway=gateway,
        external_id=(storable(sms.external_id) or f"~{secrets.token_hex(16)}")[:128],
        sender_hash=keys.phone_hash(storable(sender)),
        sender_encrypted=keys.encrypt(storable(sender)),
        destination=storable(sms.destination)[:32],
        text=storable(sms.text)[:LONGEST],
        received_at=now,
    )
    try:
        db.session.add(row)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return False
    return True


def process_inbound(now: datetime, limit: int = 10_000) -> int:
    """Understand what waits, oldest first, one transaction each. Returns how many were looked at.

    Two workers take turns: a citizen's second message is read after the first.
    """
    for done in range(limit):
        row = _next()
        if row is None:
            db.session.rollback()
            return done
        _understand(row, now)
        db.session.commit()
    return limit


def _understand(row: InboundMessage, now: datetime) -> None:
    """Read and answer one message. One that breaks the reader is laid aside with its text, for a person."""
    row_id = row.id
    try:
        verdict = "repeated" if _is_repeated(row) else replies.answer(row, now)
    except Exception as exc:  # noqa: BLE001 -- the next citizen's text must not wait behind this one
        db.session.rollback()
        current_app.logger.error("inbound message %s: %s", row_id, type(exc).__name__)
        row = db.session.get_one(InboundMessage, row_id)
        verdict = "error"
    row.verdict, row.processed_at = verdict, now
    row.state = InboundState.ignored if verdict in replies.IGNORED else InboundState.processed


def _next() -> InboundMessage | None:
    query = select(InboundMessage).where(InboundMessage.state == InboundState.received)
    return db.session.scalar(query.order_by(InboundMessage.id).limit(1).with_for_update())


def _is_repeated(row: InboundMessage) -> bool:
    """Kannel gives each copy of a message a new id: only sender, destination and text tell."""
    same = select(InboundMessage.id).where(
        InboundMessage.sender_hash == row.sender_hash,
        InboundMessage.destination == row.destination,
        InboundMessage.text == row.text,
        InboundMessage.received_at >= row.received_at - REPEATED,
        InboundMessage.id < row.id,
    )
    return db.session.scalar(same.limit(1)) is not None
