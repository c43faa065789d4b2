"""Reminders are decided when they could leave, never queued ahead: who has answered is not reminded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from survey.extensions import db
from survey.models import (
    Agency,
    InterviewCase,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Response,
    ResponseState,
    SampleUnit,
    Wave,
    WaveState,
)
from survey.services.messaging import outbox, texts

CHUNK = 500
LIFE = timedelta(hours=24)
ARRIVED = (MessageState.handed_over, MessageState.accepted, MessageState.delivered, MessageState.unknown)


class _Silent(NamedTuple):
    """An invitation whose text went out and that nobody answered or refused."""

    invitation_id: int
    contact_id: str
    agency: str
    expires_at: datetime
    reminders: int


class _Due(NamedTuple):
    """Whose reminder is due: invited before this, reminded exactly so often, and last before that.

    The last keeps a worker that stood still for days from sending two reminders one after the other.
    """

    invited_before: datetime
    reminders: int
    reminded_before: datetime


def queue_due(now: datetime) -> int:
    """Queue the reminders that are due in this hour, and commit. Outside the sending hours there are none."""
    if not outbox.window().contains(now):
        return 0
    waves = db.session.scalars(select(Wave).where(Wave.state == WaveState.launched)).all()
    queued = sum(_remind(wave, now) for wave in waves)
    db.session.commit()
    return queued


def _remind(wave: Wave, now: datetime) -> int:
    days = sorted(wave.settings.get("reminder_days", []))
    queued = 0
    for reminders, (before, after) in enumerate(pairwise([0, *days])):
        due = _Due(now - timedelta(days=after), reminders, now - timedelta(days=after - before))
        silent = list(_silent(wave, due, now))
        for start in range(0, len(silent), CHUNK):
            db.session.execute(_insert_new(), _messages(wave, silent[start : start + CHUNK], now))
        queued += len(silent)
    return queued


def _insert_new() -> Any:
    """Another worker may decide the same at the same moment: the unique key lets one of them win."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    return dialect.insert(Message).on_conflict_do_nothing()


def _silent(wave: Wave, due: _Due, now: datetime) -> Iterator[_Silent]:
    """Those who are due and still silent."""
    first = aliased(Message)
    reminded = (
        select(Message.invitation_id, func.count().label("number"), func.max(Message.queued_at).label("last"))
        .where(Message.wave_id == wave.id, Message.kind == MessageKind.reminder)
        .group_by(Message.invitation_id)
        .subquery()
    )
    answered = exists().where(Response.invitation_id == Invitation.id, Response.state == ResponseState.submitted)
    spoken_to = exists().where(InterviewCase.invitation_id == Invitation.id, InterviewCase.texts_stopped)
    query = (
        select(
            Invitation.id,
            first.contact_id,
            Agency.name_vi,
            Invitation.expires_at,
            func.coalesce(reminded.c.number, 0),
        )
        .join(first, and_(first.invitation_id == Invitation.id, first.kind == MessageKind.invitation))
        .join(SampleUnit, SampleUnit.id == Invitation.sample_unit_id)
        .join(Agency, Agency.id == SampleUnit.agency_id)
        .outerjoin(reminded, reminded.c.invitation_id == Invitation.id)
        .where(
            Invitation.wave_id == wave.id,
            Invitation.expires_at > now,
            first.state.in_(ARRIVED),
            first.attempted_at <= due.invited_before,
            func.coalesce(reminded.c.number, 0) == due.reminders,
            reminded.c.last.is_(None) | (reminded.c.last <= due.reminded_before),
            ~SampleUnit.disposition.startswith("2.11"),
            ~answered,
            ~spoken_to,
        )
    )
    return (_Silent(*row) for row in db.session.execute(query))


def _messages(wave: Wave, silent: Sequence[_Silent], now: datetime) -> list[dict[str, Any]]:
    rendered: dict[tuple[str, int], texts.Text] = {}
    rows = []
    for each in silent:
        days = ceil((each.expires_at - now) / timedelta(days=1))
        key = (each.agency, days)
        if key not in rendered:
            rendered[key] = texts.reminder(each.agency, days, wave.settings)
        rows.append(
            {
                "wave_id": wave.id,
                "invitation_id": each.invitation_id,
                "contact_id": each.contact_id,
                "kind": MessageKind.reminder,
                "attempt": each.reminders + 1,
                "body": rendered[key].body,
                "parts": rendered[key].parts,
                "not_before": now,
                "expires_at": min(now + LIFE, each.expires_at),
                "queued_at": now,
            }
        )
    return rows
