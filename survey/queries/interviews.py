"""Interviewers' cases: who may still be asked, one interviewer's list, and how the officer sees them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import joinedload

from analysis.disposition import Disposition
from survey.clock import local_day
from survey.extensions import db
from survey.models import (
    Agency,
    CallAttempt,
    CallOutcome,
    Contact,
    Dossier,
    InterviewCase,
    Invitation,
    Procedure,
    Response,
    ResponseState,
    Role,
    SampleUnit,
    Suppression,
    User,
    Wave,
)
from survey.queries import respond
from survey.queries.respond import Case, Reply

_SENT = and_(Response.invitation_id == Invitation.id, Response.state == ResponseState.submitted)
_LEFT_ALONE = (Disposition.REFUSAL.value, Disposition.DEAD.value)


@dataclass(frozen=True)
class Held:
    """One interviewer's case; `case` is None once its wave takes no answers.

    `forgotten`: the number was erased, at its owner's wish.
    """

    row: InterviewCase
    case: Case | None
    reply: Reply | None
    forgotten: bool

    def shut(self, now: datetime) -> str | None:
        """Why nobody is to be asked any more, or None while the case is open."""
        if self.case is None or self.case.expires_at <= now:
            return "over"
        if self.reply is not None and self.reply.state is ResponseState.submitted:
            return "answered"
        if self.forgotten or self.case.disposition == Disposition.REFUSAL:
            return "refused"
        if self.case.disposition.startswith("4"):
            return "ineligible"
        return "closed" if self.row.closed_at is not None else None


def held(case_id: int, user_id: int, *, lock: bool = False) -> Held | None:
    """The case if it is this interviewer's; `lock` holds it and its invitation until the transaction ends."""
    mine = select(InterviewCase).where(InterviewCase.id == case_id, InterviewCase.interviewer_id == user_id)
    row = db.session.scalar(mine)
    if row is None:
        return None
    case = respond.locked_case(row.invitation_id) if lock else respond.case_of(row.invitation_id)
    if lock:  # answers lock the invitation first, so do we
        row = db.session.scalar(mine.with_for_update().execution_options(populate_existing=True))
    if row is None:
        return None
    contact = select(SampleUnit.contact_id).join(Invitation, Invitation.sample_unit_id == SampleUnit.id)
    known = db.session.scalar(contact.where(Invitation.id == row.invitation_id))
    return Held(row, case, respond.reply(row.invitation_id), forgotten=known is None)


def attempts(case_id: int) -> Sequence[CallAttempt]:
    """What was tried, the latest first."""
    query = select(CallAttempt).where(CallAttempt.case_id == case_id).order_by(CallAttempt.id.desc())
    return db.session.scalars(query).all()


@dataclass(frozen=True)
class Task:
    """A line of an interviewer's list: nothing that tells who the citizen is, and no number."""

    id: int
    wave: str
    agency: str
    service: str | None
    received_at: datetime
    completed_at: datetime | None
    attempts: int
    last_outcome: CallOutcome | None
    last_attempt_at: datetime | None
    appointment_at: datetime | None
    appointment_note: str

    @property
    def received_on(self) -> date:
        return local_day(self.received_at)

    @property
    def completed_on(self) -> date | None:
        return None if self.completed_at is None else local_day(self.completed_at)


def worklist(user_id: int, now: datetime) -> list[Task]:
    """Open cases: appointments whose hour has come, then whom nobody tried lately, then later appointments."""
    query = (
        select(
            InterviewCase.id,
            Wave.title_vi,
            Agency.name_vi,
            Procedure.name_vi,
            Dossier.received_at,
            Dossier.completed_at,
            InterviewCase.attempts,
            InterviewCase.last_outcome,
            InterviewCase.last_attempt_at,
            InterviewCase.appointment_at,
            InterviewCase.appointment_note,
        )
        .join(Invitation, Invitation.id == InterviewCase.invitation_id)
        .join(SampleUnit, SampleUnit.id == Invitation.sample_unit_id)
        .join(Wave, Wave.id == InterviewCase.wave_id)
        .join(Agency, Agency.id == SampleUnit.agency_id)
        .join(Dossier, Dossier.id == SampleUnit.dossier_id)
        .outerjoin(Procedure, Procedure.id == Dossier.procedure_id)
        .outerjoin(Response, _SENT)
        .where(
            InterviewCase.interviewer_id == user_id,
            InterviewCase.closed_at.is_(None),
            Wave.state.in_(respond.OPEN_STATES),
            Invitation.expires_at > now,
            Response.id.is_(None),
            SampleUnit.contact_id.is_not(None),
            SampleUnit.disposition != Disposition.REFUSAL.value,
            ~SampleUnit.disposition.startswith("4"),
        )
    )
    return sorted((Task(*row) for row in db.session.execute(query)), key=lambda task: _urgency(task, now))


def _urgency(task: Task, now: datetime) -> tuple[int, float, int]:
    if task.appointment_at is not None:
        return (0 if task.appointment_at <= now else 2, task.appointment_at.timestamp(), task.id)
    return (1, task.last_attempt_at.timestamp() if task.last_attempt_at else 0.0, task.id)


