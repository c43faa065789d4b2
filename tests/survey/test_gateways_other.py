"""Zalo's notifications, gateways described in TOML, and the HTTP call beneath them all.

Authority: zalo.cloud (error codes of the notification service); the rule that only what certainly did not leave
the house may be sent again.
"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from survey.errors import GatewayError
from survey.gateways import esms, http_client, make
from survey.gateways.http import HttpGateway
from survey.gateways.http_client import call
from survey.gateways.sms import Callback, DeliveryNotice, NotHereError, OutgoingSms
from survey.gateways.zalo_zns import ZaloZnsGateway
from survey.services.messaging import dispatch, outbox
from tests.survey.gateway_call import SHARED, SMS, TEXT, outcome
from tests.survey.loopback import Canned, Dripping, Provider


def zalo(url: str) -> ZaloZnsGateway:
    own = {"url": url, "access_token": "T", "template_id": 7, "template_data": {"ma": "{token}", "don_vi": "SNV"}}
    return ZaloZnsGateway("zalo_zns", SHARED | own)


def test_zalo_gets_the_end_of_the_link_for_its_button() -> None:
    with (provider := Canned(200, b'{"error":0,"message":"Success","data":{"msg_id":"m1"}}')).running() as url:
        assert zalo(url).send(SMS).provider_id == "m1"
    assert json.loads(provider.sent) == {
        "phone": "84905000001",
        "template_id": "7",
        "template_data": {"ma": "k7Qm2xR9pLd", "don_vi": "SNV"},
        "tracking_id": "a" * 32,
    }
    assert provider.headers["access_token"] == "T"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (-118, "elsewhere"),
        (-124, "closed"),
        (-115, "closed"),
        (-108, "refused"),
        (-100, "unknown"),
        (-999, "unknown"),
    ],
)
def test_zalo_falls_back_only_when_the_number_has_no_zalo(code: int, expected: str) -> None:
    assert outcome(zalo, 200, json.dumps({"error": code, "message": ""})) == expected


def test_zalo_cannot_carry_a_text_without_a_link() -> None:
    reply = OutgoingSms("c" * 32, SMS.to, "Da ghi nhan: 5 4 5 3 5 4.", 1, SMS.at)
    with pytest.raises(NotHereError):
        zalo("http://127.0.0.1:9").send(reply)


def test_zalo_tells_of_deliveries() -> None:
    event = {"event_name": "user_received_message", "message": {"msg_id": "m1", "tracking_id": "a" * 32}}
    callback = Callback({}, json.dumps(event).encode(), "application/json")
    assert zalo("").read_receipt(callback) == DeliveryNotice("a" * 32, "delivered")
    with pytest.raises(ValueError, match="event_name"):
        zalo("").read_receipt(Callback({}, b'{"event_name":"follow"}', "application/json"))


OPERATOR = {
    "headers": {"Authorization": "Bearer secret"},
    "fields": {"to": "{digits}", "text": "{text}", "ref": "snv-{id}"},
    "result": {"code": "status", "id": "data.id", "taken": ["OK"], "refused": ["BAD"], "not_sent": ["BUSY"]},
    "receipt": {"id": "ref", "status": "state", "table": {"D": "delivered", "F": "failed"}},
    "inbound": {"from": "msisdn", "to": "code", "text": "content", "id": "moid"},
}


def operator(url: str, **options: Any) -> HttpGateway:
    return HttpGateway("operator", SHARED | OPERATOR | {"url": url} | options)


@pytest.mark.parametrize("form", ["json", "form", "query"])
def test_a_described_gateway_sends_its_fields_in_its_format(form: str) -> None:
    with (provider := Canned(200, b'{"status":"OK","data":{"id":17}}')).running() as url:
        assert operator(url, format=form).send(SMS).provider_id == "17"
    encoded = urlsplit(provider.path).query if form == "query" else provider.sent.decode()
    found = json.loads(encoded) if form == "json" else {k: v[0] for k, v in parse_qs(encoded).items()}
    assert found == {"to": "84905000001", "text": TEXT, "ref": "snv-" + "a" * 32}
    assert provider.headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, '{"status":"BAD"}', "refused"),
        (200, '{"status":"BUSY"}', "not_sent"),
        (200, '{"status":"?"}', "unknown"),
        (200, "<html>", "unknown"),
    ],
)
def test_a_described_gateways_tables_decide(status: int, body: str, expected: str) -> None:
    assert outcome(operator, status, body) == expected


def test_braces_in_a_text_are_left_alone() -> None:
    sms = OutgoingSms("d" * 32, SMS.to, "{id} {to} {x}", 1, SMS.at)
    with (provider := Canned(200, b'{"status":"OK"}')).running() as url:
        operator(url).send(sms)
    assert json.loads(provider.sent)["text"] == "{id} {to} {x}"


def test_nobody_listening_is_certainly_not_sent() -> None:
    with Canned().running() as url:
        pass
    with pytest.raises(GatewayError) as caught:
        call("GET", url)
    assert caught.value.outcome == "not_sent"


def test_ten_megabytes_are_not_read() -> None:
    with Canned(200, b"x" * 10_000_000).running() as url:
        assert len(call("GET", url).body) == 64 * 1024


def test_an_answer_that_drips_ends_with_the_clock_as_unknown() -> None:
    with Canned(200, b"x" * 1000, drip_s=0.05).running() as url, pytest.raises(GatewayError) as caught:
        call("GET", url, timeout_s=0.4)
    assert caught.value.outcome == "unknown"


def test_headers_that_drip_end_with_the_clock_too() -> None:
    began = time.monotonic()
    with Dripping().running() as url, pytest.raises(GatewayError) as caught:
        call("GET", url, timeout_s=0.4)
    assert caught.value.outcome == "unknown"
    assert time.monotonic() - began < 2


def test_a_provider_that_says_nothing_is_given_up_inside_the_lease() -> None:
    with (provider := Provider(answers=0)).running() as url, pytest.raises(GatewayError) as caught:
        call("GET", url, timeout_s=0.3)
    assert caught.value.outcome == "unknown"
    assert len(provider.received) == 1
    longest = max(http_client.TIMEOUT_S, 2 * esms.TIMEOUT_S + esms.AGAIN_AFTER_S)
    assert timedelta(seconds=longest) < dispatch.MARGIN < outbox.LEASE


def test_a_redirect_is_not_followed() -> None:
    with (elsewhere := Canned(200, b'{"status":"OK"}')).running() as target:
        assert outcome(operator, 302, b"", location=target) == "unknown"
    assert elsewhere.method == ""


def test_an_unknown_adapter_or_status_word_is_an_error_of_the_settings(tmp_path: Any) -> None:
    file = tmp_path / "gateways.toml"
    file.write_text('[mobi]\nadapter = "telex"\n')
    settings = {
        "THUOCDO_GATEWAYS": ("mobi",),
        "THUOCDO_GATEWAY_FILE": str(file),
        "THUOCDO_INSTANCE": tmp_path,
        "THUOCDO_SMS_NUMBER": "8088",
        "THUOCDO_SMS_RATE": 20.0,
        "THUOCDO_BASE_URL": "",
        "THUOCDO_CALLBACK_KEYS": ("k",),
        "THUOCDO_PRODUCTION": True,
    }
    with pytest.raises(ValueError, match="telex"):
        make("mobi", settings)
    with pytest.raises(ValueError, match="maybe"):
        operator("", receipt={"id": "i", "status": "s", "table": {"D": "maybe"}})
    with pytest.raises(ValueError, match="no place in production"):
        make("simulator", settings)
