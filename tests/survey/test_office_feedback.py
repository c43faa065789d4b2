"""The list of wishes to be called back, as officers and agencies see it. Authority: an agency sees its own only,
and each look at a number is on record."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.models import Agency, AuditEvent, FeedbackCase, Role
from survey.services.office.keys import current_vault
from tests.factories import NOW, make_agency, make_wave
from tests.officers import browser


@pytest.fixture
def agency(app: Flask) -> Agency:
    app.extensions["thuocdo_clock"] = lambda: NOW
    return make_agency("UBND Phường Thuận Hóa", code="H57.01")


def wish(agency: Agency, words: str) -> int:
    row = FeedbackCase(
        wave_id=make_wave(state="launched").id,
        agency_id=agency.id,
        opened_on=NOW.date(),
        due_on=NOW.date(),
        phone_encrypted=current_vault().encrypt("+84905123456"),
        wish=words,
    )
    db.session.add(row)
    db.session.commit()
    return row.id


def test_an_agency_sees_its_own_cases_without_numbers(app: Flask, agency: Agency) -> None:
    wish(agency, "Hồ sơ trễ hẹn <b>")
    other = wish(make_agency(), "Việc của nơi khác")
    officer = browser(app, Role.agency, agency)
    page = officer.text("/office/callbacks/")
    assert "Hồ sơ trễ hẹn &lt;b&gt;" in page
    assert "nơi khác" not in page
    assert "905123456" not in page
    for path in (f"/office/callbacks/{other}/take", f"/office/callbacks/{other}/phone"):
        assert officer.post(path).status_code == 404


def test_a_case_is_taken_called_answered_and_closed(app: Flask, agency: Agency) -> None:
    case_id = wish(agency, "Hồ sơ trễ hẹn")
    officer = browser(app, Role.agency, agency)
    path = f"/office/callbacks/{case_id}"
    officer.text("/office/callbacks/")
    officer.post(f"{path}/take")
    assert "+84905123456" in officer.post(f"{path}/phone").text
    officer.post(f"{path}/answer", answer="Đã xin lỗi <i>và</i> trả kết quả.")
    officer.post(f"{path}/close")
    page = officer.text("/office/callbacks/")
    assert "Đã xin lỗi &lt;i&gt;và&lt;/i&gt;" in page
    db.session.rollback()
    row = db.session.get_one(FeedbackCase, case_id)
    assert (row.state, row.phone_encrypted) == ("closed", None)
    deeds = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("feedback.%"))).all()
    assert deeds == ["feedback.taken", "feedback.reveal_phone", "feedback.answered", "feedback.closed"]


def test_a_step_out_of_turn_is_told_and_not_taken(app: Flask, agency: Agency) -> None:
    case_id = wish(agency, "…")
    officer = browser(app, Role.officer)
    officer.text("/office/callbacks/")
    officer.post(f"/office/callbacks/{case_id}/answer", answer="Vội")
    assert "đã được xử lý ở bước khác" in officer.text("/office/callbacks/")
    officer.post(f"/office/callbacks/{case_id}/nothing")
    db.session.rollback()
    assert db.session.get_one(FeedbackCase, case_id).state == "open"


@pytest.mark.parametrize("role", [Role.viewer, Role.analyst, Role.publisher])
def test_whoever_does_no_fieldwork_sees_no_list(app: Flask, agency: Agency, role: Role) -> None:
    assert browser(app, role).get("/office/callbacks/").status_code == 403
