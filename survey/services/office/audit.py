"""The log of who did what. Writers call `record` inside their own transaction, so a deed and its entry agree."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from survey.extensions import db
from survey.models import AuditEvent


def record(actor: str, action: str, subject: str, *, now: datetime, details: dict[str, Any] | None = None) -> None:
    """Add one entry; the caller commits. Never put a phone, a name or a token into `details`."""
    db.session.add(AuditEvent(at=now, actor=actor, action=action, subject=subject, details=details or {}))
