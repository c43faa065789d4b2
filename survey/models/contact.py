"""How a person can be reached. Kept apart: no answer ever points here after its wave is closed."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.extensions import Base
from survey.models.types import UtcDateTime, words


class PhoneKind(StrEnum):
    """Only `mobile` can be invited by SMS; the rest is kept so that coverage can be reported."""

    mobile = "mobile"
    landline = "landline"
    invalid = "invalid"
    missing = "missing"


class Contact(Base):
    """The phone is encrypted; it is found again by a keyed hash, for its whole space can be enumerated."""

    __tablename__ = "contact"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=lambda: secrets.token_hex(16))
    phone_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    phone_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary, doc="empty after erasure")
    kind: Mapped[PhoneKind] = mapped_column(words(PhoneKind, "phone_kind"))
    carrier: Mapped[str] = mapped_column(String(32), default="")
    converted: Mapped[bool] = mapped_column(
        default=False, doc="an 11-digit number of before 2018: may be another's now"
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retention_until: Mapped[date | None]
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Suppression(Base):
    """Numbers that said no, for good: by keyed hash only, so that it survives erasure and imports."""

    __tablename__ = "suppression"

    phone_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(64))
