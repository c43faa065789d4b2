"""An interviewer at work: the number for one call, what came of it, the interview. Only the case's owner may.

Every step locks the invitation first, as each writer of answers does, then the case: of two at once the second
sees what the first did. An answer by another way, a refusal or the end of the wave shuts the case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update

from analysis.disposition import Disposition
from forms.fields import AnswerError, clean_text
from forms.messages import say
from survey.errors import ConflictError, InputError, NotFoundError
from survey.extensions import db
from survey.models import CallAttempt, CallOutcome, Contact, InterviewCase, Place, SampleUnit, User
from survey.queries import interviews
from survey.queries.interviews import Held
from survey.queries.respond import Case
from survey.services.answers import collect, consent, dispositions, feedback, refusal
from survey.services.messaging.rules import Window
from survey.services.office import audit
from survey.services.office.keys import current_vault

SOURCE = "interviewer"
CODES: Mapping[CallOutcome, Disposition] = {
    CallOutcome.no_answer: Disposition.NO_ANSWER,
    CallOutcome.busy: Disposition.BUSY,
    CallOutcome.voice_mail: Disposition.ANSWERING_DEVICE,
    CallOutcome.wrong_number: Disposition.WRONG_NUMBER,
    CallOutcome.appointment: Disposition.UNAVAILABLE,
    CallOutcome.refused: Disposition.REFUSAL,
    CallOutcome.refused_for_good: Disposition.REFUSAL,
    CallOutcome.language: Disposition.LANGUAGE,
    CallOutcome.unable: Disposition.UNABLE,
    CallOutcome.dead: Disposition.DEAD,
    CallOutcome.complete: Disposition.COMPLETE,
}
TRY_AGAIN = frozenset({CallOutcome.no_answer, CallOutcome.busy, CallOutcome.voice_mail, CallOutcome.appointment})
_MOST_ATTEMPTS = 6
_NUMBER_LIKE = re.compile(r"\d(?:[ .-]?\d){6,}")


@dataclass(frozen=True)
class Attempt:
    """What the interviewer says of one attempt; `seen`: the attempts on the page, so that none counts twice."""

    outcome: CallOutcome
    place: Place
    seen: int
    appointment_at: datetime | None = None
    note: str = ""


def call_window() -> Window:
    """When people may be called or visited."""
    return Window.parse(current_app.config["THUOCDO_CALL_WINDOW"], current_app.config["THUOCDO_SMS_HOLIDAYS"])


def most_attempts(case: Case) -> int:
    return int(case.settings.get("call_attempts", _MOST_ATTEMPTS))


def reveal_phone(case_id: int, user: User, *, now: datetime) -> str:
    """The number, for the one call that is made now; each look is on record."""
    found, case = _open(case_id, user, now)
    _check_hour(now)
    query = select(Contact.phone_encrypted).join(SampleUnit, SampleUnit.contact_id == Contact.id)
    stored = db.session.scalar(query.where(SampleUnit.id == case.unit_id))
    if stored is None:
        raise ConflictError("phone_erased", _("Số điện thoại đã được xóa."))
    audit.record(user.email, "interview.reveal_phone", f"interview:{found.row.id}", now=now)
    db.session.commit()
    return current_vault().decrypt(stored)


def log_attempt(case_id: int, attempt: Attempt, user: User, *, now: datetime) -> InterviewCase:
    """Write down one attempt, and what it says of the unit."""
    if attempt.outcome is CallOutcome.complete:
        raise InputError("outcome", _("Phỏng vấn xong được ghi khi gửi phiếu."))
    found, case = _open(case_id, user, now)
    row = found.row
    if attempt.seen != row.attempts:
        raise ConflictError("attempt_logged", _("Lần gọi này đã được ghi rồi."))
    row.appointment_at, row.appointment_note = _agreed(attempt, case, now)
    _add(row, attempt.outcome, attempt.place, user, now)
    row.texts_stopped = row.texts_stopped or attempt.outcome not in TRY_AGAIN or row.appointment_at is not None
    used_up = row.attempts >= most_attempts(case) and row.appointment_at is None
    if used_up or attempt.outcome not in TRY_AGAIN:
        row.closed_at = now
    _tell_unit(row, case, attempt.outcome, now)
    db.session.commit()
    return row


def begin(case_id: int, place: Place, user: User, *, now: datetime) -> None:
    """The notice was read aloud and the person agreed: the form opens."""
    found, _case = _open(case_id, user, now)
    _check_hour(now)
    found.row.place, found.row.consent_version = place, consent.INTERVIEWER_VERSION
    audit.record(user.email, "interview.begin", f"interview:{case_id}", now=now, details={"place": place.value})
    db.session.commit()


def send(
    found: Held,
    case: Case,
    entry: collect.Entry,
    user: User,
    *,
    closing: tuple[str, feedback.Wish | None],
    now: datetime,
) -> collect.Saved:
    """Send the answers and end the case, in one transaction. The caller has locked both (`interviews.held`)."""
    row = found.row
    row.appointment_at, row.appointment_note, row.closed_at = None, "", now
    _add(row, CallOutcome.complete, row.place or Place.phone, user, now)
    db.session.flush()
    comment, wish = closing
    saved = collect.submit(case, found.reply, entry, comment=comment, wish=wish, now=now)
    if saved.next_page is not None:  # a required answer is missing
        db.session.rollback()
    return saved


def cut_off(wave_id: int, now: datetime) -> None:
    """No case outlives its wave, and no note either. The caller commits."""
    mine = update(InterviewCase).where(InterviewCase.wave_id == wave_id)
    db.session.execute(mine.values(appointment_at=None, appointment_note=""))
    db.session.execute(mine.where(InterviewCase.closed_at.is_(None)).values(closed_at=now))


def shut_in_words(reason: str) -> str:
    """Why nobody is to be asked any more."""
    sentences: dict[str, str] = {
        "over": _("Đợt khảo sát này không nhận câu trả lời nữa."),
        "answered": _("Người này đã có câu trả lời, không hỏi nữa."),
        "refused": _("Người này đã từ chối, không gọi nữa."),
        "ineligible": _("Hồ sơ này không thuộc diện khảo sát, không gọi nữa."),
        "closed": _("Trường hợp này đã khép lại."),
    }
    return sentences[reason]


def _open(case_id: int, user: User, now: datetime) -> tuple[Held, Case]:
    found = interviews.held(case_id, user.id, lock=True)
    if found is None:
        raise NotFoundError("no_such_case", _("Không có trường hợp này trong danh sách của quý vị."))
    reason = found.shut(now)
    if reason is not None or found.case is None:
        raise ConflictError(f"case_{reason}", shut_in_words(reason or "over"))
    return found, found.case


def _check_hour(now: datetime) -> None:
    if not call_window().contains(now):
        hours = current_app.config["THUOCDO_CALL_WINDOW"]
        raise ConflictError("call_hours", _("Chỉ gọi trong khoảng %(hours)s, trừ ngày nghỉ lễ.", hours=hours))


def _agreed(attempt: Attempt, case: Case, now: datetime) -> tuple[datetime | None, str]:
    """The appointment; other outcomes than one clear it."""
    if attempt.outcome is not CallOutcome.appointment:
        return None, ""
    at = attempt.appointment_at
    if at is None or not now < at < case.expires_at:
        raise InputError("appointment", _("Xin hẹn một giờ sắp tới, trước khi đợt kết thúc."))
    if not call_window().contains(at):
        hours = current_app.config["THUOCDO_CALL_WINDOW"]
        raise InputError("appointment", _("Chỉ hẹn trong khoảng %(hours)s, trừ ngày nghỉ lễ.", hours=hours))
    return at, _note(attempt.note)


def _note(typed: str) -> str:
    try:
        note = clean_text(typed)
    except AnswerError as problem:
        raise InputError("note", say(problem.key, "vi", **problem.params)) from problem
    if len(note) > 200 or _NUMBER_LIKE.search(note):
        raise InputError("note", _("Ghi chú dài nhất 200 chữ, không ghi số điện thoại hay số giấy tờ."))
    return note


def _add(row: InterviewCase, outcome: CallOutcome, place: Place, user: User, now: datetime) -> None:
    row.attempts += 1
    row.last_outcome, row.last_attempt_at = outcome, now
    db.session.add(CallAttempt(case_id=row.id, interviewer_id=user.id, at=now, place=place, outcome=outcome))


def _tell_unit(row: InterviewCase, case: Case, outcome: CallOutcome, now: datetime) -> None:
    """The event in the unit's history; a refusal is one as on the web, and what is queued does not leave."""
    if CODES[outcome] is Disposition.REFUSAL:
        forever = outcome is CallOutcome.refused_for_good
        collect.refuse(row.invitation, source=SOURCE, forever=forever, now=now)
        return
    code = CODES[outcome].value
    dispositions.note_locked(case.unit_id, case.disposition, code, source=SOURCE, now=now, note=outcome.value)
    if row.texts_stopped:
        refusal.cancel_messages(row.invitation_id, outcome.value, now)
