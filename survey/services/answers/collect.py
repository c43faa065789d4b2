"""Answers come in: page by page from the form, or at once by SMS, phone or paper. One response an invitation.

Every writer first locks the invitation (SQLite: the whole database), then reads what is there: of two posts at
once the second finds the first's answer. The unique key of `response` would refuse a second row all the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from forms import logic, web
from forms.model import Answers, Instrument
from survey.crypto import receipt_sha256
from survey.errors import ConflictError
from survey.extensions import db
from survey.models import Invitation, Response, ResponseMode, ResponseRevision, ResponseState
from survey.queries import respond
from survey.queries.respond import Case, Reply
from survey.services.answers import dispositions, feedback, paradata, refusal
from survey.services.answers.consent import SMS_CONSENT_VERSION
from survey.services.answers.writes import Write, write
from survey.services.office.keys import current_vault

CORRECTION_WINDOW = timedelta(hours=24)
CODES = {"complete": "1.1", "partial": "1.2", "break_off": "2.12"}


@dataclass(frozen=True)
class Entry:
    """How an answer came in. `paradata`: device, seconds, whether the print was large."""

    mode: ResponseMode
    language: str
    consent_version: str
    paradata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Saved:
    """What became of a page: its problems by item, the page after it, and the first page that it opened."""

    errors: Mapping[str, web.Problem] = field(default_factory=dict)
    next_page: str | None = None
    opened: str | None = None


def find_invitation(token: str, now: datetime) -> Invitation | None:
    """The invitation of a token that may still answer, or None: why not is nobody's business."""
    case = respond.open_case(current_vault().token_hmac(token), now)
    return None if case is None else db.session.get(Invitation, case.invitation_id)


def may_change(reply: Reply | None, now: datetime) -> bool:
    """Whether answers are still taken: until 24 hours after they were sent."""
    return reply is None or reply.submitted_at is None or now < reply.submitted_at + CORRECTION_WINDOW


def save_page(
    case: Case, reply: Reply | None, page: web.Page, form: web.Form, entry: Entry, *, now: datetime
) -> Saved:
    """Store one page's good answers, whatever is wrong with the others.

    The caller has locked the case and read its reply since.
    """
    instrument = respond.instrument(case.instrument_version_id)
    if not may_change(reply, now):
        return Saved()
    given = reply.given if reply else {}
    result = web.validate_page(instrument, [item.id for item in page.items], form)
    merged = result.merged(given)
    _store(case, reply, instrument, merged, entry, page_key=page.key, now=now)
    db.session.commit()
    before, after = (_page_keys(case, instrument, answers) for answers in (given, merged))
    later = after[after.index(page.key) + 1 :]
    opened = (key for key in later if key not in before)
    return Saved(result.errors, next(iter(later), None), next(opened, None))


def _page_keys(case: Case, instrument: Instrument, answers: Answers) -> list[str]:
    return [page.key for page in web.pages(instrument, answers, by="section" if case.by_section else "item")]


def submit(
    case: Case,
    reply: Reply | None,
    entry: Entry,
    *,
    comment: str = "",
    wish: feedback.Wish | None = None,
    now: datetime,
) -> Saved:
    """Send the answers. Repeated, it changes nothing; with a required answer missing it names the page.

    Case and reply as for `save_page`.

    A wish to be called back is taken with the first sending only: nothing is kept by which a second could be told.
    """
    instrument = respond.instrument(case.instrument_version_id)
    if reply is None:
        return Saved(next_page=instrument.items[0].id)
    if not may_change(reply, now):
        return Saved()
    missing = _first_missing(instrument, reply.given)
    if missing is not None:
        return Saved(next_page=missing)
    _store(case, reply, instrument, reply.given, entry, comment=comment, send=True, now=now)
    refusal.cancel_messages(case.invitation_id, "answered", now)
    if wish is not None and reply.submitted_at is None:
        feedback.open_case(case, wish, now=now)
    db.session.commit()
    return Saved()


def _first_missing(instrument: Instrument, answers: Answers) -> str | None:
    path = map(instrument.item, logic.path(instrument, answers))
    return next((item.id for item in path if item.requirement == "required" and item.id not in answers), None)


def record(invitation: Invitation, answers: Answers, entry: Entry, *, send: bool, now: datetime) -> Response:
    """Add answers that were read elsewhere (SMS, phone, paper); `send` when no more are expected.

    Past the correction window the response is returned as it stands. The caller commits, together with the message
    or form that brought the answers.
    """
    case = respond.locked_case(invitation.id)
    if case is None:
        raise ConflictError("wave_not_open", _("Đợt khảo sát này không nhận câu trả lời nữa."))
    reply = respond.reply(case.invitation_id)
    if may_change(reply, now):
        instrument = respond.instrument(case.instrument_version_id)
        merged = {**(reply.given if reply else {}), **answers}
        _store(case, reply, instrument, merged, entry, send=send, now=now)
        if send:
            refusal.cancel_messages(case.invitation_id, "answered", now)
    found = select(Response).where(Response.invitation_id == case.invitation_id)
    return db.session.scalars(found.execution_options(populate_existing=True)).one()


