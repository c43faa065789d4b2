"""The log of who did what, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, select

from survey.clock import HANOI
from survey.extensions import db
from survey.models import AuditEvent

PAGE = 50


@dataclass(frozen=True)
class Filter:
    """What the officer asked to see; an empty field asks for everything."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Events:
    """The newest first; `older` is the id to go on from, if there are more."""

    rows: list[AuditEvent]
    older: int | None


def events(wanted: Filter, before: int | None = None) -> Events:
    """Paged by id, not by offset: new entries do not shift what is being read."""
    query = _filtered(select(AuditEvent), wanted)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    rows = list(db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(PAGE + 1)))
    return Events(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def actions() -> list[str]:
    """Every action that was ever logged."""
    return list(db.session.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)))


def _filtered(query: Select[AuditEvent], wanted: Filter) -> Select[AuditEvent]:
    if wanted.actor:
        query = query.where(AuditEvent.actor.icontains(wanted.actor, autoescape=True))
    if wanted.action:
        query = query.where(AuditEvent.action == wanted.action)
    if wanted.subject:
        query = query.where(AuditEvent.subject.icontains(wanted.subject, autoescape=True))
    if wanted.since is not None:
        query = query.where(AuditEvent.at >= _midnight(wanted.since))
    if wanted.until is not None:
        query = query.where(AuditEvent.at < _midnight(wanted.until + timedelta(days=1)))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), HANOI)
