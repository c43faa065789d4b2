"""Paper forms keyed twice. Authority: two independent readings and a third person where they differ; one answer an
invitation, the one that was sent first; item non-response is kept as what it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from forms import paper as on_paper
from survey.errors import ConflictError, NotFoundError
from survey.extensions import db
from survey.models import (
    DispositionEvent,
    Message,
    MessageState,
    PaperEntry,
    PaperForm,
    PaperState,
    Response,
    ResponseMode,
    ResponseRevision,
    Role,
    User,
    Wave,
)
from survey.queries import papers
from survey.services.answers import paper
from tests.factories import NOW, make_message
from tests.survey.citizen import Citizen
from tests.survey.keying import ALL_FOUR, clerk, code_of, disposition, keyed, make_form

pytestmark = pytest.mark.usefixtures("app")


def response() -> Response | None:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalar(select(Response))


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_two_equal_readings_become_the_answer() -> None:
    form, _token = make_form()
    waiting = make_message(form.invitation, kind="reminder")
    one, two = clerk("a"), clerk("b")
    assert paper.key(code_of(form), keyed(comment_on_paper="Ghế ít"), one, now=NOW).state is PaperState.keyed
    assert response() is None
    last = paper.key(code_of(form), keyed(comment_on_paper="ghế  ít"), two, now=NOW)
    assert last.state is PaperState.recorded
    found = response()
    assert found is not None
    assert (found.mode, found.answers, found.comment) == (ResponseMode.paper, ALL_FOUR, "Ghế ít")
    assert (found.consent_version, disposition(form)) == ("paper-2026-1", "1.1")
    assert db.session.get_one(Message, waiting.id).state is MessageState.cancelled
    assert db.session.scalars(select(DispositionEvent.source)).all() == ["paper"]


def test_where_two_differ_a_third_decides_and_both_readings_stay() -> None:
    form, _token = make_form()
    one, two, officer = clerk("a"), clerk("b"), clerk("c", Role.officer)
    paper.key(code_of(form), keyed(q1=5), one, now=NOW)
    assert paper.key(code_of(form), keyed({"q3": "two_boxes"}, q3=None), two, now=NOW).state is PaperState.differs
    assert response() is None
    settled = paper.decide(code_of(form), on_paper.Keyed({"q1": 4}, {"q3": "two_boxes"}), officer, now=NOW)
    assert (settled.state, settled.decided_by) == (PaperState.recorded, officer.id)
    found = response()
    assert found is not None
    assert found.answers == {name: 4 for name in ALL_FOUR if name != "q3"}
    assert found.paradata["marks"] == {"q3": "two_boxes"}
    entries = papers.entries(form.id)
    assert [(entry.keyer_id, entry.answers["q1"]) for entry in entries] == [(one.id, 5), (two.id, 4)]
    rates = {row.clerk: (row.items, row.errors) for row in papers.accuracy(db.session.get_one(Wave, form.wave_id))}
    assert rates == {"a@hue.gov.vn": (7, 2), "b@hue.gov.vn": (7, 0)}


def test_nobody_keys_a_form_twice_or_a_third_time_or_decides_on_their_own() -> None:
    form, _token = make_form()
    one, two, three = clerk("a", Role.officer), clerk("b"), clerk("c")
    paper.key(code_of(form), keyed(), one, now=NOW)
    with pytest.raises(ConflictError, match="người khác nhập"):
        paper.key(code_of(form), keyed(), one, now=NOW)
    with pytest.raises(ConflictError, match="không có gì phải chốt"):
        paper.decide(code_of(form), keyed(), three, now=NOW)
    db.session.rollback()
    paper.key(code_of(form), keyed(q1=1), two, now=NOW)
    with pytest.raises(ConflictError, match="đủ hai lần"):
        paper.key(code_of(form), keyed(), three, now=NOW)
    with pytest.raises(ConflictError, match="người khác phải chốt"):
        paper.decide(code_of(form), on_paper.Keyed({"q1": 4}), one, now=NOW)
    with pytest.raises(NotFoundError):
        paper.key("ABC-DEF-GH3", keyed(), three, now=NOW)
    assert (count(PaperEntry), count(Response)) == (2, 0)


def test_an_answer_by_web_that_was_first_stays_and_the_paper_is_kept(app: Flask) -> None:
    form, token = make_form()
    citizen = Citizen(app, token, form.invitation_id)
    citizen.fill("5")
    citizen.post("check")
    db.session.rollback()
    for name in ("a", "b"):
        paper.key(code_of(form), keyed(), clerk(name), now=NOW)
    found = response()
    assert found is not None
    assert (found.mode, found.answers["q1"]) == (ResponseMode.web, 5)
    kept = db.session.scalars(select(PaperForm)).one()
    assert kept.state is PaperState.late
    assert kept.final == {"answers": ALL_FOUR, "marks": {}}


def test_a_draft_on_the_web_is_kept_as_a_revision_and_not_mixed_in(app: Flask) -> None:
    form, token = make_form()
    Citizen(app, token, form.invitation_id).answer("q1", "1")
    db.session.rollback()
    for name in ("a", "b"):
        paper.key(code_of(form), keyed(q1=None), clerk(name), now=NOW)
    found = response()
    assert found is not None
    assert (found.revision, "q1" in found.answers, "q1" in found.off_path) == (2, False, False)
    assert db.session.scalars(select(ResponseRevision.answers)).one() == {"q1": 1}
    assert found.mode is ResponseMode.paper


def test_an_empty_form_is_a_break_off_and_no_answer() -> None:
    form, _token = make_form()
    for name in ("a", "b"):
        paper.key(code_of(form), on_paper.Keyed({}, {"q1": "unreadable"}), clerk(name), now=NOW)
    assert disposition(form) == "2.12"


def key_as(app: Flask, code: str, user_id: int) -> str:
    """What a clerk in a thread of its own is told."""
    with app.app_context():
        try:
            paper.key(code, keyed(), db.session.get_one(User, user_id), now=NOW)
        except ConflictError as error:
            db.session.rollback()
            return error.code
        return "kept"


def test_eight_clerks_at_once_are_two_readings(app: Flask) -> None:
    form, _token = make_form()
    code, clerks = code_of(form), [clerk(f"k{number}").id for number in range(8)]
    db.session.remove()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(partial(key_as, app, code), clerks)) == ["kept"] * 2 + ["keyed_twice"] * 6
    assert (count(PaperEntry), count(Response)) == (2, 1)


def test_one_clerk_in_two_windows_keys_once(app: Flask) -> None:
    form, _token = make_form()
    code, user_id = code_of(form), clerk("a").id
    db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(partial(key_as, app, code), [user_id] * 4)) == ["kept", *["same_keyer"] * 3]
