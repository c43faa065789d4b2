"""An interviewer and the citizen at once. Authority: one answer an invitation over all doors, the first one sent;
whoever comes second is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import CallAttempt, InterviewCase, Invitation, Response, ResponseMode, ResponseRevision
from survey.services.answers import collect
from tests.factories import NOW
from tests.officers import Browser, add
from tests.survey.citizen import Citizen
from tests.survey.interviewing import Interview, at_hour, make_case


@pytest.fixture
def caller(app: Flask) -> Browser:
    at_hour(app)
    add("interviewer")
    made = Browser(app)
    made.log_in("interviewer@hue.gov.vn")
    return made


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("_round", range(3))
def test_both_send_at_once_and_one_answer_is_sent(app: Flask, caller: Browser, _round: int) -> None:
    from survey.services.office import users

    case, token = make_case(users.by_email("interviewer@hue.gov.vn"))
    interview, citizen = Interview(caller, case.id), Citizen(app, token, case.invitation_id)
    interview.begin()
    interview.fill("4")
    form, form_token = citizen.form("check"), interview.token("check")
    db.session.remove()

    def by_web() -> str:
        return citizen.post("check", form).location

    def by_interviewer() -> str:
        with app.app_context():
            return str(interview.answer("check", form_token).location)

    with ThreadPoolExecutor(2) as pool:
        web, told = pool.submit(by_web), pool.submit(by_interviewer)
    assert web.result().endswith("?p=done")
    response = citizen.response()
    assert response is not None
    interviewed = response.mode is ResponseMode.interviewer
    assert told.result() == ("/office/my-cases/" if interviewed else interview.path)
    assert count(CallAttempt) == (1 if interviewed else 0)
    assert (count(Response), count(ResponseRevision), citizen.disposition()) == (1, 0, "1.1")


def test_a_refusal_by_text_meanwhile_shuts_the_case(app: Flask, caller: Browser) -> None:
    from survey.services.office import users

    case, _token = make_case(users.by_email("interviewer@hue.gov.vn"))
    interview = Interview(caller, case.id)
    interview.begin()
    form_token = interview.token("q1")
    invitation = db.session.get_one(Invitation, case.invitation_id)
    collect.refuse(invitation, source="sms", now=NOW)
    db.session.commit()
    assert interview.answer("q1", form_token, q1="5").location == interview.path
    assert "đã từ chối, không gọi nữa" in caller.text(interview.path)
    assert (count(Response), db.session.get_one(InterviewCase, case.id).attempts) == (0, 0)