def silent(wave_id: int, agency_id: int | None = None) -> Select[int]:
    """Units of which nothing final is known: no answer sent, no refusal, not found ineligible; in random order.

    The order is that of the draw's random numbers: whoever is asked first is a random part of them.
    """
    query = (
        select(SampleUnit.id)
        .outerjoin(Invitation, Invitation.sample_unit_id == SampleUnit.id)
        .outerjoin(Response, _SENT)
        .outerjoin(Contact, Contact.id == SampleUnit.contact_id)
        .outerjoin(Suppression, Suppression.phone_hash == Contact.phone_hash)
        .where(
            SampleUnit.wave_id == wave_id,
            SampleUnit.released,
            SampleUnit.dossier_id.is_not(None),
            Response.id.is_(None),
            Suppression.phone_hash.is_(None),
            SampleUnit.disposition.not_in(_LEFT_ALONE),
            ~SampleUnit.disposition.startswith("4"),
        )
        .order_by(SampleUnit.u, SampleUnit.id)
    )
    return query if agency_id is None else query.where(SampleUnit.agency_id == agency_id)


def unassigned(wave_id: int, agency_id: int | None = None) -> Select[int]:
    """Silent units with a telephone that no interviewer has."""
    return (
        silent(wave_id, agency_id)
        .outerjoin(InterviewCase, InterviewCase.invitation_id == Invitation.id)
        .where(InterviewCase.id.is_(None), Contact.phone_encrypted.is_not(None))
    )


def by_agency(units: Select[int]) -> list[tuple[int, str, int]]:
    """How many of these units each agency has: its id, its name, the number."""
    ids = units.order_by(None).subquery()
    query = (
        select(Agency.id, Agency.name_vi, func.count())
        .join(SampleUnit, SampleUnit.agency_id == Agency.id)
        .where(SampleUnit.id.in_(select(ids)))
        .group_by(Agency.id, Agency.name_vi)
        .order_by(Agency.name_vi)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def interviewers() -> Sequence[User]:
    """Accounts that cases may be given to."""
    query = select(User).where(User.role == Role.interviewer, User.active).order_by(User.email)
    return db.session.scalars(query).all()


@dataclass(frozen=True)
class Load:
    """One interviewer's part of a wave; `elsewhere`: meanwhile answered, refused or forgotten."""

    interviewer: str
    user_id: int
    cases: int
    open: int
    elsewhere: int
    attempts: int
    complete: int
    refused: int
    overdue: int


def loads(wave_id: int, now: datetime) -> list[Load]:
    """How far each interviewer is."""
    rows, waiting = _cases(wave_id), set(db.session.scalars(_waiting(wave_id)))
    people = {row.interviewer_id: row.interviewer.email for row in rows}
    return [
        _load(email, user_id, [row for row in rows if row.interviewer_id == user_id], waiting, now)
        for user_id, email in sorted(people.items(), key=lambda pair: pair[1])
    ]


def _waiting(wave_id: int) -> Select[int]:
    """Cases whose unit still is to be asked."""
    return (
        silent(wave_id)
        .with_only_columns(InterviewCase.id)
        .join(InterviewCase, InterviewCase.invitation_id == Invitation.id)
        .where(InterviewCase.closed_at.is_(None), SampleUnit.contact_id.is_not(None))
        .order_by(None)
    )


def _load(email: str, user_id: int, rows: list[InterviewCase], waiting: set[int], now: datetime) -> Load:
    refusals = (CallOutcome.refused, CallOutcome.refused_for_good)
    return Load(
        interviewer=email,
        user_id=user_id,
        cases=len(rows),
        open=sum(row.id in waiting for row in rows),
        elsewhere=sum(row.closed_at is None and row.id not in waiting for row in rows),
        attempts=sum(row.attempts for row in rows),
        complete=sum(row.last_outcome is CallOutcome.complete for row in rows),
        refused=sum(row.last_outcome in refusals for row in rows),
        overdue=sum(row.id in waiting and _is_due(row, now) for row in rows),
    )


def _is_due(row: InterviewCase, now: datetime) -> bool:
    return row.appointment_at is not None and row.appointment_at < now


def _cases(wave_id: int) -> Sequence[InterviewCase]:
    query = select(InterviewCase).where(InterviewCase.wave_id == wave_id)
    return db.session.scalars(query.options(joinedload(InterviewCase.interviewer))).all()


def outcome_table(wave_id: int) -> list[tuple[CallOutcome, int, int]]:
    """Each outcome with the attempts that had it and the cases whose latest it is."""
    tried = select(CallAttempt.outcome, func.count()).join(InterviewCase, InterviewCase.id == CallAttempt.case_id)
    tried = tried.where(InterviewCase.wave_id == wave_id).group_by(CallAttempt.outcome)
    counts = dict(db.session.execute(tried).all())
    latest = Counter(row.last_outcome for row in _cases(wave_id))
    return [(outcome, counts[outcome], latest[outcome]) for outcome in CallOutcome if outcome in counts]


def attempts_per_case(wave_id: int) -> list[tuple[int, int]]:
    """How many cases were tried 0, 1, 2 … times."""
    return sorted(Counter(row.attempts for row in _cases(wave_id)).items())
