"""Tablets at the counter, and what they sent that no wave could take."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.agency import Agency
from survey.models.types import UtcDateTime, words
from survey.models.wave import Wave


class SetAsideReason(StrEnum):
    wave_closed = "wave_closed"
    other_version = "other_version"
    other_device = "other_device"
    unreadable = "unreadable"


class KioskDevice(Base):
    """One tablet's leave to answer for one agency in one wave.

    ::

        (made) ──link──> waiting ──the tablet opens the link──> in use ──revoke──> revoked
                            ▲                                      │
                            └────────────── a new link ────────────┘

    Link and key are kept as hashes only. A new link disturbs nobody until a tablet opens it; then the key changes
    and the tablet that had the old one is out.
    """

    __tablename__ = "kiosk_device"
    __table_args__ = (Index("ix_kiosk_device_agency_id", "agency_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    label: Mapped[str] = mapped_column(String(80), doc="what the counter calls it")
    link_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    key_sha256: Mapped[str | None] = mapped_column(String(64), unique=True, doc="of the tablet's cookie")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    queued: Mapped[int] = mapped_column(default=0, doc="answers that wait on the tablet, by its own last word")
    stuck: Mapped[int] = mapped_column(default=0, doc="answers it could neither keep nor send")
    received: Mapped[int] = mapped_column(default=0)

    wave: Mapped[Wave] = relationship()
    agency: Mapped[Agency] = relationship()


class KioskSetAside(Base):
    """An answer that came too late or to another questionnaire: kept as it came, counted nowhere."""

    __tablename__ = "kiosk_set_aside"

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("kiosk_device.id"), index=True)
    receipt_sha256: Mapped[str] = mapped_column(String(64), unique=True, doc="of the submission's own code")
    reason: Mapped[SetAsideReason] = mapped_column(words(SetAsideReason, "reason"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[str] = mapped_column(Text, doc="JSON as the tablet sent it, without the code")
