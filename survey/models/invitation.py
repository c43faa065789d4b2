"""The link between a sampled unit and its citizen: only a hash of the token is stored."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.types import UtcDateTime
from survey.models.wave import SampleUnit, Wave


class Invitation(Base):
    """One for each sampled unit that can be reached.

    The token is derived from `nonce` and the server's key when a message is rendered (services.tokens), so that
    neither this table nor the outbox holds it: a stolen database opens no form.
    """

    __tablename__ = "invitation"
    __table_args__ = (Index("ix_invitation_wave_id", "wave_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    sample_unit_id: Mapped[int] = mapped_column(ForeignKey("sample_unit.id"), unique=True)
    nonce: Mapped[bytes] = mapped_column(LargeBinary(16), default=lambda: secrets.token_bytes(16))
    token_hmac: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    language: Mapped[str] = mapped_column(String(8), default="vi")
    asks: Mapped[int] = mapped_column(default=0, doc="how often an unclear SMS reply was asked again")

    wave: Mapped[Wave] = relationship()
    sample_unit: Mapped[SampleUnit] = relationship()
