"""Longer talks by text: several surveys at once, closed ones, robots, and one question a message."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import InstrumentVersion, Invitation, Message, Response, ResponseState, WaveState
from survey.services.messaging.invite import queue_invitations
from tests.factories import make_agency, make_unit, make_wave
from tests.survey.texting import PHONE, answers, invited, replies, say

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def invitation(now: datetime) -> Invitation:
    return invited(now)


def test_of_several_open_invitations_the_last_text_decides_and_its_office_is_named(now: datetime) -> None:
    older = invited(now, "UBND phường Vỹ Dạ", wave=make_wave(state="launched"))
    newer = invited(now, "UBND xã Phú Lộc", wave=make_wave(state="launched"))
    for invitation, hours in ((older, 30), (newer, 2)):
        message = db.session.scalars(select(Message).where(Message.invitation_id == invitation.id)).one()
        message.attempted_at = now - timedelta(hours=hours)
    db.session.commit()
    assert say("545354", now) == "accept"
    assert db.session.scalars(select(Response.invitation_id)).one() == newer.id
    assert replies()[0].startswith("UBND xa Phu Loc: Da ghi nhan")


def test_a_reply_to_a_closed_wave_is_told_so(now: datetime) -> None:
    invitation = invited(now)
    invitation.wave.state = WaveState.closed
    invitation.sample_unit.contact_id = None
    db.session.commit()
    assert say("545354", now) == "closed"
    assert replies() == ["Dot khao sat da ket thuc. Cam on Ong/Ba da quan tam."]
    assert db.session.scalar(select(func.count()).select_from(Response)) == 0


def test_a_wave_in_another_language_reads_vietnamese_and_answers_in_its_own(now: datetime) -> None:
    invitation = invited(now)
    invitation.language = "en"
    db.session.commit()
    assert say("Rat hai long, hai long, rat hai long, binh thuong, rat hai long, hai long", now) == "accept"
    assert replies()[0].startswith("Recorded: 5 4 5 3 5 4")


def test_a_robot_gets_two_answers_an_hour(invitation: Invitation, now: datetime) -> None:
    verdicts = [say("?" + " " * n, now + timedelta(seconds=20 * n)) for n in range(6)]
    assert verdicts == ["help", "help", "silent", "silent", "silent", "silent"]
    assert say("?", now + timedelta(hours=2)) == "help"


def test_a_paused_wave_still_takes_answers(now: datetime) -> None:
    invitation = invited(now)
    invitation.wave.state = WaveState.paused
    db.session.commit()
    assert say("545354", now) == "accept"
    assert db.session.scalars(select(Response.state)).one() is ResponseState.submitted


def test_one_question_a_message_leads_through_the_questionnaire(now: datetime) -> None:
    wave = make_wave(state="launched")
    wave.settings = wave.settings | {"sms_text": "step"}
    unit = make_unit(wave=wave, phone=PHONE, agency=make_agency("UBND phường Vỹ Dạ"))
    queue_invitations(wave, [unit], now)
    db.session.commit()
    assert db.session.scalars(select(Message.body)).one() == (
        "So Noi vu TP Hue hoi ve ho so tai UBND phuong Vy Da."
        " 1/6 Don tiep: tra loi 1-5, 5=Rat hai long. TC: tu choi"
    )
    verdicts = [
        say(text, now + timedelta(minutes=n)) for n, text in enumerate(["5", "rat hai long", "3", "4", "5"])
    ]
    assert verdicts == ["partial"] * 5
    assert [text[:3] for text in replies()] == ["2/6", "3/6", "4/6", "5/6", "6/6"]
    assert say("4", now + timedelta(minutes=9)) == "accept"
    assert answers() == {"q1": 5, "q2": 5, "q3": 3, "q4": 4, "q5": 5, "q6": 4}
    assert replies()[-1].startswith("Da ghi nhan: 5 5 3 4 5 4")


def test_a_step_answered_with_all_ratings_is_the_whole_answer(now: datetime) -> None:
    invitation = invited(now)
    invitation.wave.settings = invitation.wave.settings | {"sms_text": "step"}
    db.session.commit()
    assert say("545354", now) == "accept"
    assert set(answers()) == {"q1", "q2", "q3", "q4", "q5", "q6"}


def test_a_text_that_breaks_the_reader_does_not_hold_up_the_next(now: datetime) -> None:
    broken = InstrumentVersion(code="broken", version=1, sha256="", definition={}, created_at=now)
    invitation = invited(now, wave=make_wave(state="launched", instrument_version=broken))
    assert say("545354", now) == "error"
    assert say("TC", now + timedelta(minutes=1)) == "optout"
    assert db.session.get(Invitation, invitation.id).sample_unit.disposition == "2.11"
