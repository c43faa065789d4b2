"""A person decides what no machine may: whether a message of unknown outcome arrived, is lost, or goes again."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select

from survey.errors import ConflictError, NotFoundError
from survey.extensions import db
from survey.models import Message, MessageKind, MessageState
from survey.services.messaging import receipts
from survey.services.office import audit

LIFE = timedelta(hours=24)
OPEN_TO_DECISION = {
    "arrived": {MessageState.unknown},
    "lost": {MessageState.unknown},
    "resend": {MessageState.unknown, MessageState.dead},
}


def open_to(state: MessageState) -> list[str]:
    """What may be decided about a message in this state."""
    return [decision for decision, states in OPEN_TO_DECISION.items() if state in states]


def decide(message_id: str, decision: str, *, actor: str, now: datetime, wave_id: int | None = None) -> str:
    """`arrived`, `lost`, or `resend`; returns the state (or the new message's id) for the log.

    `wave_id`: the message must be of this wave.
    """
    message = db.session.get(Message, message_id, with_for_update=True)
    if message is None or wave_id not in {None, message.wave_id}:
        raise NotFoundError("no_message", _("Không có tin nhắn %(id)s.", id=message_id))
    if message.state not in OPEN_TO_DECISION[decision]:
        raise ConflictError(
            "not_unknown", _("Tin nhắn %(id)s ở trạng thái %(state)s.", id=message_id, state=message.state)
        )
    result = {"arrived": _arrived, "lost": _lost, "resend": _resend}[decision](message, now)
    audit.record(actor, f"message.{decision}", f"message:{message_id}", now=now)
    db.session.commit()
    return result


def _arrived(message: Message, _now: datetime) -> str:
    message.state, message.handed_over_at = MessageState.handed_over, message.attempted_at
    return str(message.state)


def _lost(message: Message, now: datetime) -> str:
    message.state, message.final_at, message.attempted_at = MessageState.failed, now, None
    receipts.note_undelivered([message.id], now)
    return str(message.state)


def _resend(message: Message, now: datetime) -> str:
    """A new row with the next number: the old one keeps what is known about it."""
    if message.state is MessageState.unknown:
        message.state, message.final_at = MessageState.failed, now
        message.reason = "given up, sent again by a person"
    attempts = select(func.max(Message.attempt)).where(
        Message.wave_id == message.wave_id,
        Message.invitation_id == message.invitation_id,
        Message.kind == message.kind,
    )
    if message.kind is MessageKind.reply:
        attempts = select(func.max(Message.attempt)).where(Message.contact_id == message.contact_id)
    again = Message(
        wave_id=message.wave_id,
        invitation_id=message.invitation_id,
        contact_id=message.contact_id,
        kind=message.kind,
        attempt=(db.session.scalar(attempts) or 0) + 1,
        body=message.body,
        parts=message.parts,
        priority=message.priority,
        not_before=now,
        expires_at=now + LIFE,
        queued_at=now,
    )
    db.session.add(again)
    db.session.flush()
    return again.id
