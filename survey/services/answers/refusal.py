"""No means no: the disposition, the queued messages, and, when said for good, the number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from survey.extensions import db
from survey.models import Contact, Message, SampleUnit, Suppression
from survey.services.answers import dispositions
from survey.services.messaging import outbox

REFUSAL = "2.11"


def refuse(
    invitation_id: int, unit_id: int, *, source: str, forever: bool, withdrawn: bool = False, now: datetime
) -> None:
    """Note a refusal and cancel what is queued.

    `forever` bars the number from every later wave; `withdrawn`: answers were given and have been deleted.
    """
    note = dispositions.WITHDRAWN if withdrawn else ""
    dispositions.note(unit_id, REFUSAL, source=source, now=now, note=note)
    cancel_messages(invitation_id, "refused", now)
    if forever:
        _suppress(unit_id, now)


def cancel_messages(invitation_id: int, reason: str, now: datetime) -> None:
    """Take back invitations and reminders that have not left; a reply to the citizen still goes."""
    outbox.cancel(Message.invitation_id == invitation_id, reason=reason, now=now)


def _suppress(unit_id: int, now: datetime) -> None:
    phone_hash = db.session.scalar(
        select(Contact.phone_hash)
        .join(SampleUnit, SampleUnit.contact_id == Contact.id)
        .where(SampleUnit.id == unit_id)
    )
    if phone_hash is None or db.session.get(Suppression, phone_hash) is not None:
        return
    try:
        with db.session.begin_nested():
            db.session.add(Suppression(phone_hash=phone_hash, since=now, reason="refused"))
    except IntegrityError:  # the same person refused in another wave at this very moment
        return
