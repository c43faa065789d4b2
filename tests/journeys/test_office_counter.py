"""The office's pages of tablets and of flagged answers, and the public table of them, in Chromium. Authority: WCAG
2.2 AA by axe-core, reflow (1.4.10) at 360 px; rows as cards on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from survey.extensions import db
from survey.services.publishing import publish
from tests.factories import NOW, make_agency, make_wave
from tests.journeys.browsing import faults, overflow, shoot
from tests.officers import PASSWORD, add
from tests.survey.closed_wave import make_flagged_release

pytestmark = pytest.mark.browser


def window(browser: Browser, site: str) -> Page:
    """An officer's, logged in."""
    add()
    db.session.rollback()
    page = browser.new_context(bypass_csp=True).new_page()
    page.goto(site + "/office/")
    page.fill("#email", "admin@hue.gov.vn")
    page.fill("#password", PASSWORD)
    page.click("main button")
    return page


def wrong(page: Page, name: str) -> list[str]:
    found = []
    for width in (1280, 768, 360):
        page.set_viewport_size({"width": width, "height": 900})
        shoot(page, name)
        found += [f"{name} at {width}: {fault}" for fault in faults(page)]
        found += [f"{name} at {width}: wider than the window"] * bool(overflow(page))
    return found


def test_an_officer_adds_a_tablet_and_shows_its_link(browser: Browser, site: str) -> None:
    make_agency("UBND Phường Thuận Hóa", code="H57.01")
    make_wave("2026-q3", state="launched")
    page = window(browser, site)
    page.goto(site + "/office/agencies/?day=2026-10-14")
    page.get_by_role("link", name="Máy tại quầy").click()
    found = wrong(page, "office-kiosks-empty")
    page.fill("#label", "Quầy tư pháp, máy 1")
    page.get_by_role("button", name="Thêm máy").click()
    page.get_by_role("button", name="Tạo đường dẫn").click()
    found += wrong(page, "office-kiosks-link")
    assert page.inner_text(".hash").startswith("http://127.0.0.1:8000/k/join/")
    assert found == []


def test_flagged_answers_in_the_office_and_on_the_public_page(app: Flask, browser: Browser, site: str) -> None:
    release = make_flagged_release()
    publish.publish_release(release, actor="cli", now=NOW + timedelta(days=1))
    page = window(browser, site)
    page.goto(f"{site}/office/waves/2026-q3/results")
    found = wrong(page, "office-results-flagged")
    page.goto(f"{site}/releases/2026/q3/")
    page.get_by_text("Phiếu cần xem lại").click()
    found += wrong(page, "release-flagged")
    assert found == []
