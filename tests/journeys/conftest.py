"""One Chromium a module, and the application served to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.factories import NOW, make_instrument, make_invitation, make_unit, make_wave
from tests.journeys.browsing import chromium, serving
from tests.journeys.citizen_pages import Form


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
