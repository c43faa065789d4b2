"""Answers come in over two channels and twice at once. Authority: one response an invitation, corrections
within 24 hours kept with history, completeness of 80 and 50 % (AAPOR Standard Definitions: complete, partial)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.errors import ConflictError
from survey.extensions import db
from survey.models import (
    DispositionEvent,
    Message,
    MessageState,
    Response,
    ResponseMode,
    ResponseRevision,
    SampleUnit,
    Wave,
)
from survey.services.answers import collect
from tests.factories import make_invitation, make_message
from tests.survey.citizen import Citizen

ALL_FIVE = dict.fromkeys(("q1", "q2", "q3", "q4", "q5", "q6"), 5)


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    invitation, token = make_invitation()
    return Citizen(app, token, invitation.id)


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_same_page_posted_by_eight_threads_makes_one_response(app: Flask, citizen: Citizen) -> None:
    form = citizen.form("q1")
    db.session.remove()

    def post(_: int) -> int:
        return citizen.post("q1", form, q1="4").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(post, range(8))) == {303}
    assert (count(Response), count(DispositionEvent)) == (1, 1)


def test_a_form_sent_by_eight_threads_is_sent_once_with_the_same_thanks(app: Flask, citizen: Citizen) -> None:
    citizen.fill()
    form = citizen.form("check")
    db.session.remove()

    def send(_: int) -> str:
        assert citizen.post("check", form).location.endswith("?p=done")
        return citizen.get("done").text

    with ThreadPoolExecutor(8) as pool:
        receipts = {page.split('class="code">')[1][:16] for page in pool.map(send, range(8))}
    assert len(receipts) == 1
    assert (count(Response), count(ResponseRevision)) == (1, 0)


def test_web_and_sms_at_once_make_one_response(app: Flask, citizen: Citizen, now: datetime) -> None:
    form = citizen.form("q1")
    db.session.remove()

    def by_web(_: int) -> None:
        citizen.post("q1", form, q1="1")

    def by_sms(_: int) -> None:
        with app.app_context():
            invitation = collect.find_invitation(citizen.link[3:], now)
            assert invitation is not None
            collect.record_sms(invitation, ALL_FIVE, send=True, now=now)
            db.session.commit()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(one, 0) for one in (by_web, by_sms, by_web, by_sms)]:
            done.result()
    response = citizen.response()
    assert response is not None
    assert (count(Response), response.mode, response.answers["q2"]) == (1, ResponseMode.sms, 5)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [(6, "1.1"), (5, "1.1"), (4, "1.2"), (3, "1.2"), (2, "2.12"), (0, "2.12")],
    ids=str,
)
def test_the_disposition_follows_the_share_of_items(citizen: Citizen, answered: int, expected: str) -> None:
    for number in range(1, 7):
        item = f"q{number}"
        if number <= answered:
            citizen.answer(item, "4")
        else:
            citizen.post(item)
    citizen.post("check")
    assert citizen.disposition() == expected


def test_a_draft_that_was_never_sent_counts_as_partial_at_most(citizen: Citizen) -> None:
    citizen.answer("q1", "5")
    assert citizen.disposition() == "2.12"
    citizen.fill()
    assert citizen.disposition() == "1.2"


def test_a_correction_within_a_day_keeps_what_it_overwrote(citizen: Citizen) -> None:
    citizen.fill("5")
    citizen.post("check")
    citizen.now += timedelta(hours=23)
    assert citizen.answer("q2", "1", back="check").location.endswith("?p=check")
    response = citizen.response()
    assert response is not None
    assert (response.answers["q2"], response.revision) == (1, 2)
    history = db.session.scalars(select(ResponseRevision)).one()
    assert (history.answers, history.revision) == (ALL_FIVE, 1)


def test_after_a_day_every_post_gets_the_same_thanks_and_changes_nothing(citizen: Citizen) -> None:
    citizen.fill("5")
    citizen.post("check")
    form = citizen.form("done")
    citizen.now += timedelta(hours=24)
    for page in ("q2", "check", "decline"):
        assert citizen.post(page, form, q2="1").location.endswith("?p=done")
    response = citizen.response()
    assert response is not None
    assert (response.answers, response.revision, citizen.disposition()) == (ALL_FIVE, 1, "1.1")


def test_a_submitted_answer_cancels_the_reminder_but_not_the_reply(citizen: Citizen) -> None:
    invitation = db.session.get_one(collect.Invitation, citizen.invitation_id)
    make_message(invitation, kind="reminder")
    make_message(invitation, kind="reply")
    citizen.fill()
    citizen.post("check")
    db.session.rollback()
    states = {message.kind: message.state for message in db.session.scalars(select(Message))}
    assert (states["reminder"], states["reply"]) == (MessageState.cancelled, MessageState.queued)


def test_a_closed_wave_takes_no_answers_by_sms(citizen: Citizen, now: datetime) -> None:
    db.session.scalars(select(Wave)).one().state = "closed"
    db.session.commit()
    invitation = db.session.get_one(collect.Invitation, citizen.invitation_id)
    with pytest.raises(ConflictError):
        collect.record_sms(invitation, ALL_FIVE, send=True, now=now)


def test_paradata_count_how_often_a_citizen_left_and_came_back(citizen: Citizen) -> None:
    citizen.answer("q1", "5")
    citizen.now += timedelta(minutes=29)
    citizen.answer("q2", "5")
    assert "breaks" not in citizen.response().paradata  # type: ignore[union-attr]
    for _ in range(2):
        citizen.now += timedelta(minutes=31)
        citizen.answer("q3", "5")
    assert citizen.response().paradata["breaks"] == 2  # type: ignore[union-attr]


def test_paradata_say_device_seconds_and_print_and_nothing_finer(citizen: Citizen) -> None:
    form = citizen.form("q1")
    citizen.now += timedelta(seconds=7)
    citizen.post("q1", form, q1="5")
    response = citizen.response()
    assert response is not None
    kept = dict(response.paradata)
    assert len(kept.pop("network")) == 12  # a mark of the day
    assert kept == {"flipped": False, "device": "other", "large": False, "seconds": {"q1": [7]}}


def test_the_unit_answers_through_one_invitation_only(citizen: Citizen) -> None:
    citizen.fill()
    assert count(Response) == count(SampleUnit) == 1