def record_whole(
    case: Case, reply: Reply | None, answers: Answers, entry: Entry, *, comment: str = "", now: datetime
) -> bool:
    """A form that came in as a whole, on paper; False where another answer was sent first, which stays.

    Case and reply as for `save_page`. A draft is kept as a revision, not mixed with the form. The caller commits.
    """
    if reply is not None and reply.state is ResponseState.submitted:
        return False
    if reply is not None:
        old = {"response_id": reply.id, "revision": reply.revision, "at": now, "mode": entry.mode}
        db.session.add(ResponseRevision(**old, answers=dict(reply.given)))
        db.session.execute(
            update(Response).where(Response.id == reply.id).values(revision=reply.revision + 1, consent_at=now)
        )
    instrument = respond.instrument(case.instrument_version_id)
    _store(case, reply, instrument, answers, entry, comment=comment, send=True, now=now)
    refusal.cancel_messages(case.invitation_id, "answered", now)
    return True


def record_sms(invitation: Invitation, answers: Answers, *, send: bool, now: datetime) -> Response:
    """Answers of an SMS reply; `send` unless the citizen is asked for the missing ones. The caller commits."""
    entry = Entry(ResponseMode.sms, invitation.language, SMS_CONSENT_VERSION)
    return record(invitation, answers, entry, send=send, now=now)


def refuse(invitation: Invitation, *, source: str, forever: bool = False, now: datetime) -> None:
    """A refusal by SMS or told to an officer; an answer already sent stays, a draft goes. The caller commits."""
    db.session.execute(select(Invitation.id).where(Invitation.id == invitation.id).with_for_update())
    reply = respond.reply(invitation.id)
    is_draft = reply is not None and reply.submitted_at is None
    if reply is not None and is_draft:
        _delete(reply)
    refusal.refuse(
        invitation.id, invitation.sample_unit_id, source=source, forever=forever, withdrawn=is_draft, now=now
    )


def decline(case: Case, reply: Reply | None, *, now: datetime) -> None:
    """A refusal on the form: takes back what was answered, as long as it may be changed."""
    if may_change(reply, now):
        if reply is not None:
            _delete(reply)
        refusal.refuse(
            case.invitation_id, case.unit_id, source="web", forever=False, withdrawn=reply is not None, now=now
        )
    db.session.commit()


def _delete(reply: Reply) -> None:
    db.session.execute(delete(ResponseRevision).where(ResponseRevision.response_id == reply.id))
    db.session.execute(delete(Response).where(Response.id == reply.id))


def never_again(case: Case, *, now: datetime) -> None:
    """On the form: no invitation to any later wave either."""
    refusal.refuse(case.invitation_id, case.unit_id, source="web", forever=True, now=now)
    db.session.commit()


def _store(
    case: Case,
    reply: Reply | None,
    instrument: Instrument,
    merged: Answers,
    entry: Entry,
    *,
    now: datetime,
    page_key: str | None = None,
    comment: str | None = None,
    send: bool = False,
) -> None:
    split = logic.split(instrument, merged)
    values: dict[str, Any] = {
        "answers": split.on_path,
        "off_path": split.off_path,
        "language": entry.language,
        "updated_at": now,
        "paradata": paradata.so_far(case, reply, entry.paradata, page_key, now),
    }
    if comment is not None:
        values["comment"] = comment
    sent = reply is not None and reply.state == ResponseState.submitted
    if send and not sent:
        values |= _sent(entry, now)
    if reply is None:
        writes = [Write(Response.__table__, _first(case, entry, now) | values)]
    else:
        writes = _revision(reply, values, entry, now) if sent else []
        revised = {"revision": reply.revision + 1} if writes else {}
        writes.append(Write(Response.__table__, values | revised, row=reply.id))
    status = logic.completeness(instrument, split.on_path).status
    write(*writes, *_settled(case, status, entry, sent=sent or send, corrected=sent, now=now))


def _sent(entry: Entry, now: datetime) -> dict[str, Any]:
    nonce = secrets.token_bytes(16)
    return {
        "state": ResponseState.submitted,
        "mode": entry.mode,
        "submitted_at": now,
        "receipt_nonce": nonce,
        "receipt_sha256": receipt_sha256(current_vault().receipt_code(nonce)),
    }


def _first(case: Case, entry: Entry, now: datetime) -> dict[str, Any]:
    """What a response has from its first page on."""
    return {
        "wave_id": case.wave_id,
        "invitation_id": case.invitation_id,
        "agency_id": case.agency_id,
        "instrument_version_id": case.instrument_version_id,
        "mode": entry.mode,
        "state": ResponseState.draft,
        "comment": "",
        "revision": 1,
        "consent_version": entry.consent_version,
        "consent_at": now,
        "started_at": now,
    }


def _revision(reply: Reply, values: Mapping[str, Any], entry: Entry, now: datetime) -> list[Write]:
    """Keep what a correction overwrites; a repeated post corrects nothing."""
    if values["answers"] == reply.answers:
        return []
    old = {"response_id": reply.id, "revision": reply.revision, "at": now, "mode": entry.mode}
    return [Write(ResponseRevision.__table__, old | {"answers": dict(reply.answers)})]


def _settled(case: Case, status: str, entry: Entry, *, sent: bool, corrected: bool, now: datetime) -> list[Write]:
    """A draft counts as a break-off or a partial answer, never as complete: its author has not sent it."""
    code = CODES[status] if sent else CODES["break_off" if status == "break_off" else "partial"]
    if code == case.disposition or case.disposition.startswith("4"):
        return []
    note = dispositions.CORRECTED if corrected or case.disposition == refusal.REFUSAL else ""
    return dispositions.noting(case.unit_id, case.disposition, code, source=entry.mode.value, now=now, note=note)
