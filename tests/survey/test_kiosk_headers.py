"""Script is for the kiosk's pages alone. Authority: CSP level 3, Service Workers (scope of a script's path)."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from survey.blueprints.respond.guard import mask
from tests.factories import NOW, make_agency, make_invitation, make_wave
from tests.survey.tablet import Tablet, added


@pytest.fixture
def tablet(app: Flask) -> Tablet:
    app.extensions["thuocdo_clock"] = lambda: NOW
    return Tablet(app, *added(make_agency(code="H57.01"), make_wave(state="launched")))


@pytest.mark.parametrize("path", ["/k/", "/k/?lang=en", "/k/kiosk.js", "/k/queue.js", "/k/worker.js"])
def test_the_kiosks_page_may_run_its_own_script_and_no_other(tablet: Tablet, path: str) -> None:
    answer = tablet.client.get(path)
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "worker-src 'self'", "connect-src 'self'"} <= set(policy)
    assert "'unsafe-inline'" not in next(part for part in policy if part.startswith("script-src"))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


def test_every_other_page_runs_none(tablet: Tablet) -> None:
    token = make_invitation()[1]
    for path in (f"/s/{token}", "/q/H57.01", "/receipt", "/k/join/x", "/office/login", "/"):
        answer = tablet.client.get(path)
        assert "script-src" not in answer.headers["Content-Security-Policy"], path
        assert "<script" not in answer.text, path


def test_the_page_names_only_scripts_of_its_own(tablet: Tablet) -> None:
    page = tablet.client.get("/k/?lang=vi").text
    assert page.count("<script") == page.count('<script src="/k/') == 2


def test_a_tablets_link_is_in_no_log() -> None:
    record = logging.makeLogRecord({"msg": 'GET /k/join/abc_DEF-123 HTTP/1.1" 200'})
    assert mask(record.msg) == 'GET /k/join/*** HTTP/1.1" 200'


def test_fetching_the_page_in_english_to_keep_it_changes_no_language(tablet: Tablet) -> None:
    assert "Set-Cookie" not in tablet.client.get("/k/?lang=en").headers
    assert 'lang="vi"' in tablet.client.get("/receipt").text.split(">")[1]
