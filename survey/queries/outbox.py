"""What is known about messages: the facts that decide whether one may go, and counts for officers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from survey.extensions import db
from survey.models import (
    Contact,
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
    disposition: str | None
    last_started_at: datetime | None
    started_in_wave: int


def send_facts(message_ids: Collection[str]) -> dict[str, SendFacts]:
    """The facts of each message that exists."""
    other = aliased(Message)
    started = (
        other.contact_id == Message.contact_id,
        other.id != Message.id,
        other.kind != MessageKind.reply,
        other.attempted_at.is_not(None),
    )
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
            SampleUnit.disposition,
            select(func.max(other.attempted_at)).where(*started).correlate(Message).scalar_subquery(),
            select(func.count())
            .where(*started, other.wave_id == Message.wave_id)
            .correlate(Message)
            .scalar_subquery(),
        )
        .join(Contact, Contact.id == Message.contact_id)
        .outerjoin(Wave, Wave.id == Message.wave_id)
        .outerjoin(Invitation, Invitation.id == Message.invitation_id)
        .outerjoin(SampleUnit, SampleUnit.id == Invitation.sample_unit_id)
        .where(Message.id.in_(message_ids))
    )
    return {row[0]: SendFacts(*row[1:]) for row in db.session.execute(query)}


def state_counts(wave_id: int | None = None) -> dict[MessageState, int]:
    """How many messages are in each state, of one wave or of all; states without messages are left out."""
    query = select(Message.state, func.count()).group_by(Message.state)
    if wave_id is not None:
        query = query.where(Message.wave_id == wave_id)
    return dict(db.session.execute(query).tuples().all())
