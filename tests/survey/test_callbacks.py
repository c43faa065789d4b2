"""Callbacks of gateways: what comes in is stored and acknowledged, whatever it is; nobody sees an error page.

Authority: the measured behaviour of Kannel (repeats with new ids, GET and POST, NUL and binary texts).
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.extensions import db
from survey.models import InboundMessage, Receipt
from survey.services.office.keys import current_vault

KEY = "callback-key-one"
TEXT = {"from": "+84905000001", "to": "8088", "text": "5 4 5 3 5 4", "id": "a1"}


def inbound(client: FlaskClient, data: dict[str, str], key: str = KEY) -> Any:
    return client.post("/gateway/simulator/inbound", query_string={"key": key}, data=data)


def stored() -> list[InboundMessage]:
    return list(db.session.scalars(select(InboundMessage)))


def test_a_text_is_stored_raw_and_acknowledged_with_nothing(client: FlaskClient) -> None:
    response = inbound(client, TEXT)
    assert (response.status_code, response.data) == (200, b"")
    (row,) = stored()
    assert (row.text, row.state.value, row.external_id) == ("5 4 5 3 5 4", "received", "a1")


def test_the_sender_is_normalised_hashed_and_encrypted(client: FlaskClient) -> None:
    inbound(client, TEXT | {"from": "0905 000 001"})
    (row,) = stored()
    assert row.sender_hash == current_vault().phone_hash("+84905000001")
    assert b"905000001" not in row.sender_encrypted
    assert current_vault().decrypt(row.sender_encrypted) == "+84905000001"


@pytest.mark.parametrize("key", ["callback-key-one", "callback-key-two"], ids=["first", "second"])
@pytest.mark.parametrize("place", ["query", "path"])
def test_either_key_opens_in_query_or_path(client: FlaskClient, key: str, place: str) -> None:
    path = "/gateway/simulator/inbound" + (f"/{key}" if place == "path" else f"?key={key}")
    assert client.post(path, data=TEXT).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gateway/simulator/inbound",
        "/gateway/simulator/inbound?key=",
        "/gateway/simulator/inbound?key=callback-key-on",
        "/gateway/simulator/inbound/kh%C3%B3a",
        "/gateway/nobody/inbound?key=callback-key-one",
        "/gateway/simulator/other?key=callback-key-one",
    ],
)
def test_without_a_right_key_and_name_there_is_nothing_here(client: FlaskClient, path: str) -> None:
    response = client.post(path, data=TEXT)
    assert (response.status_code, response.data) == (404, b"")
    assert stored() == []


def test_a_get_works_like_a_post(client: FlaskClient) -> None:
    response = client.get("/gateway/simulator/inbound", query_string=TEXT | {"key": KEY})
    assert (response.status_code, response.data) == (200, b"")
    assert len(stored()) == 1


def test_the_same_id_twice_is_one_message(client: FlaskClient) -> None:
    assert [inbound(client, TEXT).status_code for _ in range(2)] == [200, 200]
    assert len(stored()) == 1


@pytest.mark.parametrize(
    "text",
    ["", "\x00\x00", "x" * 2000, "\ud800", "🙂" * 300, "\u202eTC", "' OR 1=1 --", bytes(range(256))],
    ids=["empty", "NUL", "long", "lone surrogate", "emoji", "right-to-left", "SQL", "binary"],
)
def test_any_text_is_taken(client: FlaskClient, text: str | bytes) -> None:
    data = {**TEXT, "text": text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")}
    assert inbound(client, data).status_code == 200
    assert len(stored()) == 1


@pytest.mark.parametrize(
    "sender", ["", "VIETTEL", "8088", "02343822222", "+85512345678", "0912345678/0987654321", "\x00"], ids=repr
)
def test_any_sender_is_taken(client: FlaskClient, sender: str) -> None:
    assert inbound(client, TEXT | {"from": sender}).status_code == 200


def test_more_than_four_kilobytes_is_refused_without_a_word(client: FlaskClient) -> None:
    response = inbound(client, TEXT | {"text": "x" * 4096})
    assert (response.status_code, response.data) == (413, b"")
    assert stored() == []


def test_a_body_in_pieces_that_hides_its_length_is_cut_off(client: FlaskClient) -> None:
    body = b"from=%2B84905000001&text=" + b"x" * 10_000
    response = client.post(
        f"/gateway/simulator/inbound/{KEY}",
        input_stream=BytesIO(body),
        headers={"Transfer-Encoding": "chunked", "Content-Type": "application/x-www-form-urlencoded"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (response.status_code, response.data) == (413, b"")
    assert stored() == []


@pytest.mark.parametrize("path", ["simulator", "simulator/receipt/", "simulator/receipt/key/more"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_wrong_address_gets_no_page_either(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(f"/gateway/{path}", method=method)
    assert (response.status_code, response.data) == (404, b"")


def test_a_receipt_with_a_nul_from_the_operator_is_kept(client: FlaskClient) -> None:
    data = {"id": "a\x00b", "status": "delivered", "ans": "ok\x00"}
    assert client.post(f"/gateway/simulator/receipt/{KEY}", data=data).status_code == 200
    receipt = db.session.scalars(select(Receipt)).one()
    assert (receipt.message_id, receipt.raw["ans"]) == ("ab", "ok")


@pytest.mark.parametrize(
    "body", ["[" * 3000, '{"a":' * 500, "{", "\udcff"], ids=["list", "objects", "cut", "bytes"]
)
def test_json_that_cannot_be_read_is_a_missing_field_not_a_fault_of_ours(client: FlaskClient, body: str) -> None:
    sent = body.encode(errors="surrogateescape")
    path = f"/gateway/simulator/inbound?key={KEY}"
    response = client.post(path, data=sent, content_type="application/json")
    assert (response.status_code, response.data) == (400, b"")


def test_a_missing_field_is_refused_without_a_word(client: FlaskClient) -> None:
    response = inbound(client, {"from": "+84905000001"})
    assert (response.status_code, response.data) == (400, b"")


def test_a_receipt_for_an_id_that_is_not_ours_is_kept(client: FlaskClient) -> None:
    data = {"id": "not-ours", "status": "delivered"}
    response = client.post("/gateway/simulator/receipt", query_string={"key": KEY}, data=data)
    assert (response.status_code, response.data) == (200, b"")
    receipt = db.session.scalars(select(Receipt)).one()
    assert (receipt.message_id, receipt.status, receipt.applied) == ("not-ours", "delivered", False)
    assert KEY not in str(receipt.raw)


def test_a_status_that_the_table_does_not_have_is_an_error_not_a_failure(client: FlaskClient) -> None:
    data = {"id": "x", "status": "perhaps"}
    assert client.post("/gateway/simulator/receipt", query_string={"key": KEY}, data=data).status_code == 400


@pytest.mark.parametrize(
    ("peers", "status"), [(("127.0.0.1",), 200), (("127.0.0.0/8",), 200), (("10.0.0.1",), 404), ((), 200)]
)
def test_only_permitted_peers_may_call(app: Flask, peers: tuple[str, ...], status: int) -> None:
    app.config["THUOCDO_CALLBACK_PEERS"] = peers
    response = inbound(app.test_client(), TEXT)
    assert (response.status_code, response.data) == (status, b"")


def test_an_address_of_the_old_kind_on_a_socket_for_both_is_the_same_peer(app: Flask) -> None:
    app.config["THUOCDO_CALLBACK_PEERS"] = ("10.0.0.0/8",)
    response = app.test_client().post(
        f"/gateway/simulator/inbound/{KEY}", data=TEXT, environ_overrides={"REMOTE_ADDR": "::ffff:10.0.0.1"}
    )
    assert response.status_code == 200


def test_a_forwarded_address_is_not_believed(app: Flask) -> None:
    app.config["THUOCDO_CALLBACK_PEERS"] = ("10.0.0.1",)
    response = app.test_client().post(
        "/gateway/simulator/inbound?key=callback-key-one", data=TEXT, headers={"X-Forwarded-For": "10.0.0.1"}
    )
    assert response.status_code == 404


def test_the_time_of_receipt_is_that_of_the_clock(app: Flask, client: FlaskClient) -> None:
    app.extensions["thuocdo_clock"] = lambda: datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
    inbound(client, TEXT)
    assert stored()[0].received_at == datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
