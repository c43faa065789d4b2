"""Officers, and the log of what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.agency import Agency
from survey.models.types import Json, UtcDateTime, words


class Role(StrEnum):
    admin = "admin"
    officer = "officer"
    analyst = "analyst"
    publisher = "publisher"
    viewer = "viewer"
    agency = "agency"
    interviewer = "interviewer"
    keyer = "keyer"


class User(Base, UserMixin):  # type: ignore[misc]
    """An officer. Roles say what may be done: see services.permissions."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(words(Role, "role"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    session_version: Mapped[int] = mapped_column(default=1, doc="part of the cookie; raised to end all sessions")

    agency: Mapped[Agency | None] = relationship()

    @property
    def is_active(self) -> bool:
        return self.active

    def get_id(self) -> str:
        """What the cookie holds."""
        return f"{self.id}.{self.session_version}"


class LoginFailure(Base):
    """A log-in that failed, by address; kept for a quarter of an hour to slow down guessing."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("ix_login_failure_address_at", "address", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEvent(Base):
    """Who did what and when. Rows are only ever added."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(255), doc="e-mail, or cli, worker, citizen")
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(255), doc="wave:2026-q3, release:2026/q3 …")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class AppMeta(Base):
    """Facts about this database, such as the fingerprint of the key that its phones are encrypted with."""

    __tablename__ = "app_meta"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(255))
