"""An officer takes a wave from draft to publication in Chromium. Authority: the brief, part 13; WCAG 2.2 AA by
axe-core and its criterion 1.4.10 (reflow at 360 px). The pages hold no script; only axe-core is put into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from survey.extensions import db
from survey.models import Wave, WaveState
from tests.factories import NOW, make_agency, make_invitation, make_message, make_unit, make_wave
from tests.journeys.browsing import chromium, faults, overflow, serving, shoot
from tests.officers import PASSWORD, add
from tests.waves import CODE, answer_all, drafted

pytestmark = pytest.mark.browser
HOME = f"/office/waves/{CODE}/"


@dataclass
class Officer:
    """One browser window; `wrong` gathers what `look` finds on each page."""

    page: Page
    site: str
    wrong: list[str] = field(default_factory=list)

    def go(self, path: str, name: str = "") -> None:
        self.page.goto(self.site + path)
        if name:
            self.look(name)

    def look(self, name: str) -> None:
        for width in (1280, 360):
            self.page.set_viewport_size({"width": width, "height": 800})
            shoot(self.page, f"office-{name}")
            self.wrong += [f"{name} at {width}: {fault}" for fault in faults(self.page)]
            if overflow(self.page):
                self.wrong.append(f"{name} at {width}: wider than the window")

    def log_in(self, email: str) -> None:
        self.go("/office/")
        self.page.fill("#email", email)
        self.page.fill("#password", PASSWORD)
        self.page.click("main button")

    def say_yes(self, name: str, **fields: str) -> None:
        """Open the page of a step, look at it, agree and press its button."""
        self.go(HOME + name, name)
        for key, value in fields.items():
            self.page.fill(f"#{key}", value)
        self.page.check("[name=confirm]")
        self.page.click("main form button")
        self.look(f"after-{name}")

    def press(self, text: str) -> None:
        self.go(HOME)
        self.page.click(f"main button:has-text('{text}')")
        assert self.page.locator(".notice.success").count() == 1, self.page.inner_text("main")


@pytest.fixture
def officer(app: Flask) -> Iterator[Officer]:
    app.extensions["thuocdo_clock"] = lambda: NOW + timedelta(days=2)
    db.session.rollback()
    with serving(app) as site, chromium() as browser:
        # axe is put into the page by the debugger, past the policy that forbids the page's own script
        context = browser.new_context(bypass_csp=True)
        yield Officer(context.new_page(), site)


def test_a_wave_from_draft_to_publication(app: Flask, officer: Officer) -> None:
    add()
    drafted()
    db.session.rollback()
    officer.log_in("admin@hue.gov.vn")
    officer.look("waves")
    officer.go(HOME, "draft")
    officer.say_yes("freeze")
    officer.go(HOME + "frame", "frame")
    officer.say_yes("draw", seed="XSKT Huế 05/10/2026: 123456")
    officer.say_yes("launch")
    officer.press("Tạm dừng gửi tin")
    officer.look("paused")
    officer.press("Gửi tiếp")
    answer_all(db.session.scalars(select(Wave)).one(), NOW + timedelta(days=2))
    db.session.rollback()
    officer.go(HOME, "answered")
    officer.go(HOME + "account", "account")
    officer.go(HOME + "messages", "messages")
    officer.say_yes("close")
    officer.press("Ước lượng")
    officer.go(HOME + "results", "results")
    officer.press("Lập bản công bố")
    officer.say_yes("publish")
    officer.go("/office/releases/", "releases")
    officer.go("/office/audit", "audit")
    assert officer.wrong == []
    assert db.session.scalars(select(Wave.state)).one() is WaveState.published


def test_the_pages_around_it(officer: Officer, tmp_path: Path) -> None:
    add()
    make_agency("UBND Phường Thuận Hóa")
    make_message(make_invitation(make_unit(make_wave(CODE, state="launched")))[0], state="unknown", reason="cut")
    db.session.rollback()
    officer.go("/office/login", "login")
    officer.page.fill("#email", "admin@hue.gov.vn")
    officer.page.fill("#password", "wrong")
    officer.page.click("main button")
    officer.look("login-refused")
    officer.log_in("admin@hue.gov.vn")
    for name in (
        "agencies/",
        "instruments/",
        "instruments/sipas@1",
        "sample-size",
        "waves/new",
        "dossiers/import",
    ):
        officer.go("/office/" + name, name.strip("/").replace("/", "-"))
    officer.page.goto(officer.site + "/office/waves/new")
    officer.page.click("main form button")
    officer.look("waves-new-refused")
    officer.go(HOME + "messages", "messages-unknown")
    table = tmp_path / "cơ quan.csv"
    table.write_text("code,name_vi,level,parent_code,valid_from,valid_to\nX,UBND Xã X,commune,NONE,2025-07-01,\n")
    officer.go("/office/agencies/import")
    officer.page.set_input_files("#file", table)
    officer.page.click("main form button")
    officer.look("import-report")
    assert officer.page.locator("button[value=import]").count() == 1
    assert officer.wrong == []


def test_an_agency_at_its_own_page(officer: Officer) -> None:
    add("agency", make_agency("UBND Phường Vỹ Dạ"))
    db.session.rollback()
    officer.log_in("agency@hue.gov.vn")
    officer.look("own")
    assert "UBND Phường Vỹ Dạ" in officer.page.inner_text("h1")
    assert officer.wrong == []
