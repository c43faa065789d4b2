"""Answers of volunteers at the counter: a mode of their own and no invitation, so no index can hold them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from forms.model import Answers
from survey.crypto import receipt_sha256
from survey.extensions import db
from survey.models import Response, ResponseState
from survey.queries.volunteers import Door
from survey.services.answers.collect import Entry
from survey.services.office.keys import current_vault


def record(door: Door, answers: Answers, entry: Entry, *, nonce: bytes, now: datetime) -> str:
    """Store one answer; returns the receipt code. The form's nonce makes a repeated post the same answer."""
    code = current_vault().receipt_code(nonce)
    row = {
        "wave_id": door.wave_id,
        "agency_id": door.agency_id,
        "instrument_version_id": door.instrument_version_id,
        "mode": entry.mode,
        "language": entry.language,
        "state": ResponseState.submitted,
        "answers": dict(answers),
        "consent_version": entry.consent_version,
        "consent_at": now,
        "started_at": now,
        "updated_at": now,
        "submitted_at": now,
        "receipt_nonce": nonce,
        "receipt_sha256": receipt_sha256(code),
        "paradata": dict(entry.paradata),
    }
    try:
        db.session.execute(insert(Response).values(row))
        db.session.commit()
    except IntegrityError:  # the same form once more
        db.session.rollback()
    return code
