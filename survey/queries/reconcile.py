"""Due against sent, sent against receipts: what should have happened and did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from survey.extensions import db
from survey.models import InboundMessage, InboundState, Message, MessageState, Wave, WaveState

DUE_WITHIN = timedelta(hours=2)
RECEIPT_WITHIN = timedelta(hours=24)
READ_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Reconciliation:
    """Counts that should all be nought; `sent` tells how much was sent in the last 24 hours."""

    sent: int
    overdue: int
    without_receipt: int
    unknown: int
    dead: int
    unread: int

    @property
    def alarms(self) -> dict[str, int]:
        found = {
            "due for two hours and not sent": self.overdue,
            "sent a day ago and no receipt": self.without_receipt,
            "of unknown outcome": self.unknown,
            "given up after certain failures": self.dead,
            "texts of citizens waiting to be read": self.unread,
        }
        return {name: count for name, count in found.items() if count}


def reconciliation(now: datetime, *, open_since: datetime | None) -> Reconciliation:
    """The state of the outbox. `open_since`: when the sending hours began, None outside them."""
    launched = select(Wave.id).where(Wave.state == WaveState.launched)
    long_open = open_since is not None and open_since <= now - DUE_WITHIN
    was_due = Message.not_before <= now - DUE_WITHIN
    waiting = (Message.state == MessageState.queued, was_due, Message.wave_id.in_(launched))
    unread = select(func.count()).where(
        InboundMessage.state == InboundState.received, InboundMessage.received_at < now - READ_WITHIN
    )
    day_ago = now - RECEIPT_WITHIN
    return Reconciliation(
        sent=_messages(Message.handed_over_at >= day_ago),
        overdue=_messages(*waiting) if long_open else 0,
        without_receipt=_messages(Message.state == MessageState.handed_over, Message.handed_over_at < day_ago),
        unknown=_messages(Message.state == MessageState.unknown),
        dead=_messages(Message.state == MessageState.dead),
        unread=db.session.scalars(unread).one(),
    )


def _messages(*criteria: ColumnElement[bool]) -> int:
    return db.session.scalars(select(func.count(Message.id)).where(*criteria)).one()
