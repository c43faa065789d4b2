"""The outbox, its log of receipts, and what came in. The outbox is the truth about what was sent."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.contact import Contact
from survey.models.invitation import Invitation
from survey.models.types import Json, UtcDateTime, words


class MessageKind(StrEnum):
    invitation = "invitation"
    reminder = "reminder"
    reply = "reply"


class MessageState(StrEnum):
    queued = "queued"
    sending = "sending"
    handed_over = "handed_over"
    accepted = "accepted"
    unknown = "unknown"
    delivered = "delivered"
    failed = "failed"
    expired = "expired"
    cancelled = "cancelled"
    dead = "dead"


FINAL_MESSAGE_STATES = frozenset(
    {
        MessageState.delivered,
        MessageState.failed,
        MessageState.expired,
        MessageState.cancelled,
        MessageState.dead,
    }
)

MESSAGE_TRANSITIONS: dict[MessageState, frozenset[MessageState]] = {
    MessageState.queued: frozenset(
        {
            MessageState.sending,
            MessageState.expired,
            MessageState.cancelled,
            MessageState.accepted,  # a receipt proves that a try thought lost had gone out: never send it again
            MessageState.delivered,
        }
    ),
    MessageState.sending: frozenset(
        {
            MessageState.queued,
            MessageState.handed_over,
            MessageState.accepted,
            MessageState.unknown,
            MessageState.delivered,
            MessageState.failed,
            MessageState.dead,
        }
    ),
    MessageState.handed_over: frozenset({MessageState.accepted, MessageState.delivered, MessageState.failed}),
    MessageState.accepted: frozenset({MessageState.delivered, MessageState.failed}),
    MessageState.unknown: frozenset(
        {MessageState.handed_over, MessageState.accepted, MessageState.delivered, MessageState.failed}
    ),
}


class Message(Base):
    """One SMS that we mean to send.

    ::

        queued ──claim, commit──> sending ──202──> handed_over ──> accepted ──> delivered
          │  ▲                       │ │                 └────────────┴───────> failed
          │  └──certainly not sent───┘ │
          │                            ├── time-out, cut, crashed worker ──> unknown ──receipt──> accepted …
          │                            ├── refused for good ──> failed
          │                            └── certain failures used up ──> dead
          ├── too old ──> expired
          └── answered, refused, wave closed ──> cancelled

    A receipt that comes while a message waits for its next try proves that it went out after all.
    States only move along these arrows: a late or repeated receipt is logged and changes nothing.
    `body` holds `{link}` where the link belongs: the token is put in at the moment of sending.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("wave_id", "invitation_id", "kind", "attempt"),
        CheckConstraint("attempt >= 1", name="attempt"),
        CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="lease_while_sending"),
        Index("ix_message_due", "state", "priority", "not_before"),
        Index("ix_message_contact_id_wave_id", "contact_id", "wave_id"),
        Index("ix_message_wave_id_state", "wave_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=lambda: secrets.token_hex(16))
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("wave.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), index=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"))
    kind: Mapped[MessageKind] = mapped_column(words(MessageKind, "kind"))
    attempt: Mapped[int] = mapped_column(default=1)
    body: Mapped[str] = mapped_column(Text)
    parts: Mapped[int] = mapped_column(default=1)
    priority: Mapped[int] = mapped_column(default=5, doc="0 answers a citizen, 5 is bulk")
    gateway: Mapped[str | None] = mapped_column(String(32), doc="the one that took it")
    avoid: Mapped[str | None] = mapped_column(String(32), doc="the gateway that cannot reach this number")
    state: Mapped[MessageState] = mapped_column(words(MessageState, "state"), default=MessageState.queued)
    reason: Mapped[str] = mapped_column(String(255), default="", doc="why it failed, was cancelled or is unknown")
    tries: Mapped[int] = mapped_column(default=0, doc="certain failures so far")
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempted_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, doc="when the try began that may have reached the phone; empty after a certain failure"
    )
    provider_id: Mapped[str | None] = mapped_column(String(128), index=True)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    final_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    contact: Mapped[Contact] = relationship()
    invitation: Mapped[Invitation | None] = relationship()


class Receipt(Base):
    """Every receipt as it came, also late, repeated and reversed ones, and those for ids that are not ours.

    The callback only adds the row; services.receipts applies it a moment later, so that a receipt which
    overtakes the record of its own send waits for it.
    """

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_processed_at", "processed_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(String(32))
    message_id: Mapped[str] = mapped_column(
        String(128), index=True, doc="ours or the provider's; no foreign key: strangers are kept too"
    )
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(32))
    raw: Mapped[dict[str, Any]] = mapped_column(Json)
    processed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied: Mapped[bool] = mapped_column(default=False, doc="whether it moved the message")


class InboundState(StrEnum):
    received = "received"
    processed = "processed"
    ignored = "ignored"


class InboundMessage(Base):
    """What a phone sent us: stored raw and acknowledged at once, understood later by a job."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("gateway", "external_id"),
        Index("ix_inbound_message_state", "state"),
        Index("ix_inbound_message_sender_hash", "sender_hash", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(128))
    sender_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    sender_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    destination: Mapped[str] = mapped_column(String(32), default="")
    text: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[InboundState] = mapped_column(words(InboundState, "state"), default=InboundState.received)
    verdict: Mapped[str] = mapped_column(String(32), default="")
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), index=True)
    processed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GatewayState(Base):
    """What all workers of a gateway share: its token bucket, its circuit breaker and its switch."""

    __tablename__ = "gateway_state"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=True, doc="off: its queue waits, receipts still count")
    tokens: Mapped[float] = mapped_column(default=0.0, doc="SMS parts that may be handed over now")
    refilled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0, doc="in a row; a success sets it back")
    open_until: Mapped[datetime | None] = mapped_column(UtcDateTime, doc="not asked before then")
