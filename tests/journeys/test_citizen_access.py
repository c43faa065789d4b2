"""The form for old phones, bad eyes and no mouse. Authority: WCAG 2.2 AA by axe-core, its criteria 1.4.4 (text),
1.4.10 (reflow), 2.1.1 (keyboard), 2.5.8 (targets, here 48 px); a first question within 5 s on 2G."""

from __future__ import annotations

import time
from typing import Any

import pytest

from survey.services.answers.consent import CONSENT_VERSION
from tests.journeys.browsing import overflow, shoot
from tests.journeys.citizen_pages import CONTINUE, START, Form, look

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [240, 320, 360, 768, 1280, 1920])
def test_sections_are_cards_on_a_phone_and_a_grid_on_a_wide_screen(long_form: Form, width: int) -> None:
    window = long_form.open(f"?p=q1_1&c={CONSENT_VERSION}", width=width)
    look(window, "form-section")
    tops = window.evaluate("[...document.querySelectorAll('.options .card')].slice(0, 5).map(e => e.offsetTop)")
    assert len(set(tops)) == (1 if width >= 960 else 5)
    window.goto(long_form.link)
    look(window, "form-start-long")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("contrast", ["active", "none"])
def test_dark_and_forced_colours(form: Form, scheme: Any, contrast: Any) -> None:
    window = form.open(f"?p=q1&c={CONSENT_VERSION}", color_scheme=scheme, forced_colors=contrast)
    window.get_by_label("Hài lòng", exact=True).check()
    look(window, f"form-{scheme}-{'forced' if contrast == 'active' else 'own'}-colours")


def test_large_print_keeps_everything_in_the_window(form: Form) -> None:
    window = form.open(width=320)
    window.get_by_role("link", name="Chữ to").click()
    window.get_by_role("button", name=START["vi"]).click()
    look(window, "form-large")
    assert window.evaluate("getComputedStyle(document.documentElement).fontSize") == "22px"


def test_text_enlarged_to_200_percent_by_the_reader_stays_in_the_window(form: Form) -> None:
    window = form.open(f"?p=q1&c={CONSENT_VERSION}")
    window.add_style_tag(content="html{font-size:200%!important}")
    assert overflow(window) == 0
    shoot(window, "form-200-percent")


def test_the_form_is_filled_by_keyboard_alone(form: Form) -> None:
    window = form.open()

    def focused() -> str:
        return str(window.evaluate("document.activeElement.innerText || document.activeElement.value"))

    order = []
    for _ in range(5):
        window.keyboard.press("Tab")
        order.append(focused())
    assert order == ["Đến nội dung chính", "English", "Chữ to", START["vi"], "Tôi không muốn tham gia"]
    window.keyboard.press("Shift+Tab")
    window.keyboard.press("Enter")
    for number in range(1, 7):
        window.wait_for_url(f"**p=q{number}*")  # waiting by script is against the page's own policy
        window.locator("input[type=radio]").first.focus()
        window.keyboard.press("ArrowDown")
        while focused() != CONTINUE["vi"]:
            window.keyboard.press("Tab")
        outline = window.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "4px"
        window.keyboard.press("Enter")
    window.wait_for_url("**?p=check")
    assert window.get_by_text("Không hài lòng", exact=True).count() == 6


def test_an_error_takes_the_focus_and_leads_to_its_question(form: Form) -> None:
    window = form.open(f"?p=q1&c={CONSENT_VERSION}")
    window.get_by_role("button", name=CONTINUE["vi"]).click()
    assert window.evaluate("document.activeElement.className") == "errors"
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")
    assert window.url.endswith("#q1")
    assert window.evaluate("document.activeElement.name") == "q1"


def test_the_first_question_is_readable_within_five_seconds_on_2g(form: Form) -> None:
    window = form.open()
    line = window.context.new_cdp_session(window)
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 2000, "downloadThroughput": 6250, "uploadThroughput": 6250},
    )
    began = time.monotonic()
    window.get_by_role("button", name=START["vi"]).click()
    window.get_by_label("Rất hài lòng", exact=True).wait_for()
    assert time.monotonic() - began <= 5
