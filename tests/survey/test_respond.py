"""The form as a browser without JavaScript and cookies sees it. Authority: the privacy law's rules on consent, and
the failures that other systems had (links spent by preview robots, answers lost by time-outs, doubled responses)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import DispositionEvent, Invitation, Response, ResponseState, SampleUnit
from tests.factories import NOW, make_invitation, make_unit, make_wave
from tests.survey.citizen import Citizen


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    invitation, token = make_invitation()
    return Citizen(app, token, invitation.id)


def test_the_start_page_says_who_asks_about_what_and_that_refusing_is_fine(citizen: Citizen) -> None:
    page = citizen.get()
    assert page.status_code == 200
    for words in ("Sở Nội vụ thành phố Huế", "Chứng thực bản sao", "01/09/2026", "Tôi không muốn tham gia"):
        assert words in page.text


def test_six_answers_lead_to_a_thank_you_with_a_receipt(citizen: Citizen) -> None:
    for number in range(1, 7):
        page = citizen.answer(f"q{number}", "5")
        assert page.status_code == 303
    assert page.location.endswith("p=check")
    assert citizen.post("check", comment="Cảm ơn").location == "?p=done"
    assert re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4}", citizen.get("done").text)
    response = citizen.response()
    assert response.answers == dict.fromkeys(("q1", "q2", "q3", "q4", "q5", "q6"), 5)
    assert (response.state, response.comment, citizen.disposition()) == ("submitted", "Cảm ơn", "1.1")
