"""The closed loop. Authority: the list for the agency is never joined to the answers, and a number given to be
called is used for that call only (purpose limitation, Law 91/2025/QH15)."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.errors import ConflictError, NotFoundError
from survey.extensions import db
from survey.models import AuditEvent, FeedbackCase, FeedbackState, Response, ResponseRevision
from survey.services.answers import feedback
from survey.services.office.keys import current_vault
from tests import officers
from tests.factories import NOW, make_agency, make_invitation, make_unit, make_wave
from tests.survey.citizen import Citizen


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    invitation, token = make_invitation()
    return Citizen(app, token, invitation.id)


def wishes() -> list[FeedbackCase]:
    db.session.rollback()
    return list(db.session.scalars(select(FeedbackCase)))


def test_a_call_is_offered_after_a_very_low_rating_only(citizen: Citizen) -> None:
    citizen.fill("3")
    assert "liên hệ lại" not in citizen.get("check").text
    citizen.answer("q2", "2", back="check")
    assert "liên hệ lại" in citizen.get("check").text


def test_a_wave_may_go_without_the_offer(app: Flask) -> None:
    unit = make_unit(make_wave(state="launched", settings={"offer_callback": False}))
    invitation, token = make_invitation(unit)
    citizen = Citizen(app, token, invitation.id)
    citizen.fill("1")
    assert "liên hệ lại" not in citizen.get("check").text


def test_the_wish_goes_on_a_list_that_leads_to_no_answer(citizen: Citizen) -> None:
    citizen.fill("1")
    citizen.post("check", calls="1", number="0905 123 456", words="Hồ sơ trễ hẹn")
    [wish] = wishes()
    assert current_vault().decrypt(wish.phone_encrypted or b"") == "+84905123456"
    assert (wish.wish, wish.opened_on, wish.due_on) == ("Hồ sơ trễ hẹn", date(2026, 10, 14), date(2026, 10, 24))
    assert {key.column.table.name for key in FeedbackCase.__table__.foreign_keys} == {
        "wave",
        "agency",
        "user_account",
    }
    response = citizen.response()
    assert response is not None
    assert "0905" not in str((response.answers, response.comment, response.paradata))


def test_without_the_tick_no_number_is_kept(citizen: Citizen) -> None:
    citizen.fill("1")
    citizen.post("check", number="0905123456", words="…")
    assert wishes() == []


def test_a_number_that_cannot_be_called_is_shown_again_with_words(citizen: Citizen) -> None:
    citizen.fill("1")
    page = citizen.post("check", calls="1", number="12", words="<b>gọi</b>", comment="giữ lại")
    assert page.status_code == 422
    for typed in ('value="12"', "&lt;b&gt;gọi", "giữ lại", 'href="#number"', 'value="1" aria-describedby'):
        assert typed in page.text
    assert wishes() == []


def test_sending_twice_or_correcting_opens_no_second_case(citizen: Citizen) -> None:
    citizen.fill("1")
    form = citizen.form("check") | {"calls": "1", "number": "0905123456"}
    for _ in range(3):
        citizen.post("check", form)
    citizen.answer("q1", "2")
    citizen.post("check", form)
    assert len(wishes()) == 1
    assert "liên hệ lại" not in citizen.get("check").text
    for model, count in ((Response, 1), (ResponseRevision, 1)):
        assert db.session.scalar(select(func.count()).select_from(model)) == count


def test_a_case_goes_from_open_to_closed_and_its_number_with_it(app: Flask) -> None:
    wave, agency = make_wave(state="launched"), make_agency()
    row = FeedbackCase(
        wave_id=wave.id,
        agency_id=agency.id,
        opened_on=NOW.date(),
        due_on=NOW.date(),
        phone_encrypted=current_vault().encrypt("+84905123456"),
    )
    db.session.add(row)
    db.session.commit()
    officer = officers.add("agency", agency)
    with pytest.raises(ConflictError):
        feedback.answer(row.id, "…", actor="a", now=NOW)
    assert feedback.take(row.id, officer, now=NOW).owner_id == officer.id
    with pytest.raises(ConflictError):
        feedback.take(row.id, officer, now=NOW)
    assert feedback.reveal_phone(row.id, actor=officer.email, now=NOW) == "+84905123456"
    feedback.answer(row.id, "Đã xin lỗi và trả kết quả.", actor=officer.email, now=NOW)
    closed = feedback.close(row.id, actor=officer.email, now=NOW)
    assert (closed.state, closed.phone_encrypted, closed.closed_at) == (FeedbackState.closed, None, NOW)
    with pytest.raises(ConflictError):
        feedback.reveal_phone(row.id, actor=officer.email, now=NOW)
    actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-4:] == ["feedback.taken", "feedback.reveal_phone", "feedback.answered", "feedback.closed"]


def test_an_unknown_case_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFoundError):
        feedback.close(7, actor="a", now=NOW)
