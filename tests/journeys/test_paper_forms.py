"""Paper forms in Chromium: issued, printed, keyed by two, decided by a third. Authority: WCAG 2.2 AA by axe-core,
reflow at 360 px; a form is to fit on A4."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from survey.extensions import db
from survey.models import PaperForm, Role
from survey.services.answers import paper
from survey.services.office import users
from tests.factories import NOW, make_agency, make_instrument, make_invitation, make_unit, make_wave
from tests.journeys.browsing import shoot
from tests.journeys.test_office import Officer, officer
from tests.officers import PASSWORD, add
from tests.survey.keying import ALL_FOUR, code_of

__all__ = ["officer"]
pytestmark = pytest.mark.browser
PAGE = "/office/waves/2026-q3/paper"


def log_in(officer: Officer, email: str) -> None:
    officer.page.context.clear_cookies()
    officer.log_in(email)


def test_from_the_printer_to_the_decision(app: Flask, officer: Officer) -> None:
    add("officer")
    for name in ("lan", "minh"):
        users.add_user(f"{name}@hue.gov.vn", Role.keyer, PASSWORD, actor="cli", now=NOW)
    wave = make_wave("2026-q3", state="launched")
    for name in ("UBND Phường Thuận Hóa", "UBND Xã Phú Lộc"):
        make_invitation(make_unit(wave, agency=make_agency(name)))
    db.session.rollback()
    officer.log_in("officer@hue.gov.vn")
    officer.go(PAGE, "paper-none")
    officer.page.click("button:has-text('Tạo phiếu')")
    officer.look("paper-issued")
    officer.page.click("button:has-text('In phiếu')")
    officer.look("paper-print")
    db.session.rollback()
    code = code_of(db.session.query(PaperForm).order_by(PaperForm.id).first())
    db.session.rollback()
    for name, first in (("lan", 5), ("minh", 4)):
        log_in(officer, f"{name}@hue.gov.vn")
        officer.look("paper-desk")
        officer.page.fill("#code", "234-567-89V")
        officer.page.click("button:has-text('Mở phiếu')")
        officer.look("paper-desk-wrong")
        officer.page.fill("#code", code)
        officer.page.click("button:has-text('Mở phiếu')")
        for item, value in (ALL_FOUR | {"q1": first}).items():
            officer.page.check(f"[name={item}][value='{value}']")
        if name == "minh":
            officer.page.check("[name=q3][value='']")
            officer.page.select_option("[name=mark-q3]", "two_boxes")
        officer.look("paper-key")
        officer.page.click("button:has-text('Ghi phiếu')")
    log_in(officer, "officer@hue.gov.vn")
    officer.go(PAGE, "paper-differs")
    officer.page.click(f"text={code}")
    officer.page.click("button:has-text('Chốt')")
    officer.look("paper-undecided")
    officer.page.check("[name=q1][value='4']")
    officer.page.select_option("[name=mark-q3]", "two_boxes")
    officer.look("paper-decide")
    officer.page.click("button:has-text('Chốt')")
    officer.look("paper-settled")
    assert officer.wrong == []
    db.session.rollback()
    assert db.session.query(PaperForm).filter_by(code=code).one().state == "recorded"


A4 = (688, 1017)  # CSS pixels of a sheet within margins of 14 mm


def test_a_form_fits_on_sheets_of_its_own(app: Flask, officer: Officer) -> None:
    add("officer")
    officer.log_in("officer@hue.gov.vn")
    for code, instrument, sheets in (("short", "motcua_ngan", 1), ("long", "sipas", 3)):
        wave = make_wave(code, state="launched", instrument_version=make_instrument(instrument))
        make_invitation(make_unit(wave))
        paper.issue(wave, actor="test", now=NOW + timedelta(days=1))
        db.session.rollback()
        officer.page.set_viewport_size({"width": 1280, "height": 800})
        officer.go(f"/office/waves/{code}/paper")
        officer.page.click("button:has-text('In phiếu')")
        officer.page.emulate_media(media="print")
        officer.page.set_viewport_size({"width": A4[0], "height": A4[1]})
        shoot(officer.page, f"office-paper-sheet-{code}")
        assert officer.page.locator(".form").bounding_box()["height"] <= sheets * A4[1]
        officer.page.emulate_media(media="screen")
