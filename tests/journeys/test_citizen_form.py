"""The form in Chromium. Authority: WCAG 2.2 AA by axe-core, its criteria 1.4.10 (reflow), 2.1.1 (keyboard), 2.5.8
(target size, here 48 px), and the promise of one request a page and a first question within 5 s on 2G."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from survey.services.consent import CONSENT_VERSION
from tests.factories import NOW, make_agency, make_instrument, make_invitation, make_unit, make_wave
from tests.journeys.browsing import chromium, faults, overflow, serving, shoot
from tests.survey.every_type import make_every_type

pytestmark = pytest.mark.browser
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    app.extensions["thuocdo_clock"] = lambda: NOW
    with serving(app) as address:
        yield address


@pytest.fixture
def form(browser: Browser, site: str) -> Iterator[Form]:
    yield Form(browser, f"{site}/s/{make_invitation()[1]}")
    for context in browser.contexts:
        context.close()


@pytest.fixture
def long_form(browser: Browser, site: str) -> Iterator[Form]:
    """22 questions and a general one, the questions of a factor on one page."""
    wave = make_wave(
        state="launched", instrument_version=make_instrument("sipas"), settings={"page_mode": "section"}
    )
    yield Form(browser, f"{site}/s/{make_invitation(make_unit(wave))[1]}")
    for context in browser.contexts:
        context.close()


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


@pytest.mark.parametrize("width", [360, 1280])
def test_a_whole_answer_page_by_page(form: Form, width: int) -> None:
    window = form.open(width=width)
    look(window, "form-start")
    window.get_by_role("button", name=START["vi"]).click()
    look(window, "form-question")
    window.get_by_role("button", name=CONTINUE["vi"]).click()
    look(window, "form-question-error")
    for number in range(1, 7):
        window.get_by_label("Rất hài lòng" if number < 6 else "Không hài lòng", exact=True).check()
        window.get_by_role("button", name=CONTINUE["vi"]).click()
    look(window, "form-check")
    window.get_by_role("link", name="Sửa").nth(1).click()
    assert window.get_by_label("Rất hài lòng", exact=True).is_checked()
    window.get_by_label("Bình thường").check()
    window.get_by_role("button", name=CONTINUE["vi"]).click()
    window.get_by_label("Góp ý thêm").fill("Ghế chờ hơi ít <b>&")
    window.get_by_label("Tôi đồng ý và muốn được liên hệ lại").check()
    window.get_by_role("button", name="Gửi câu trả lời").click()
    look(window, "form-check-error")
    window.get_by_label("Số điện thoại").fill("0905 123 456")
    window.get_by_role("button", name="Gửi câu trả lời").click()
    look(window, "form-done")
    window.reload()
    window.goto(form.link)
    assert "đã được ghi nhận" in window.inner_text("h1")
    code = window.inner_text(".code")
    window.get_by_role("link", name="Kiểm tra mã").click()
    for typed, name in (("ABC", "receipt-wrong"), (code, "receipt-found")):
        window.get_by_label("Mã biên nhận").fill(typed)
        window.get_by_role("button", name="Kiểm tra").click()
        look(window, name)


@pytest.mark.parametrize("width", [360, 1280])
def test_refusing_changing_ones_mind_and_wrong_links(form: Form, width: int) -> None:
    window = form.open(width=width)
    window.get_by_role("button", name="Tôi không muốn tham gia").click()
    look(window, "form-declined")
    window.get_by_role("link", name="Tôi đổi ý").click()
    look(window, "form-start-again")
    window.goto(form.link + "?p=declined")
    window.get_by_role("button", name="Đừng mời tôi").click()
    look(window, "form-barred")
    window.goto(form.link[:-3])
    look(window, "form-gone")


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


def test_without_script_and_cookies_the_whole_form_works(form: Form) -> None:
    window = form.open(java_script_enabled=False)
    requests: list[str] = []
    window.on("request", lambda request: requests.append(request.method))
    window.get_by_role("button", name=START["vi"]).click()
    for _ in range(6):
        window.context.clear_cookies()
        window.locator("label", has_text="Rất hài lòng").click()
        window.get_by_role("button", name=CONTINUE["vi"]).click()
    window.get_by_role("button", name="Gửi câu trả lời").click()
    assert "đã được ghi nhận" in window.inner_text("h1")
    # One request shows a page; a post is answered by a redirect to the next.
    assert requests == ["GET", *["POST", "GET"] * 7]


def test_the_back_button_shows_what_was_answered(form: Form) -> None:
    window = form.open(f"?p=q1&c={CONSENT_VERSION}")
    for number in (1, 2):
        window.get_by_label("Hài lòng", exact=True).check()
        window.get_by_role("button", name=CONTINUE["vi"]).click()
        window.wait_for_url(f"**?p=q{number + 1}")
    window.go_back()
    assert "p=q2" in window.url
    assert window.get_by_label("Hài lòng", exact=True).is_checked()
    window.get_by_label("Bình thường").check()
    window.get_by_role("button", name=CONTINUE["vi"]).click()
    window.wait_for_url("**?p=q3")
    window.go_back()
    assert window.get_by_label("Bình thường").is_checked()


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
        window.wait_for_function(f"document.title.includes('{number}/6')")
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


def test_english_on_every_page(form: Form) -> None:
    window = form.open()
    window.get_by_role("link", name="English").click()
    assert window.locator("html").get_attribute("lang") == "en"
    look(window, "form-start-en")
    window.get_by_role("button", name=START["en"]).click()
    for number in range(1, 7):
        assert f"Question {number} of 6" in in_english(window)
        window.get_by_label("Very dissatisfied").check()
        window.get_by_role("button", name=CONTINUE["en"]).click()
    in_english(window)
    window.get_by_role("button", name="Send my answers").click()
    assert "your answers have been recorded" in in_english(window)
    window.get_by_role("button", name="Withdraw").click()
    in_english(window)


def in_english(window: Page) -> str:
    """The page's own words; only names may be Vietnamese."""
    text = window.inner_text("main") + window.inner_text("footer")
    for name in ("UBND Xã Thử Nghiệm", "Sở Nội vụ thành phố Huế", "Chứng thực bản sao"):
        text = text.replace(name, "")
    assert re.findall("[đăâêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", text.lower()) == []
    return text


