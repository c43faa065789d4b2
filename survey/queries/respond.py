"""What the citizen's form needs of the database: one statement to look, two to write, and no object graphs.

Statements are made once, with parameters, and run on the connection: the work of the ORM on them would cost more
than they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Engine, Select, bindparam, or_, select

from forms.instrument import from_json
from forms.model import Answers, Instrument
from survey.extensions import db, reading
from survey.models import (
    Agency,
    Dossier,
    InstrumentVersion,
    Invitation,
    Procedure,
    Response,
    ResponseState,
    SampleUnit,
    Wave,
    WaveState,
)
from survey.models.types import UtcDateTime

OPEN_STATES = (WaveState.launched, WaveState.paused)


@dataclass(frozen=True)
class Case:
    """One invitation and what its pages say of the dossier: nothing that tells who the citizen is."""

    invitation_id: int
    nonce: bytes
    wave_id: int
    unit_id: int
    agency_id: int
    instrument_version_id: int
    settings: dict[str, Any]
    disposition: str
    expires_at: datetime
    agency: str
    service: str | None
    received_at: datetime
    completed_at: datetime | None

    @property
    def by_section(self) -> bool:
        """Whether the questions of a factor share a page; the officer chooses for the wave."""
        return self.settings.get("page_mode") == "section"

    @property
    def flipped(self) -> bool:
        """Whether this person sees the scales from the other end; a coin that the invitation carries."""
        return self.settings.get("scale_order") == "flip" and bool(self.nonce[0] & 1)


@dataclass(frozen=True)
class Reply:
    """The answer of an invitation as it stands, draft or submitted."""

    id: int
    state: ResponseState
    answers: Answers
    off_path: Answers
    comment: str
    language: str
    revision: int
    submitted_at: datetime | None
    receipt_nonce: bytes | None
    paradata: dict[str, Any]
    updated_at: datetime

    @property
    def given(self) -> Answers:
        """All that was answered, on the path and off it: a change of mind may lead back."""
        return {**self.off_path, **self.answers}


_CASE: Select[Any] = (
    select(
        Invitation.id,
        Invitation.nonce,
        Invitation.wave_id,
        SampleUnit.id,
        SampleUnit.agency_id,
        Wave.instrument_version_id,
        Wave.settings,
        SampleUnit.disposition,
        Invitation.expires_at,
        Agency.name_vi,
        Procedure.name_vi,
        Dossier.received_at,
        Dossier.completed_at,
    )
    .join(Wave, Wave.id == Invitation.wave_id)
    .join(SampleUnit, SampleUnit.id == Invitation.sample_unit_id)
    .join(Agency, Agency.id == SampleUnit.agency_id)
    .join(Dossier, Dossier.id == SampleUnit.dossier_id)
    .outerjoin(Procedure, Procedure.id == Dossier.procedure_id)
    .where(or_(*(Wave.state == state for state in OPEN_STATES)))  # IN would be spelt anew at each request
)


_BY_TOKEN = _CASE.where(
    Invitation.token_hmac == bindparam("token"),
    Invitation.expires_at > bindparam("now", type_=UtcDateTime()),
    SampleUnit.contact_id.is_not(None),
    (Wave.closes_at.is_(None)) | (Wave.closes_at > bindparam("now", type_=UtcDateTime())),
)
# After waiting for a lock PostgreSQL reads only the rows that it locks anew: the disposition must be one of them.
_LOCKED = (Invitation, SampleUnit)
_BY_TOKEN_LOCKED = _BY_TOKEN.with_for_update(of=_LOCKED)
_BY_ID = _CASE.where(Invitation.id == bindparam("id"))
_BY_ID_LOCKED = _BY_ID.with_for_update(of=_LOCKED)
_REPLY_COLUMNS = (
    Response.id,
    Response.state,
    Response.answers,
    Response.off_path,
    Response.comment,
    Response.language,
    Response.revision,
    Response.submitted_at,
    Response.receipt_nonce,
    Response.paradata,
    Response.updated_at,
)
_REPLY = select(*_REPLY_COLUMNS).where(Response.invitation_id == bindparam("invitation"))
_BOTH = _BY_TOKEN.add_columns(*_REPLY_COLUMNS).outerjoin(Response, Response.invitation_id == Invitation.id)
_CASE_WIDTH = len(_CASE.selected_columns)


def seen(token_hmac: bytes, now: datetime) -> tuple[Case | None, Reply | None]:
    """The case of a token and its reply, for a page that only reads; see `open_case`.

    On a connection of its own, given back at once: rendering and a slow line hold nothing.
    """
    with reading(), _reader().connect() as connection:
        row = connection.execute(_BOTH, {"token": token_hmac, "now": now}).first()
    if row is None:
        return None, None
    answered = row[_CASE_WIDTH] is not None
    return Case(*row[:_CASE_WIDTH]), Reply(*row[_CASE_WIDTH:]) if answered else None


def _reader() -> Engine:
    """PostgreSQL needs no transaction for one statement: two trips less. On SQLite a begin is ours and free."""
    engines = db.engines
    return engines.get("reader") or engines[None]


def open_case(token_hmac: bytes, now: datetime, *, lock: bool = False) -> Case | None:
    """The case of a token, or None when it is wrong, expired, withdrawn, or its wave is closed.

    `lock` holds the invitation until the transaction ends, so that its answers are written one after the other.
    """
    statement = _BY_TOKEN_LOCKED if lock else _BY_TOKEN
    return _case(db.session.connection().execute(statement, {"token": token_hmac, "now": now}).first())


def locked_case(invitation_id: int) -> Case | None:
    """The case of an invitation whose wave is open, held until the transaction ends."""
    return _case(db.session.connection().execute(_BY_ID_LOCKED, {"id": invitation_id}).first())


def case_of(invitation_id: int) -> Case | None:
    """The case of an invitation whose wave is open, to look at only."""
    return _case(db.session.connection().execute(_BY_ID, {"id": invitation_id}).first())


def _case(row: Sequence[Any] | None) -> Case | None:
    return None if row is None else Case(*row)


def reply(invitation_id: int) -> Reply | None:
    """The response of an invitation. Read it after locking the case, or a rival's answer is missed."""
    row = db.session.connection().execute(_REPLY, {"invitation": invitation_id}).first()
    return None if row is None else Reply(*row)


@dataclass(frozen=True)
class Receipt:
    """What a receipt code tells: its wave, whether that wave's answers are counted, and volunteers set apart."""

    title: str
    is_counted: bool
    in_index: bool


def receipt(sha256: str, language: str) -> Receipt | None:
    """The response behind the hash of a receipt code, without a way to who gave it."""
    title = Wave.title_en if language == "en" else Wave.title_vi
    query = select(title, Wave.title_vi, Wave.state, Response.invitation_id).join(
        Wave, Wave.id == Response.wave_id
    )
    row = db.session.execute(query.where(Response.receipt_sha256 == sha256)).first()
    if row is None:
        return None
    return Receipt(row[0] or row[1], row.state not in OPEN_STATES, row.invitation_id is not None)


def instrument(version_id: int) -> Instrument:
    """The questionnaire of an invitation; read once by each process, for a launched version never changes."""
    known: dict[int, Instrument] = current_app.extensions.setdefault("thuocdo_instruments", {})
    if version_id not in known:
        definition = db.session.scalars(
            select(InstrumentVersion.definition).where(InstrumentVersion.id == version_id)
        ).one()
        known[version_id] = from_json(definition)
    return known[version_id]
