"""Retention and a citizen's request: the way to reach a person goes, answers that lead to nobody stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select, update

from survey.clock import local_day
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import (
    Contact,
    FeedbackCase,
    FeedbackState,
    InboundMessage,
    Message,
    MessageState,
    SampleUnit,
    Suppression,
)
from survey.services.office import audit
from survey.services.office.keys import current_vault

_WISH_LIFE = timedelta(days=90)  # after the day by which the citizen should have been called
_STRANGER_LIFE = timedelta(days=30)  # of a text from a number that was never a contact


def erase_due(*, actor: str, now: datetime) -> int:
    """Erase every contact whose retention date has passed and that no open wave still needs.

    With them go wishes to be called that nobody worked off, and texts of numbers that we never wrote to.
    """
    today = local_day(now)
    in_use = select(SampleUnit.contact_id).where(SampleUnit.contact_id.is_not(None))
    due = select(Contact.id).where(
        Contact.retention_until < today, Contact.phone_encrypted.is_not(None), Contact.id.not_in(in_use)
    )
    count = db.session.scalar(select(func.count()).select_from(due.subquery())) or 0
    _erase(due, now)
    _close_wishes(db.session.scalars(_wishes().where(FeedbackCase.due_on < today - _WISH_LIFE)).all(), now)
    is_stranger = InboundMessage.sender_hash.not_in(select(Contact.phone_hash))
    _blank_inbound(is_stranger & (InboundMessage.received_at < now - _STRANGER_LIFE))
    audit.record(actor, "privacy.erase_due", "contacts", now=now, details={"erased": count})
    db.session.commit()
    return count


def forget(phone: str, *, actor: str, now: datetime) -> None:
    """Erase a number at its owner's wish, wherever it is; it is never invited again."""
    keys = current_vault()
    phone_hash = keys.phone_hash(phone)
    contact = select(Contact.id).where(Contact.phone_hash == phone_hash)
    heard = db.session.scalar(select(InboundMessage.id).where(InboundMessage.sender_hash == phone_hash).limit(1))
    wishes = [row for row in db.session.scalars(_wishes()) if keys.decrypt(row.phone_encrypted or b"") == phone]
    if db.session.scalar(contact) is None and heard is None and not wishes:
        raise NotFoundError("number_unknown", _("Không có số này trong hệ thống."))
    if db.session.get(Suppression, phone_hash) is None:
        db.session.add(Suppression(phone_hash=phone_hash, since=now, reason="forgotten"))
    _erase(contact, now)
    _blank_inbound(InboundMessage.sender_hash == phone_hash)
    _close_wishes(wishes, now)
    audit.record(actor, "privacy.forget", "contact", now=now)
    db.session.commit()


def _erase(contacts: Select[str], now: datetime) -> None:
    """Queued messages, links from units, what they wrote, then the numbers themselves: the order matters."""
    db.session.execute(
        update(Message)
        .where(Message.contact_id.in_(contacts), Message.state == MessageState.queued)
        .values(state=MessageState.cancelled, reason="contact erased", final_at=now)
    )
    db.session.execute(update(SampleUnit).where(SampleUnit.contact_id.in_(contacts)).values(contact_id=None))
    hashes = select(Contact.phone_hash).where(Contact.id.in_(contacts))
    _blank_inbound(InboundMessage.sender_hash.in_(hashes))
    db.session.execute(update(Contact).where(Contact.id.in_(contacts)).values(phone_encrypted=None, erased_at=now))


def _blank_inbound(whose: ColumnElement[bool]) -> None:
    db.session.execute(update(InboundMessage).where(whose).values(sender_encrypted=None, text=""))


def _wishes() -> Select[FeedbackCase]:
    """Cases that still hold a number. It was typed for one call and has no hash: only decrypting finds it."""
    return select(FeedbackCase).where(FeedbackCase.phone_encrypted.is_not(None))


def _close_wishes(cases: Sequence[FeedbackCase], now: datetime) -> None:
    for case in cases:
        case.state, case.closed_at, case.phone_encrypted, case.wish = FeedbackState.closed, now, None, ""
