"""The QR code at the counter. Authority: volunteers are no probability sample, so their answers may never reach
the index; and a repeated post is one answer."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import Agency, Response
from survey.queries.account import account
from survey.queries.analysis import analysis_frame
from survey.services.answers.consent import VOLUNTEER_VERSION
from tests.factories import NOW, make_agency, make_frame, make_unit, make_wave

FIVES = dict.fromkeys(("q1", "q2", "q3", "q4", "q5", "q6"), "5")


@pytest.fixture
def agency(app: Flask) -> Agency:
    app.extensions["thuocdo_clock"] = lambda: NOW
    return make_agency("UBND Phường Thuận Hóa", code="H57.01")


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def stored() -> list[Response]:
    db.session.rollback()
    return list(db.session.scalars(select(Response)))


def send(client: FlaskClient, **fields: Any) -> Any:
    return client.post("/q/H57.01", data=hidden(client.get("/q/H57.01").text) | fields)


def test_a_volunteer_answers_on_one_page(client: FlaskClient, agency: Agency) -> None:
    wave = make_wave(state="launched")
    page = send(client, **FIVES)
    assert (page.status_code, "Cảm ơn" in page.text) == (200, True)
    [response] = stored()
    assert (response.mode, response.invitation_id, response.agency_id) == ("qr", None, agency.id)
    assert (response.wave_id, response.consent_version) == (wave.id, VOLUNTEER_VERSION)
    assert set(response.paradata) == {"device", "seconds", "network"}


def test_volunteers_enter_neither_the_analysis_nor_the_account(client: FlaskClient, agency: Agency) -> None:
    wave = make_wave(state="launched")
    make_unit(wave, agency=agency)
    frame = make_frame(wave)
    frame.audit, frame.summary = {"H57.01": {"dossiers": 1}}, {"strata": {"H57.01": {"N": 1}}}
    db.session.commit()
    send(client, **FIVES)
    assert len(stored()) == 1
    assert analysis_frame(wave)["q1"].notna().sum() == 0
    assert [row.account.complete for row in account(wave)] == [0]


def test_the_same_form_posted_three_times_is_one_answer_with_one_receipt(
    client: FlaskClient, agency: Agency
) -> None:
    make_wave(state="launched")
    form = hidden(client.get("/q/H57.01").text) | FIVES
    receipts = {re.findall(r'class="code">([^<]+)', client.post("/q/H57.01", data=form).text)[0] for _ in range(3)}
    assert (len(receipts), len(stored())) == (1, 1)
    assert "không tính vào chỉ số" in client.post("/receipt", data={"code": receipts.pop()}).text


def test_an_empty_or_wrong_form_is_shown_again(client: FlaskClient, agency: Agency) -> None:
    make_wave(state="launched")
    assert send(client).status_code == 422
    page = send(client, **FIVES | {"q3": "9"})
    assert (page.status_code, 'href="#q3"' in page.text) == (422, True)
    assert stored() == []


def test_a_form_left_open_over_night_keeps_its_ticks(app: Flask, client: FlaskClient, agency: Agency) -> None:
    make_wave(state="launched")
    form = hidden(client.get("/q/H57.01").text) | FIVES
    app.extensions["thuocdo_clock"] = lambda: NOW + timedelta(hours=13)
    page = client.post("/q/H57.01", data=form)
    assert (page.status_code, page.text.count(" checked>")) == (409, 6)
    assert client.post("/q/H57.01", data=FIVES | hidden(page.text)).status_code == 200


@pytest.mark.parametrize("path", ["/q/H57.01", "/q/unknown", "/q/unknown/poster"])
def test_without_an_open_wave_or_an_agency_the_door_is_closed(
    client: FlaskClient, agency: Agency, path: str
) -> None:
    make_wave(state="closed")
    assert client.get(path).status_code == 404
    if not path.endswith("poster"):
        assert client.post(path, data=FIVES).status_code == 404


def test_answers_in_bulk_from_one_address_are_slowed(client: FlaskClient, agency: Agency) -> None:
    make_wave(state="launched")
    codes = [send(client, **FIVES).status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]
    assert db.session.scalar(select(func.count()).select_from(Response)) == 20


@pytest.mark.parametrize("size", ["a4", "a5"])
def test_the_poster_carries_the_code_and_the_address(client: FlaskClient, agency: Agency, size: str) -> None:
    page = client.get(f"/q/H57.01/poster?size={size}")
    assert page.status_code == 200
    for words in ("<svg", "http://127.0.0.1:8000/q/H57.01", "UBND Phường Thuận Hóa", f"@page{{size:{size}"):
        assert words in page.text
