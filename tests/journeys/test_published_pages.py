"""The public pages in Chromium. Authority: WCAG 2.2 AA by axe-core, reflow at 360 px (1.4.10)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from survey.services.publishing import estimate, publish
from tests.factories import NOW
from tests.journeys.browsing import chromium, faults, overflow, serving, shoot
from tests.survey.closed_wave import make_closed_wave

pytestmark = pytest.mark.browser

PAGES = {"first": "/", "release": "/releases/2026/q3/", "agency": "/releases/2026/q3/H57.01/",
         "hidden": "/releases/2026/q3/H57.23/"}  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    wave = make_closed_wave()
    estimate.estimate_wave(wave, actor="cli", now=NOW)
    publish.publish_release(publish.build_release(wave, actor="cli", now=NOW), actor="cli", now=NOW)
    with serving(app) as address:
        yield address


def window(browser: Browser, width: int, **options: object) -> Page:
    return browser.new_context(viewport={"width": width, "height": 800}, **options).new_page()


@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_is_free_of_faults_and_fits_its_window(browser: Browser, site: str, width: int) -> None:
    page = window(browser, width)
    for name, path in PAGES.items():
        for language in ("vi", "en"):
            page.goto(f"{site}{path}?lang={language}")
            assert faults(page) == [], f"{name} {language}"
            assert overflow(page) == 0, f"{name} {language}"
            if language == "vi":
                shoot(page, f"published-{name}")


def test_pages_are_free_of_faults_in_the_dark(browser: Browser, site: str) -> None:
    page = window(browser, 1280, color_scheme="dark")
    for path in PAGES.values():
        page.goto(site + path)
        assert faults(page) == []


def test_from_the_first_page_to_an_agency_by_links_alone(browser: Browser, site: str) -> None:
    page = window(browser, 360, java_script_enabled=False)
    page.goto(site)
    page.get_by_role("link", name="Quý III năm 2026").click()
    page.get_by_role("link", name="Sở Xây dựng").click()
    assert "Sở Xây dựng" in page.locator("h1").inner_text()


def test_only_one_of_the_two_plots_is_shown(browser: Browser, site: str) -> None:
    for width, shown, hidden in ((360, "narrow", "wide"), (1280, "wide", "narrow")):
        page = window(browser, width)
        page.goto(site + PAGES["release"])
        assert page.locator(f"svg.{shown}").is_visible()
        assert not page.locator(f"svg.{hidden}").is_visible()
