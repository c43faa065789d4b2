"""The form in Chromium from the first page to the receipt. Authority: the flow that the form promises, axe-core on
every page and state of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from survey.services.answers.consent import CONSENT_VERSION
from tests.factories import make_agency, make_invitation, make_unit, make_wave
from tests.journeys.citizen_pages import CONTINUE, START, Form, look
from tests.survey.every_type import make_every_type

pytestmark = pytest.mark.browser


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
