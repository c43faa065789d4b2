"""The page where one plays a citizen: reads the SMS, taps the link, replies; it is there only when asked for."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.extensions import db
from survey.models import Response
from survey.services.messaging.invite import queue_invitations
from tests.factories import make_agency, make_unit

PHONE = "+84905000001"


@pytest.fixture
def settings(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"THUOCDO_DEMO": True}


@pytest.fixture
def phone(app: Flask, client: FlaskClient, now: datetime) -> FlaskClient:
    """A client at the phone of somebody who was invited."""
    app.extensions["thuocdo_clock"] = lambda: now
    unit = make_unit(phone=PHONE, agency=make_agency("UBND phường Vỹ Dạ"))
    queue_invitations(unit.wave, [unit], now)
    db.session.commit()
    return client


def page(client: FlaskClient, path: str = f"/demo/phone/{PHONE}") -> str:
    return client.get(path).get_data(as_text=True)


def text_back(client: FlaskClient, words: str) -> str:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page(client))[1]
    answer = client.post(f"/demo/phone/{PHONE}", data={"text": words, "csrf_token": token})
    assert answer.status_code == 303
    return page(client)


def test_the_invitation_is_there_with_a_link_to_the_form(phone: FlaskClient) -> None:
    html = page(phone)
    assert "MÔ PHỎNG" in html
    path = re.search(r'href="(/s/\w{11})"', html)[1]
    assert phone.get(path).status_code == 200
    assert "0905 000 001" in page(phone, "/demo/phone")


def test_a_reply_is_understood_and_answered_on_the_spot(phone: FlaskClient) -> None:
    assert "Da ghi nhan: 5 4 5 3 5 4" in text_back(phone, "5 4 5 3 5 4")
    assert db.session.scalars(select(Response.answers)).one()["q4"] == 3


def test_what_the_citizen_types_is_escaped(phone: FlaskClient) -> None:
    html = text_back(phone, "<script>alert(1)</script>")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("path", ["/demo/phone/0905000001", "/demo/phone/+1202555", "/demo/phone/%3Cb%3E"])
def test_what_is_no_number_of_the_network_is_not_found(phone: FlaskClient, path: str) -> None:
    assert phone.get(path).status_code == 404


def test_a_reply_without_the_forms_token_is_refused(phone: FlaskClient) -> None:
    assert phone.post(f"/demo/phone/{PHONE}", data={"text": "TC"}).status_code == 400


def test_without_the_setting_the_page_does_not_exist(settings: dict[str, Any]) -> None:
    from survey import create_app

    app = create_app(settings | {"THUOCDO_DEMO": False})
    assert app.test_client().get("/demo/phone").status_code == 404
