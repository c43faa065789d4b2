"""The tablet at the counter in Chromium: with a network, without one, restarted, left alone. Authority: every
answer that was thanked for is one row; WCAG 2.2 AA by axe-core, its criterion 2.2.1 (warned 20 s before)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Error as PlaywrightError

from survey.extensions import db
from survey.models import KioskDevice, Wave, WaveState
from survey.services.answers import kiosk
from tests.factories import NOW, make_agency, make_wave
from tests.journeys.citizen_pages import look
from tests.journeys.counter import SEND, Counter, Line, answer, until, waiting
from tests.survey.tablet import OFFICER, added, set_aside, stored

pytestmark = pytest.mark.browser


@pytest.fixture
def counter(app: Flask, tmp_path: Path) -> Iterator[tuple[Counter, str]]:
    app.extensions["thuocdo_clock"] = lambda: NOW
    _device, link = added(make_agency("UBND Phường Thuận Hóa", code="H57.01"), make_wave(state="launched"))
    db.session.rollback()
    line = Line(app)
    yield Counter(line, tmp_path / "tablet"), link
    line.cut()


def test_three_answers_without_a_network_and_a_restart_are_three_rows(counter: tuple[Counter, str]) -> None:
    tablet, link = counter
    with tablet.switched_on() as page:
        tablet.join(page, link)
        codes = [answer(page)]
        until(lambda: len(stored()) == 1)
        tablet.cut_off(page)
        codes += [answer(page, "Bình thường") for _ in range(3)]
        until(lambda: waiting(page) == "3")
    with tablet.switched_on() as page:
        page.context.set_offline(True)
        page.goto(tablet.site + "/k/")
        until(lambda: waiting(page) == "3")
        assert len(stored()) == 1
        tablet.connect(page)
        until(lambda: len(stored()) == 4)
        until(lambda: waiting(page) == "0")
        found = page.request.post(tablet.site + "/receipt", form={"code": codes[3]}).text()
    assert "đã được ghi nhận" in found
    assert [row.answers["q1"] for row in stored()] == [4, 3, 3, 3]
    assert {row.mode for row in stored()} == {"kiosk"}
    assert len(set(codes)) == 4


def test_a_queue_that_is_sent_again_makes_no_second_row(app: Flask, counter: tuple[Counter, str]) -> None:
    """The server stores, and its word is lost on the way: the tablet sends the same once more."""
    tablet, link = counter
    with tablet.switched_on() as page:
        tablet.join(page, link)
        lost: list[int] = []

        def lose(route: object) -> None:
            lost.append(route.fetch().status)  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]

        page.context.route("**/k/answer", lose)
        answer(page)
        until(lambda: len(lost) >= 1 and len(stored()) == 1)
        assert waiting(page) == "1"
        page.context.unroute("**/k/answer")
        page.evaluate("send()")
        until(lambda: waiting(page) == "0")
    assert len(stored()) == 1


def test_a_tablet_whose_battery_comes_out_after_the_thanks_has_lost_nothing(counter: tuple[Counter, str]) -> None:
    tablet, link = counter
    with tablet.switched_on() as page:
        tablet.join(page, link)
    with suppress(PlaywrightError), tablet.switched_on() as page:
        page.goto(tablet.site + "/k/")
        tablet.cut_off(page)
        answer(page)
        tablet.pull_the_battery()
    tablet.line.mend()
    with tablet.switched_on() as page:
        page.goto(tablet.site + "/k/")
        until(lambda: len(stored()) == 1)


def test_with_a_full_disk_an_answer_is_sent_at_once_or_nobody_is_thanked(counter: tuple[Counter, str]) -> None:
    tablet, link = counter
    with tablet.switched_on() as page:
        tablet.join(page, link)
        page.evaluate("() => { queue.add = () => Promise.reject(new DOMException('full', 'QuotaExceededError')) }")
        answer(page)
        assert len(stored()) == 1
        tablet.cut_off(page)
        page.get_by_role("button", name="Bắt đầu").click()
        page.get_by_label("Hài lòng", exact=True).first.check()
        page.get_by_role("button", name=SEND).click()
        page.get_by_text("Chưa lưu được câu trả lời").wait_for()
        assert page.locator(":checked").count() == 1
        tablet.connect(page)
        until(lambda: told() == 1)
        assert page.inner_text("#stuck") == "1"
    assert len(stored()) == 1


def told() -> int:
    """How many answers the tablet says that it could not keep."""
    db.session.rollback()
    stuck = db.session.query(KioskDevice.stuck).scalar()
    db.session.rollback()
    return int(stuck)


def test_answers_that_come_after_the_close_are_said_and_kept_apart(counter: tuple[Counter, str]) -> None:
    tablet, link = counter
    with tablet.switched_on() as page:
        tablet.join(page, link)
        tablet.cut_off(page)
        answer(page)
        db.session.rollback()
        db.session.query(Wave).one().state = WaveState.closed
        db.session.commit()
        tablet.connect(page)
        until(lambda: set_aside() == {"wave_closed": 1})
        page.get_by_role("heading", name="Hiện chưa nhận góp ý").wait_for()
        assert stored() == []


def test_a_revoked_tablet_says_so_and_keeps_what_it_has(counter: tuple[Counter, str]) -> None:
    tablet, link = counter
    with tablet.switched_on() as page:
        tablet.join(page, link)
        tablet.cut_off(page)
        answer(page)
        db.session.rollback()
        device = db.session.query(KioskDevice).one()
        kiosk.revoke(device, actor=OFFICER, now=NOW)
        tablet.connect(page)
        page.get_by_role("heading", name="Máy này không còn được nhận góp ý").wait_for()
        assert waiting(page) == "1"
        page.reload()
        page.get_by_role("heading", name="chưa được cấp quyền").wait_for()


def test_who_goes_away_leaves_nothing_on_the_screen(counter: tuple[Counter, str]) -> None:
    tablet, link = counter
    with tablet.switched_on() as page:
        tablet.join(page, link)
        page.clock.install()
        page.reload()
        page.get_by_role("button", name="Bắt đầu").click()
        page.get_by_label("Rất hài lòng", exact=True).first.check()
        page.clock.run_for(21_000)
        still = page.get_by_role("alertdialog")
        assert still.is_visible()
        assert page.evaluate("document.activeElement.textContent") == "Tôi vẫn ở đây"
        page.get_by_role("button", name="Tôi vẫn ở đây").click()
        assert not still.is_visible()
        assert page.get_by_label("Rất hài lòng", exact=True).first.is_checked()
        page.clock.run_for(90_000)
        assert not still.is_visible()
        page.clock.run_for(12_000)
        assert still.is_visible()
        page.clock.run_for(20_000)
        page.get_by_role("button", name="Bắt đầu").click()
        assert page.locator(":checked").count() == 0
    assert stored() == []


def test_the_other_language_takes_the_answers_along(counter: tuple[Counter, str]) -> None:
    tablet, link = counter
    with tablet.switched_on() as page:
        tablet.join(page, link)
        tablet.cut_off(page)
        page.get_by_role("button", name="Bắt đầu").click()
        page.get_by_label("Hài lòng", exact=True).first.check()
        page.get_by_role("link", name="English").click()
        page.get_by_role("heading", name="How satisfied").wait_for()
        assert page.locator(":checked").count() == 1
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Bắt đầu").click()
        assert page.locator(":checked").count() == 0


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_screen_is_accessible(counter: tuple[Counter, str], width: int) -> None:
    tablet, link = counter
    with tablet.switched_on(width=width) as page:
        page.goto(f"{tablet.site}/k/join/{link}")
        look(page, "kiosk-join")
        tablet.join(page, link)
        look(page, "kiosk-welcome")
        page.get_by_role("button", name="Bắt đầu").click()
        page.get_by_role("button", name=SEND).click()
        look(page, "kiosk-error")
        page.get_by_label("Hài lòng", exact=True).first.check()
        look(page, "kiosk-questions")
        page.wait_for_timeout(100)
        page.get_by_role("button", name=SEND).click()
        page.get_by_role("heading", name="Cảm ơn Ông/Bà").wait_for()
        look(page, "kiosk-thanks")
        page.get_by_role("button", name="Xong").click()
        page.clock.install()
        page.reload()
        page.get_by_role("button", name="Bắt đầu").click()
        page.clock.run_for(21_000)
        look(page, "kiosk-still")
        page.goto(f"{tablet.site}/k/join/none")
