"""Answers: one JSON object a response, written in one transaction with its disposition."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.instrument import InstrumentVersion
from survey.models.invitation import Invitation
from survey.models.types import Json, UtcDateTime, words


class ResponseMode(StrEnum):
    web = "web"
    sms = "sms"
    interviewer = "interviewer"
    paper = "paper"
    kiosk = "kiosk"
    qr = "qr"


class ResponseState(StrEnum):
    draft = "draft"
    submitted = "submitted"


class Response(Base):
    """One answer for each invitation, over all channels.

    ::

        (none) ──first saved page──> draft ──submit──> submitted ──change inside 24 h──> submitted (revision + 1)

    Volunteers at the counter (`mode` qr or kiosk) have no invitation and never enter the probability index.
    """

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint("(invitation_id IS NOT NULL) <> (mode IN ('qr', 'kiosk'))", name="volunteers_apart"),
        CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted_at"),
        Index("ix_response_wave_id_state", "wave_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    instrument_version_id: Mapped[int] = mapped_column(ForeignKey("instrument_version.id"))
    mode: Mapped[ResponseMode] = mapped_column(words(ResponseMode, "mode"))
    language: Mapped[str] = mapped_column(String(8), default="vi")
    state: Mapped[ResponseState] = mapped_column(words(ResponseState, "state"), default=ResponseState.draft)
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    off_path: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, doc="given, then skipped over")
    comment: Mapped[str] = mapped_column(Text, default="", doc="free words, kept out of every analysis file")
    consent_version: Mapped[str] = mapped_column(String(32))
    consent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    receipt_nonce: Mapped[bytes | None] = mapped_column(LargeBinary(16), doc="makes the citizen's receipt code")
    receipt_sha256: Mapped[str | None] = mapped_column(String(64), unique=True, doc="listed in the release")
    paradata: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, doc="services.answers.paradata")

    invitation: Mapped[Invitation | None] = relationship()
    instrument_version: Mapped[InstrumentVersion] = relationship()


class ResponseRevision(Base):
    """What a correction overwrote."""

    __tablename__ = "response_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), index=True)
    revision: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    mode: Mapped[ResponseMode] = mapped_column(words(ResponseMode, "mode"))
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
