"""Officers, and the log of what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.extensions import Base
from survey.models.types import Json, UtcDateTime, words


class Role(StrEnum):
    admin = "admin"
    officer = "officer"
    analyst = "analyst"
    publisher = "publisher"
    viewer = "viewer"
    agency = "agency"


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

    @property
    def is_active(self) -> bool:
        return self.active


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
