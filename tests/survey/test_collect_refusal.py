"""No means no, and can be taken back. Authority: consent is withdrawn as easily as given (Law 91/2025/QH15), and
answers already sent are not undone by a later "stop" (AAPOR Standard Definitions)."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import ResponseRevision, Suppression
from survey.services.answers import collect
from tests.factories import make_invitation
from tests.survey.citizen import Citizen


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    invitation, token = make_invitation()
    return Citizen(app, token, invitation.id)


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_refusal_on_the_form_deletes_the_draft_and_can_be_undone(citizen: Citizen) -> None:
    citizen.fill()
    assert citizen.post("decline").location.endswith("?p=declined")
    assert (citizen.response(), citizen.disposition()) == (None, "2.11")
    assert "Tôi đổi ý" in citizen.get("declined").text
    citizen.fill()
    citizen.post("check")
    assert citizen.disposition() == "1.1"


def test_a_sent_answer_can_be_withdrawn_within_a_day(citizen: Citizen) -> None:
    citizen.fill()
    citizen.post("check")
    citizen.answer("q1", "2")
    citizen.post("decline")
    assert (citizen.response(), count(ResponseRevision), citizen.disposition()) == (None, 0, "2.11")


def test_never_again_bars_the_number(citizen: Citizen) -> None:
    citizen.post("decline")
    form = citizen.form("declined")
    for _again in range(2):
        assert citizen.post("never", form).location.endswith("?p=barred")
        assert count(Suppression) == 1
    assert "không nhận lời mời khảo sát nào nữa" in citizen.get("barred").text


def test_stop_by_sms_after_sending_leaves_the_answer(citizen: Citizen, now: datetime) -> None:
    citizen.fill()
    citizen.post("check")
    invitation = db.session.get_one(collect.Invitation, citizen.invitation_id)
    collect.refuse(invitation, source="sms", forever=True, now=now)
    db.session.commit()
    assert (count(Suppression), citizen.disposition()) == (1, "1.1")


def test_stop_by_sms_takes_a_draft_away(citizen: Citizen, now: datetime) -> None:
    citizen.fill()
    invitation = db.session.get_one(collect.Invitation, citizen.invitation_id)
    collect.refuse(invitation, source="sms", forever=True, now=now)
    db.session.commit()
    assert (citizen.response(), citizen.disposition()) == (None, "2.11")
