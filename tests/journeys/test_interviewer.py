"""An interviewer in Chromium, from the list to the receipt, and the officer who assigns. Authority: WCAG 2.2 AA by
axe-core, reflow at 360 px; the flow of docs/doors.md."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from survey.extensions import db
from survey.models import Response, User, Wave
from survey.services.answers import interviews
from survey.services.answers.interviews import Attempt, CallOutcome, Place
from survey.services.fieldwork import assign
from tests.factories import NOW, make_agency, make_invitation, make_unit, make_wave
from tests.journeys.citizen_pages import CONTINUE
from tests.journeys.test_office import Officer, officer
from tests.officers import add

__all__ = ["officer"]
pytestmark = pytest.mark.browser


def wave_with(people: int) -> Wave:
    wave = make_wave("2026-q3", state="launched")
    for name in ("UBND Phường Thuận Hóa", "UBND Xã Phú Lộc"):
        agency = make_agency(name)
        for _ in range(people):
            make_invitation(make_unit(wave, agency=agency))
    return wave


def given(wave: Wave, user: User) -> None:
    """Six cases with calls behind them: one appointment missed, one to come, one not answered."""
    now = NOW + timedelta(days=1)
    assign.assign(wave, [user.id], actor="test", now=now)
    log = [
        (1, Attempt(CallOutcome.appointment, Place.phone, 0, now + timedelta(hours=2), "gọi sau giờ làm")),
        (
            2,
            Attempt(CallOutcome.appointment, Place.phone, 0, now + timedelta(days=1, hours=4), "con nghe máy"),
        ),
        (3, Attempt(CallOutcome.no_answer, Place.phone, 0)),
        (4, Attempt(CallOutcome.refused, Place.home, 0)),
    ]
    for case_id, attempt in log:
        interviews.log_attempt(case_id, attempt, user, now=now)


def test_an_officer_assigns_and_an_interviewer_asks(app: Flask, officer: Officer) -> None:
    add()
    user = add("interviewer")
    wave = wave_with(3)
    db.session.rollback()
    officer.log_in("admin@hue.gov.vn")
    officer.go("/office/waves/2026-q3/interviews", "interviews-none")
    given(wave, user)
    db.session.rollback()
    officer.go("/office/waves/2026-q3/interviews", "interviews")
    officer.page.click("button:has-text('Đăng xuất')")
    officer.log_in("interviewer@hue.gov.vn")
    officer.look("my-cases")
    officer.page.click("ol.tasks h2 a >> nth=0")
    officer.look("my-case")
    officer.page.click("text=Hiện số điện thoại")
    officer.look("my-case-phone")
    officer.page.check("[name=place][value=home] >> nth=0")
    officer.page.check("[name=agreed]")
    officer.page.click("button:has-text('Bắt đầu phỏng vấn')")
    officer.look("interview-question")
    for _ in range(6):
        officer.page.get_by_label("Hài lòng", exact=True).check()
        officer.page.get_by_role("button", name=CONTINUE["vi"]).click()
    officer.look("interview-check")
    officer.page.get_by_role("button", name="Gửi câu trả lời").click()
    officer.look("interview-done")
    officer.page.click("ol.tasks h2 a >> nth=0")
    officer.page.check("[name=outcome][value=busy]")
    officer.page.click("button:has-text('Ghi kết quả')")
    officer.look("my-case-logged")
    assert officer.wrong == []
    db.session.rollback()
    assert db.session.query(Response).one().mode == "interviewer"
