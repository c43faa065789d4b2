"""A citizen's window on the form, and what every page of it must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from tests.journeys.browsing import faults, overflow, shoot

START = {"vi": "Tôi đồng ý và bắt đầu", "en": "I agree, start"}
CONTINUE = {"vi": "Tiếp tục", "en": "Continue"}


@dataclass
class Form:
    """One citizen's link in one browser window."""

    browser: Browser
    link: str

    def open(self, page: str = "", *, width: int = 360, **options: Any) -> Page:
        context = self.browser.new_context(viewport={"width": width, "height": 740}, **options)
        window = context.new_page()
        window.goto(self.link + page)
        return window


def look(window: Page, name: str) -> None:
    """A page in a state: accessible, nothing to be moved sideways, targets large enough, a picture kept."""
    shoot(window, name)
    assert faults(window) == []
    assert overflow(window) == 0
    assert small_targets(window) == []


def small_targets(window: Page) -> list[str]:
    """Buttons, cards and links outside running text that are lower or narrower than 48 px."""
    return list(
        window.evaluate(
            """() => [...document.querySelectorAll("button, a, .card, select, textarea, input[type=text]")]
            .filter(e => !e.closest(".skip, p") && e.offsetParent)
            .filter(e => e.getBoundingClientRect().height < 47.5 || e.getBoundingClientRect().width < 47.5)
            .map(e => e.outerHTML.slice(0, 90))"""
        )
    )
