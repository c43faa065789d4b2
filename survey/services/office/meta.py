"""Facts about this database that outlive a process."""

from __future__ import annotations

from survey.extensions import db
from survey.models import AppMeta


def remember(key: str, value: str) -> None:
    """Set one fact, in a transaction of its own."""
    db.session.merge(AppMeta(key=key, value=value))
    db.session.commit()
