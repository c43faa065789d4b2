"""Citizens who asked to be called back: opened with their answers, then on their own, worked off by the agency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from survey.clock import local_day
from survey.errors import ConflictError, NotFoundError
from survey.extensions import db
from survey.models import FeedbackCase, FeedbackState, User
from survey.queries.respond import Case
from survey.services.office import audit
from survey.services.office.keys import current_vault

_DUE_DAYS = 10
_FROM = {
    FeedbackState.taken: {FeedbackState.open},
    FeedbackState.answered: {FeedbackState.taken},
    FeedbackState.closed: {FeedbackState.open, FeedbackState.taken, FeedbackState.answered},
}


@dataclass(frozen=True)
class Wish:
    """The number to call and what about, both typed for this purpose with a consent of its own."""

    phone: str
    words: str


def open_case(case: Case, wish: Wish, *, now: datetime) -> None:
    """Put a wish on the agency's list. The caller commits, together with the answers that it came with."""
    today = local_day(now)
    row = FeedbackCase(
        wave_id=case.wave_id,
        agency_id=case.agency_id,
        opened_on=today,
        due_on=today + timedelta(days=case.settings.get("callback_days", _DUE_DAYS)),
        phone_encrypted=current_vault().encrypt(wish.phone),
        wish=wish.words,
    )
    db.session.add(row)


def take(case_id: int, officer: User, *, now: datetime) -> FeedbackCase:
    """An officer makes the case theirs."""
    row = _moved(case_id, FeedbackState.taken, actor=officer.email, now=now)
    row.owner_id = officer.id
    db.session.commit()
    return row


def reveal_phone(case_id: int, *, actor: str, now: datetime) -> str:
    """The number, for the one who calls; each look is on record."""
    row = _locked(case_id)
    if row.phone_encrypted is None:
        raise ConflictError("phone_erased", _("Số điện thoại đã được xóa."))
    audit.record(actor, "feedback.reveal_phone", f"feedback:{case_id}", now=now)
    db.session.commit()
    return current_vault().decrypt(row.phone_encrypted)


def answer(case_id: int, text: str, *, actor: str, now: datetime) -> FeedbackCase:
    """What the citizen was told."""
    row = _moved(case_id, FeedbackState.answered, actor=actor, now=now)
    row.answer = text
    db.session.commit()
    return row


def close(case_id: int, *, actor: str, now: datetime) -> FeedbackCase:
    """Done, or nobody to reach: the number is erased at once."""
    row = _moved(case_id, FeedbackState.closed, actor=actor, now=now)
    row.closed_at, row.phone_encrypted = now, None
    db.session.commit()
    return row


def _locked(case_id: int) -> FeedbackCase:
    row = db.session.get(FeedbackCase, case_id, with_for_update=True)
    if row is None:
        raise NotFoundError("no_such_case", _("Không có yêu cầu liên hệ này."))
    return row


def _moved(case_id: int, state: FeedbackState, *, actor: str, now: datetime) -> FeedbackCase:
    row = _locked(case_id)
    if row.state not in _FROM[state]:
        raise ConflictError("case_state", _("Yêu cầu liên hệ này đã được xử lý ở bước khác."))
    row.state = state
    audit.record(actor, f"feedback.{state.value}", f"feedback:{case_id}", now=now)
    return row
