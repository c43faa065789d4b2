"""What is known about messages: the facts that decide whether one may go, and counts for officers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, exists, func, select, type_coerce
from sqlalchemy.orm import aliased

from survey.extensions import db
from survey.models import (
    Contact,
    InterviewCase,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Response,
    ResponseState,
    SampleUnit,
    Suppression,
    Wave,
    WaveState,
)
from survey.models.types import UtcDateTime
from survey.queries.members import is_one_of, keys


@dataclass(frozen=True)
class SendFacts:
    """All that the rules look at, read in one statement. "Started" counts tries that may have rung the phone."""

    kind: MessageKind
    expires_at: datetime
    erased: bool
    suppressed: bool
    wave_state: WaveState | None
    closes_at: datetime | None
    answered: bool
    spoken_to: bool
    disposition: str | None
    last_started_at: datetime | None
    started_in_wave: int


def send_facts(message_ids: Collection[str]) -> dict[str, SendFacts]:
    """The facts of each message that exists."""
    rows = db.session.connection().execute(_FACTS, {"ids": list(message_ids)})
    return {row[0]: SendFacts(*row[1:]) for row in rows}


def _facts() -> Select[Any]:
    other = aliased(Message)
    started = (
        other.contact_id == Message.contact_id,
        other.id != Message.id,
        other.kind != MessageKind.reply,
        other.attempted_at.is_not(None),
    )
    last_started = select(func.max(other.attempted_at)).where(*started)
    started_in_wave = select(func.count()).where(*started, other.wave_id == Message.wave_id)
    answered = exists().where(
        Response.invitation_id == Message.invitation_id, Response.state == ResponseState.submitted
    )
    query = (
        select(
            Message.id,
            Message.kind,
            Message.expires_at,
            Contact.phone_encrypted.is_(None),
            exists().where(Suppression.phone_hash == Contact.phone_hash),
            Wave.state,
            Wave.closes_at,
            answered,
            exists().where(InterviewCase.invitation_id == Message.invitation_id, InterviewCase.texts_stopped),
            SampleUnit.disposition,
            last_started.correlate(Message).scalar_subquery(),
            started_in_wave.correlate(Message).scalar_subquery(),
        )
        .join(Contact, Contact.id == Message.contact_id)
        .outerjoin(Wave, Wave.id == Message.wave_id)
        .outerjoin(Invitation, Invitation.id == Message.invitation_id)
        .outerjoin(SampleUnit, SampleUnit.id == Invitation.sample_unit_id)
        .where(is_one_of(Message.id, keys("ids")))
    )
    return cast("Select[Any]", query)


_FACTS = _facts()


def gateway_counts(wave_code: str | None = None) -> list[tuple[str | None, MessageState, int]]:
    """How many messages are in each state, by the gateway that has or had them; of one wave or of all."""
    query = (
        select(Message.gateway, Message.state, func.count())
        .group_by(Message.gateway, Message.state)
        .order_by(Message.gateway, Message.state)
    )
    if wave_code is not None:
        query = query.join(Wave, Wave.id == Message.wave_id).where(Wave.code == wave_code)
    return [(gateway, state, count) for gateway, state, count in db.session.execute(query)]


@dataclass(frozen=True)
class Troubled:
    """A message that waits for a person."""

    id: str
    state: MessageState
    wave: str | None
    kind: MessageKind
    at: datetime
    reason: str


def troubled(limit: int = 500) -> list[Troubled]:
    """Of unknown outcome, or dead; the oldest first. No number: whoever needs it has the right to look it up."""
    at = func.coalesce(Message.attempted_at, Message.final_at, Message.queued_at)
    query = (
        select(Message.id, Message.state, Wave.code, Message.kind, type_coerce(at, UtcDateTime), Message.reason)
        .outerjoin(Wave, Wave.id == Message.wave_id)
        .where(Message.state.in_([MessageState.unknown, MessageState.dead]))
        .order_by(at)
        .limit(limit)
    )
    return [Troubled(*row) for row in db.session.execute(query)]
