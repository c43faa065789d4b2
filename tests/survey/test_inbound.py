"""Replies of citizens, from the raw row to what is recorded and answered.

Authority: the principles of reading replies (never invent, refusing before all, at most two asks, then the link).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import InboundMessage, Invitation, Response, Suppression
from tests.factories import make_message
from tests.survey.fake_sms import FakeSms, send, state_of
from tests.survey.texting import answers, invited, replies, say

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def invitation(now: datetime) -> Invitation:
    return invited(now)


@pytest.mark.parametrize("text", ["5 4 5 3 5 4", "545354", "5,4,5,3,5,4"])
def test_six_digits_answer_the_questionnaire_and_are_repeated(
    invitation: Invitation, now: datetime, text: str
) -> None:
    assert say(text, now) == "accept"
    assert answers() == {"q1": 5, "q2": 4, "q3": 5, "q4": 3, "q5": 5, "q6": 4}
    assert invitation.sample_unit.disposition == "1.1"
    assert replies() == ["Da ghi nhan: 5 4 5 3 5 4. Cam on Ong/Ba. Sua: nhan lai trong 24h."]


def test_the_answer_cancels_what_is_still_queued_and_its_confirmation_goes_at_once(
    invitation: Invitation, now: datetime
) -> None:
    reminder = make_message(invitation, kind="reminder").id
    say("545354", now)
    gateway = FakeSms()
    send(now.replace(hour=17), gateway)  # midnight in Huế
    assert state_of(reminder) == "cancelled"
    assert [sms.text[:12] for sms in gateway.sent] == ["Da ghi nhan:"]


@pytest.mark.parametrize("text", ["TC", "tu choi", "STOP", "HUY", "Từ chối", "T.C"])
def test_a_refusal_is_for_good_and_confirmed_once(invitation: Invitation, now: datetime, text: str) -> None:
    queued = make_message(invitation, kind="reminder").id
    assert say(text, now) == "optout"
    assert say("TC", now + timedelta(minutes=1)) == "optout"
    assert state_of(queued) == "cancelled"
    assert db.session.get(Invitation, invitation.id).sample_unit.disposition == "2.11"
    assert db.session.scalars(select(Suppression.reason)).all() == ["refused"]
    assert len(replies()) == 1
    assert "DK" in replies()[0]


def test_a_refusal_from_an_unknown_number_counts_and_is_not_answered(now: datetime) -> None:
    assert say("TC", now, phone="+84905999999") == "optout"
    assert db.session.scalar(select(func.count()).select_from(Suppression)) == 1
    assert replies() == []


def test_an_unknown_number_is_not_answered(now: datetime) -> None:
    assert say("5 4 5 3 5 4", now, phone="+84905999999") == "unknown_number"
    assert replies() == []
    assert db.session.scalars(select(InboundMessage.state)).one() == "ignored"


def test_only_dk_lets_a_number_back_in(invitation: Invitation, now: datetime) -> None:
    say("TC", now)
    assert say("DK", now + timedelta(minutes=1)) == "optin"
    assert db.session.scalar(select(func.count()).select_from(Suppression)) == 0


def test_an_unclear_reply_is_asked_again_once_then_the_link_then_silence(
    invitation: Invitation, now: datetime
) -> None:
    verdicts = [say(f"chao {word}", now + timedelta(hours=n)) for n, word in enumerate("abcd")]
    assert verdicts == ["ask", "link", "silent", "silent"]
    assert replies()[0].startswith("Xin loi, chua hieu tin nhan. Xin nhan dung 6 chu so tu 1 den 5")
    assert "{link}" in replies()[1]
    assert db.session.scalar(select(func.count()).select_from(Response)) == 0


def test_a_partial_reply_is_noted_and_completed_by_the_missing_digits(
    invitation: Invitation, now: datetime
) -> None:
    assert say("C1 5 C2 4 C3 5 C4 3", now) == "partial"
    assert "5 Thai do 6 Chung" in replies()[0]
    assert say("5 4", now + timedelta(minutes=1)) == "accept"
    assert answers() == {"q1": 5, "q2": 4, "q3": 5, "q4": 3, "q5": 5, "q6": 4}
    assert "Da ghi nhan: 5 4 5 3 5 4" in replies()[1]


def test_an_unsure_reading_counts_only_after_a_yes(invitation: Invitation, now: datetime) -> None:
    assert say("5 4 5 3 5 4 xyzzy", now) == "confirm"
    assert db.session.scalar(select(func.count()).select_from(Response)) == 0
    assert say("OK", now + timedelta(minutes=2)) == "accept"
    assert answers()["q4"] == 3


def test_a_yes_to_nothing_is_not_an_answer(invitation: Invitation, now: datetime) -> None:
    assert say("OK", now) == "ask"


def test_thanks_after_the_answer_need_no_reply(invitation: Invitation, now: datetime) -> None:
    say("545354", now)
    assert say("cam on nhe", now + timedelta(minutes=1)) == "silent"
    assert say("ok", now + timedelta(minutes=2)) == "silent"
    assert len(replies()) == 1


def test_a_correction_inside_24_hours_replaces_and_later_does_not(invitation: Invitation, now: datetime) -> None:
    say("545354", now)
    assert say("111111", now + timedelta(hours=23)) == "correct"
    assert set(answers().values()) == {1}
    assert say("222222", now + timedelta(hours=25)) == "too_late"
    assert set(answers().values()) == {1}
    assert replies()[-1].startswith("Da qua 24h nen khong sua duoc nua.")


def test_a_copy_within_ten_seconds_is_the_networks_doing(invitation: Invitation, now: datetime) -> None:
    assert say("545354", now) == "accept"
    assert say("545354", now + timedelta(seconds=9)) == "repeated"
    assert len(replies()) == 1


def test_our_own_text_echoed_is_dropped(invitation: Invitation, now: datetime) -> None:
    own = "So Noi vu TP Hue: Moi Ong/Ba danh gia viec giai quyet ho so tai UBND: {link} Soan TC de tu choi."
    assert say(own, now) == "echo"
    assert db.session.get(Invitation, invitation.id).sample_unit.disposition == "3.19"
    assert replies() == []
