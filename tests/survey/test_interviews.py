"""An interviewer's calls and what they say of the unit. Authority: AAPOR Standard Definitions (codes of telephone
outcomes), domain.md 3.1 (each look at a number on record), one answer an invitation over all channels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.errors import ConflictError, InputError, NotFoundError
from survey.extensions import db
from survey.models import (
    AuditEvent,
    CallAttempt,
    CallOutcome,
    DispositionEvent,
    InterviewCase,
    Invitation,
    Message,
    MessageState,
    Place,
    Suppression,
    User,
)
from survey.queries.interviews import worklist
from survey.services.answers import interviews
from survey.services.answers.interviews import Attempt
from survey.services.messaging.reminders import queue_due
from survey.services.office import privacy
from tests.factories import NOW, make_message
from tests.officers import add
from tests.survey.interviewing import PHONE, disposition, make_case

NIGHT = datetime(2026, 10, 14, 14, 0, tzinfo=UTC)  # nine in the evening in Huế
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def user(app: Flask) -> User:
    return add("interviewer")


def attempt(outcome: CallOutcome | str, seen: int = 0, at: datetime | None = None, note: str = "") -> Attempt:
    return Attempt(CallOutcome(outcome), Place.phone, seen, at, note)


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(
    ("outcome", "code", "ends"),
    [
        ("no_answer", "3.13", False),
        ("busy", "3.12", False),
        ("voice_mail", "3.14", False),
        ("wrong_number", "3.31", True),
        ("refused", "2.11", True),
        ("refused_for_good", "2.11", True),
        ("language", "2.33", True),
        ("unable", "2.32", True),
        ("dead", "2.31", True),
    ],
)
def test_each_outcome_is_an_event_of_the_unit(user: User, outcome: str, code: str, ends: bool) -> None:
    case, _token = make_case(user)
    row = interviews.log_attempt(case.id, attempt(outcome), user, now=NOW)
    assert (row.attempts, row.closed_at is not None) == (1, ends)
    event = db.session.scalars(select(DispositionEvent)).one()
    assert (event.code, event.source) == (code, "interviewer")
    assert disposition(case) == code
    assert count(Suppression) == (1 if outcome == "refused_for_good" else 0)


def test_a_number_is_told_for_one_call_and_the_look_is_on_record(user: User) -> None:
    case, _token = make_case(user)
    assert interviews.reveal_phone(case.id, user, now=NOW) == PHONE
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "interview.reveal_phone")).one()
    assert (event.actor, event.subject, event.details) == (user.email, f"interview:{case.id}", {})


def test_whoever_asked_to_be_forgotten_is_on_no_list_and_not_called(user: User) -> None:
    case, _token = make_case(user)
    privacy.forget(PHONE, actor="cli", now=NOW)
    assert worklist(user.id, NOW) == []
    for act in (
        lambda: interviews.reveal_phone(case.id, user, now=NOW),
        lambda: interviews.begin(case.id, Place.home, user, now=NOW),
    ):
        with pytest.raises(ConflictError, match="không gọi nữa"):
            act()


def test_nobody_is_called_at_night(user: User) -> None:
    case, _token = make_case(user)
    with pytest.raises(ConflictError, match="08:00-20:00"):
        interviews.reveal_phone(case.id, user, now=NIGHT)
    with pytest.raises(ConflictError, match="08:00-20:00"):
        interviews.begin(case.id, Place.phone, user, now=NIGHT)
    assert db.session.scalar(select(AuditEvent).where(AuditEvent.action == "interview.reveal_phone")) is None


def test_another_interviewer_s_case_is_as_good_as_none(user: User, app: Flask) -> None:
    case, _token = make_case(user)
    other = add("admin")
    for act in (
        lambda: interviews.reveal_phone(case.id, other, now=NOW),
        lambda: interviews.log_attempt(case.id, attempt("busy"), other, now=NOW),
        lambda: interviews.begin(case.id, Place.home, other, now=NOW),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert worklist(other.id, NOW) == []


def test_the_case_rests_after_the_last_attempt_unless_an_hour_is_agreed(user: User) -> None:
    case, _token = make_case(user, attempts=4)
    assert interviews.log_attempt(case.id, attempt("busy", 4), user, now=NOW).closed_at is None
    row = interviews.log_attempt(case.id, attempt("appointment", 5, TOMORROW), user, now=NOW)
    assert (row.attempts, row.closed_at) == (6, None)
    assert interviews.log_attempt(case.id, attempt("no_answer", 6), user, now=NOW).closed_at == NOW
    with pytest.raises(ConflictError, match="khép lại"):
        interviews.reveal_phone(case.id, user, now=NOW)


@pytest.mark.parametrize(
    ("at", "note"),
    [
        (None, ""),
        (NOW - timedelta(minutes=1), ""),
        (NIGHT, ""),
        (NOW + timedelta(days=30), ""),
        (TOMORROW, "gọi 0905 123 456"),
        (TOMORROW, "x" * 201),
    ],
    ids=["none", "past", "night", "after the wave", "a number", "too long"],
)
def test_an_appointment_is_in_hours_to_come_and_holds_no_number(
    user: User, at: datetime | None, note: str
) -> None:
    case, _token = make_case(user)
    with pytest.raises(InputError):
        interviews.log_attempt(case.id, attempt("appointment", 0, at, note), user, now=NOW)
    assert count(CallAttempt) == 0


def test_due_appointments_come_first_and_later_ones_last(user: User) -> None:
    later = make_case(user, "+84905000001", appointment_at=NOW + timedelta(hours=2))[0]
    fresh = make_case(user, "+84905000002")[0]
    tried = make_case(user, "+84905000003", last_attempt_at=NOW - timedelta(hours=1))[0]
    due = make_case(user, "+84905000004", appointment_at=NOW - timedelta(hours=1))[0]
    make_case(user, "+84905000005", closed_at=NOW)
    assert [task.id for task in worklist(user.id, NOW)] == [due.id, fresh.id, tried.id, later.id]


def test_whoever_agreed_on_an_hour_gets_no_reminder(user: User) -> None:
    case, _token = make_case(user)
    invitation = db.session.get_one(Invitation, case.invitation_id)
    make_message(invitation, state="delivered", attempted_at=NOW - timedelta(days=5))
    waiting = make_message(invitation, kind="reminder")
    interviews.log_attempt(case.id, attempt("appointment", 0, TOMORROW, "gọi sau giờ làm"), user, now=NOW)
    db.session.refresh(waiting)
    assert (waiting.state, waiting.reason) == (MessageState.cancelled, "appointment")
    db.session.delete(waiting)
    db.session.commit()
    assert queue_due(NOW) == 0
    db.session.get_one(InterviewCase, case.id).texts_stopped = False
    db.session.commit()
    assert queue_due(NOW) == 1
    assert count(Message) == 2


def test_a_call_posted_by_eight_threads_is_one_attempt(app: Flask, user: User) -> None:
    case, _token = make_case(user)
    case_id, user_id = case.id, user.id
    db.session.remove()

    def log(_: int) -> str:
        with app.app_context():
            try:
                interviews.log_attempt(case_id, attempt("busy"), db.session.get_one(User, user_id), now=NOW)
            except ConflictError as error:
                db.session.rollback()
                return error.code
            return "logged"

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(log, range(8)))
    assert results == ["attempt_logged"] * 7 + ["logged"]
    assert (count(CallAttempt), count(DispositionEvent)) == (1, 1)