@pytest.mark.parametrize("width", [360, 1280])
def test_every_type_of_question_empty_and_wrong(browser: Browser, site: str, width: int) -> None:
    wave = make_wave(state="launched", instrument_version=make_every_type())
    form = Form(browser, f"{site}/s/{make_invitation(make_unit(wave))[1]}")
    window = form.open(f"?p=n0&c={CONSENT_VERSION}", width=width)
    window.get_by_label("Tốt", exact=True).check()
    window.get_by_role("button", name=CONTINUE["vi"]).click()
    window.get_by_label("Có", exact=True).check()
    window.get_by_role("button", name=CONTINUE["vi"]).click()
    for item in ("q_wait", "q_single", "q_multi", "q_nps", "q_date", "q_text", "q_rank", "q_long"):
        assert f"p={item}" in window.url
        look(window, f"type-{item}")
        if item in WRONG:
            window.locator(f"[name={item}]").first.fill(WRONG[item])
            window.get_by_role("button", name=CONTINUE["vi"]).click()
            look(window, f"type-{item}-wrong")
            window.locator(f"[name={item}]").first.fill("")
        window.get_by_role("button", name=CONTINUE["vi"]).click()
    look(window, "type-check")
    window.context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_counters_form_and_poster(browser: Browser, site: str, width: int) -> None:
    make_wave(state="launched")
    make_agency("UBND Phường Thuận Hóa", code="H57.01")
    form = Form(browser, f"{site}/q/H57.01")
    window = form.open(width=width)
    look(window, "counter")
    window.get_by_role("button", name="Tôi đồng ý và gửi").click()
    look(window, "counter-error")
    for card in window.get_by_label("Hài lòng", exact=True).all():
        card.check()
    window.get_by_role("button", name="Tôi đồng ý và gửi").click()
    look(window, "counter-done")
    window.goto(form.link + "/poster")
    look(window, "poster")
    window.goto(f"{site}/q/none")
    look(window, "counter-closed")
    window.context.close()


WRONG = {"q_wait": "nhiều", "q_date": "31/02/2026", "q_text": "quầy 1"}
