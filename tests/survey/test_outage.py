"""A database that nobody reaches. Authority: RFC 9110, 15.6.4 (503, Retry-After); what was typed is not lost."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey import create_app
from tests.conftest import KEYS
from tests.officers import Browser, add
from tests.survey.phones import hidden

NOWHERE = "postgresql://app@127.0.0.1:1/nothing"
TYPED = {"f": "5f-abc", "q1": "4", "comment": "Dòng một\nDòng \"hai\" <b> & 'ba'"}


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app({"DATABASE_URL": NOWHERE, "THUOCDO_INSTANCE": str(tmp_path), **KEYS}).test_client()


def test_a_page_that_cannot_be_read_says_so_and_offers_itself_again(client: FlaskClient) -> None:
    page = client.get("/s/aaaaaaaaaaa?p=q2&back=check")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
    assert "tạm ngừng" in page.text
    assert 'href="?p=q2&amp;back=check"' in page.text
    assert "temporarily unavailable" in client.get("/s/aaaaaaaaaaa?lang=en").text


@pytest.mark.parametrize("path", ["/s/aaaaaaaaaaa?p=check", "/q/H57.01"])
def test_a_post_that_cannot_be_stored_holds_what_was_typed_behind_one_button(
    client: FlaskClient, path: str
) -> None:
    page = client.post(path, data=TYPED)
    assert page.status_code == 503
    assert hidden(page.text) == TYPED
    assert f'action="?{path.partition("?")[2]}"' in page.text
    assert html.escape(TYPED["comment"]).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page.text


@pytest.mark.parametrize("path", ["/", "/readyz", "/office/login"])
def test_other_pages_fail_politely_too(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code in ({200, 503} if path == "/office/login" else {503})
    assert page.status_code == 200 or page.headers["Retry-After"]


def test_an_officer_who_has_logged_in_gets_the_page_without_being_looked_up(app: Flask, tmp_path: Path) -> None:
    """The session names an officer whom only the database knows."""
    email = add("viewer").email
    officer: Any = Browser(app)
    officer.log_in(email)
    cookie = officer.client.get_cookie("session")
    dead = create_app({"DATABASE_URL": NOWHERE, "THUOCDO_INSTANCE": str(tmp_path), **KEYS}).test_client()
    dead.set_cookie("session", cookie.value)
    page = dead.get("/office/waves/")
    assert (page.status_code, "tạm ngừng" in page.text) == (503, True)
