"""Questionnaire versions. Immutable once a wave that uses them is launched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.extensions import Base
from survey.models.types import Json, UtcDateTime


class InstrumentVersion(Base):
    """`definition` is the JSON that `forms.instrument.from_json` reads; a change is a new version."""

    __tablename__ = "instrument_version"
    __table_args__ = (UniqueConstraint("code", "version"), CheckConstraint("version >= 1", name="version"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, doc="set by the first launch")
