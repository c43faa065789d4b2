"""The door of the office. Authority: OWASP ASVS 4.0, V3 (sessions) and V4.2.2 (CSRF)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from survey import create_app
from tests.factories import make_agency
from tests.officers import PASSWORD, Browser, add, browser


def test_a_stranger_is_sent_to_the_log_in_page_and_back_afterwards(app: Flask) -> None:
    add("viewer")
    guest = Browser(app)
    sent = guest.get("/office/agencies/?q=hue")
    assert (sent.status_code, sent.location) == (303, "/office/login?next=/office/agencies/?q%3Dhue")
    back = guest.log_in("viewer@hue.gov.vn", next="/office/agencies/?q=hue")
    assert back.location == "/office/agencies/?q=hue"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/office/", "/office/\\evil", "/", "x", "/office/\r\nX: y"]
)
def test_log_in_never_leads_out_of_the_office(app: Flask, target: str) -> None:
    add("viewer")
    assert Browser(app).log_in("viewer@hue.gov.vn", next=target).location == "/office/"


def test_a_wrong_password_is_told_and_the_e_mail_stays_typed(app: Flask) -> None:
    add("viewer")
    refused = Browser(app).log_in("viewer@hue.gov.vn", "wrong")
    assert refused.status_code == 400
    page = refused.get_data(as_text=True)
    assert "Thư điện tử hoặc mật khẩu không đúng" in page
    assert 'value="viewer@hue.gov.vn"' in page
    assert "wrong" not in page


def test_twenty_failures_shut_the_door_for_the_address(app: Flask) -> None:
    add("viewer")
    guest = Browser(app)
    for _ in range(20):
        guest.log_in("nobody@hue.gov.vn", "wrong")
    refused = guest.log_in("viewer@hue.gov.vn")
    assert refused.status_code == 429
    assert "quá nhiều lần" in refused.get_data(as_text=True)


def test_nothing_of_the_session_before_log_in_survives_it(app: Flask) -> None:
    """Who planted a cookie in the browser beforehand holds nothing afterwards."""
    add("viewer")
    guest = Browser(app)
    with guest.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    guest.log_in("viewer@hue.gov.vn")
    with guest.client.session_transaction() as session:
        assert "planted" not in session
        assert session.permanent


def test_a_copied_cookie_is_worthless_after_log_out(app: Flask) -> None:
    officer = browser(app, "viewer")
    officer.text("/office/waves/")
    cookie = officer.client.get_cookie("session")
    assert cookie is not None
    assert officer.post("/office/logout").status_code == 303
    thief = Browser(app)
    thief.client.set_cookie("session", cookie.value)
    assert thief.get("/office/waves/").status_code == 303


def test_log_out_is_a_post_with_a_token(app: Flask) -> None:
    officer = browser(app, "viewer")
    assert officer.get("/office/logout").status_code == 405
    assert officer.open("POST", "/office/logout").status_code == 400
    assert officer.get("/office/waves/").status_code == 200


def test_pages_of_the_office_are_not_kept_by_the_browser(app: Flask) -> None:
    assert browser(app, "viewer").get("/office/waves/").headers["Cache-Control"] == "no-store"


def test_an_agency_sees_one_page(app: Flask) -> None:
    agency = make_agency("UBND Phường Vỹ Dạ")
    officer = browser(app, "agency", agency)
    assert officer.get("/office/").location == "/office/own"
    assert "UBND Phường Vỹ Dạ" in officer.text("/office/own")
    for path in (
        "/office/waves/",
        "/office/agencies/",
        "/office/audit",
        "/office/sample-size",
        "/office/releases/",
    ):
        assert officer.get(path).status_code == 403, path


def test_the_cookie_travels_over_https_only_in_production(settings: dict[str, Any]) -> None:
    app = create_app(settings | {"THUOCDO_PRODUCTION": True, "THUOCDO_GATEWAYS": ("esms",)})
    with app.app_context():
        add("viewer")
        guest = Browser(app)
        guest.get("/office/login", base_url="https://hue.example")
        fields = {"csrf_token": guest.token, "email": "viewer@hue.gov.vn", "password": PASSWORD}
        done = guest.open("POST", "/office/login", data=fields, base_url="https://hue.example")
    assert done.status_code == 303
    cookie = next(value for value in done.headers.getlist("Set-Cookie") if value.startswith("session="))
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def test_the_address_behind_a_proxy_is_the_caller_s(settings: dict[str, Any]) -> None:
    app = create_app(settings | {"THUOCDO_PROXIES": 1})
    with app.app_context():
        add("viewer")
        guest = Browser(app)
        for _ in range(20):
            guest.get("/office/login")
            fields = {"csrf_token": guest.token, "email": "nobody@hue.gov.vn", "password": "wrong"}
            guest.open("POST", "/office/login", data=fields, headers={"X-Forwarded-For": "192.0.2.66"})
        assert guest.log_in("viewer@hue.gov.vn").status_code == 303


def test_english_by_switch(app: Flask) -> None:
    assert '<html lang="en">' in Browser(app).text("/office/login?lang=en")
