"""Messages of a wave, for the office: whom a launch reaches, what went out, what needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select

from forms.phone import mask
from survey.crypto import Vault
from survey.extensions import db
from survey.models import (
    Agency,
    Contact,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    PhoneKind,
    SampleUnit,
    Suppression,
)
from survey.queries.reasons import spoken


@dataclass(frozen=True)
class Reach:
    """Drawn units of one agency: with a mobile phone, and of those the ones that refused for good."""

    agency: str
    sampled: int
    mobile: int
    refused_before: int

    @property
    def invitations(self) -> int:
        return self.mobile - self.refused_before


@dataclass(frozen=True)
class MessageCount:
    """Messages of one kind in one state; `parts` is what the operator bills."""

    kind: MessageKind
    state: MessageState
    messages: int
    parts: int


@dataclass(frozen=True)
class TroubledMessage:
    """A message that a person should look at. The phone is masked and there is no way to unmask it."""

    id: str
    kind: MessageKind
    state: MessageState
    agency: str
    phone: str
    attempt: int
    reason: str
    since: datetime


def reach(wave_id: int) -> list[Reach]:
    """Whom a launch would reach, by agency."""
    mobile = and_(Contact.kind == PhoneKind.mobile, Contact.phone_encrypted.is_not(None))
    refused = and_(mobile, Suppression.phone_hash.is_not(None))
    rows = db.session.execute(
        select(
            Agency.name_vi,
            func.count(),
            func.count(case((mobile, 1))),
            func.count(case((refused, 1))),
        )
        .select_from(SampleUnit)
        .join(Agency, Agency.id == SampleUnit.agency_id)
        .outerjoin(Contact, Contact.id == SampleUnit.contact_id)
        .outerjoin(Suppression, Suppression.phone_hash == Contact.phone_hash)
        .where(SampleUnit.wave_id == wave_id, SampleUnit.released)
        .group_by(Agency.name_vi)
        .order_by(Agency.name_vi)
    )
    return [Reach(*row) for row in rows]


def message_counts(wave_id: int) -> list[MessageCount]:
    """Messages of the wave by kind and state, in the order in which a message lives."""
    rows = db.session.execute(
        select(Message.kind, Message.state, func.count(), func.sum(Message.parts))
        .where(Message.wave_id == wave_id)
        .group_by(Message.kind, Message.state)
    )
    counts = [MessageCount(*row) for row in rows]
    order = list(MessageState)
    return sorted(counts, key=lambda count: (list(MessageKind).index(count.kind), order.index(count.state)))


def troubled_messages(wave_id: int, state: MessageState, keys: Vault, limit: int = 200) -> list[TroubledMessage]:
    """Messages of the wave in this state, the newest first."""
    rows = db.session.execute(
        select(Message, Agency.name_vi, Contact.phone_encrypted)
        .join(Contact, Message.contact_id == Contact.id)
        .outerjoin(Message.invitation)
        .outerjoin(Invitation.sample_unit)
        .outerjoin(SampleUnit.agency)
        .where(Message.wave_id == wave_id, Message.state == state)
        .order_by(Message.queued_at.desc(), Message.id)
        .limit(limit)
    )
    return [
        TroubledMessage(
            id=message.id,
            kind=message.kind,
            state=message.state,
            agency=agency or "",
            phone=mask(keys.decrypt(phone)) if phone else "",
            attempt=message.attempt,
            reason=spoken(message.reason),
            since=message.final_at or message.handed_over_at or message.queued_at,
        )
        for message, agency, phone in rows
    ]
