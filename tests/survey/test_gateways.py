"""Adapters on literal payloads: what they send, and what each answer of the provider means.

Authority: Kannel's user guide and its measured answers; developers.esms.vn (API 4, callback, error codes);
zalo.cloud (error codes of the notification service).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from survey.errors import GatewayError
from survey.gateways import make
from survey.gateways.esms import EsmsGateway
from survey.gateways.http import HttpGateway
from survey.gateways.http_client import GatewayClosedError, call
from survey.gateways.kannel import KannelGateway
from survey.gateways.sms import Callback, DeliveryNotice, IncomingSms, NotHereError, OutgoingSms
from survey.gateways.zalo_zns import ZaloZnsGateway
from tests.survey.loopback import Canned

SHARED = {"number": "8088", "base_url": "https://khaosat.example.vn", "callback_key": "k1"}
TEXT = "Moi danh gia: https://khaosat.example.vn/s/k7Qm2xR9pLd Soan TC de tu choi."
SMS = OutgoingSms("a" * 32, "+84905000001", TEXT, 1, datetime(2026, 10, 14, 3, 0, tzinfo=UTC))


def kannel(url: str, **options: Any) -> KannelGateway:
    own = {"url": f"{url}/cgi-bin/sendsms", "username": "u", "password": "p"}
    return KannelGateway("kannel", SHARED | own | options)


def esms(url: str) -> EsmsGateway:
    return EsmsGateway("esms", SHARED | {"url": url, "api_key": "A", "secret_key": "S", "brandname": "SoNoiVu"})


def zalo(url: str) -> ZaloZnsGateway:
    own = {"url": url, "access_token": "T", "template_id": 7, "template_data": {"ma": "{token}", "don_vi": "SNV"}}
    return ZaloZnsGateway("zalo_zns", SHARED | own)


def outcome(make_gateway: Callable[[str], Any], status: int, body: bytes | str) -> str:
    """Send once against this answer; in one word."""
    data = body if isinstance(body, bytes) else body.encode()
    with Canned(status, data).running() as url:
        try:
            return f"sent {make_gateway(url).send(SMS).provider_id}"
        except GatewayClosedError:
            return "closed"
        except NotHereError:
            return "elsewhere"
        except GatewayError as exc:
            return exc.outcome


def test_kannel_is_asked_for_receipts_by_our_own_id() -> None:
    with (provider := Canned(202, b"0: Accepted for delivery")).running() as url:
        kannel(url).send(SMS)
    query = {name: values[0] for name, values in parse_qs(urlsplit(provider.path).query).items()}
    assert query == {
        "username": "u",
        "password": "p",
        "from": "8088",
        "to": "84905000001",
        "text": TEXT,
        "charset": "utf-8",
        "dlr-mask": "31",
        "dlr-url": f"https://khaosat.example.vn/gateway/kannel/receipt/k1?id={'a' * 32}&st=%d&ans=%A",
    }


def test_kannel_gets_accents_as_ucs2() -> None:
    sms = OutgoingSms("b" * 32, SMS.to, "Kính mời Ông/Bà đánh giá", 1, SMS.at)
    with (provider := Canned(202, b"0: Accepted for delivery")).running() as url:
        kannel(url).send(sms)
    query = parse_qs(urlsplit(provider.path).query)
    assert (query["coding"], query["text"]) == (["2"], ["Kính mời Ông/Bà đánh giá"])


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (202, "0: Accepted for delivery", "sent None"),
        (202, "3: Queued for later delivery", "sent None"),
        (403, "Authorization failed for sendsms", "closed"),
        (404, "", "closed"),
        (302, "", "closed"),
        (400, "Missing receiver number, rejected", "refused"),
        (503, "Temporal failure, try again later.", "not_sent"),
        (500, "", "unknown"),
        (200, "<html><body>Welcome</body></html>", "unknown"),
        (202, "<html>", "unknown"),
    ],
)
def test_kannels_answers(status: int, body: str, expected: str) -> None:
    assert outcome(kannel, status, body) == expected


@pytest.mark.parametrize(
    ("code", "status"),
    [("1", "delivered"), ("2", "failed"), ("4", "pending"), ("8", "accepted"), ("16", "failed")],
)
def test_kannels_receipts(code: str, status: str) -> None:
    callback = Callback({"id": "x", "st": code, "ans": "0"})
    assert kannel("").read_receipt(callback) == DeliveryNotice("x", status, code)


def test_kannel_brings_texts_in_both_of_its_ways() -> None:
    expected = IncomingSms("+84905000001", "8088", "Hài lòng & vui", "0b1c")
    by_get = Callback({"from": "+84905000001", "to": "8088", "text": "Hài lòng & vui", "id": "0b1c"})
    by_post = Callback(
        {"from": "+84905000001", "id": "0b1c", "x-kannel-to": "8088"}, "Hài lòng & vui".encode(), "text/plain"
    )
    assert kannel("").read_inbound(by_get) == expected
    assert kannel("").read_inbound(by_post) == expected


def test_esms_gets_our_id_as_request_id() -> None:
    with (provider := Canned(200, b'{"CodeResult":"100","CountRegenerate":0,"SMSID":"d8e0"}')).running() as url:
        assert esms(url).send(SMS).provider_id == "d8e0"
    assert json.loads(provider.sent) == {
        "ApiKey": "A",
        "SecretKey": "S",
        "Phone": "0905000001",
        "Content": TEXT,
        "Brandname": "SoNoiVu",
        "SmsType": "2",
        "IsUnicode": "0",
        "Sandbox": "0",
        "RequestId": "a" * 32,
        "CallbackUrl": "https://khaosat.example.vn/gateway/esms/receipt/k1",
    }


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, '{"CodeResult":"124","ErrorMessage":"Duplicate RequestId"}', "sent None"),
        (200, '{"CodeResult":"101"}', "closed"),
        (200, '{"CodeResult":"103"}', "closed"),
        (200, '{"CodeResult":"99"}', "refused"),
        (200, '{"CodeResult":"146"}', "refused"),
        (200, '{"CodeResult":"777"}', "unknown"),
        (200, "<html>proxy</html>", "unknown"),
        (200, "[]", "unknown"),
        (502, "", "unknown"),
        (404, "", "closed"),
    ],
)
def test_esms_answers(status: int, body: str, expected: str) -> None:
    assert outcome(esms, status, body) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"SMSID": "s", "SendStatus": "5", "SendSuccess": "1", "RequestId": "r"}, ("r", "delivered")),
        ({"SMSID": "s", "SendStatus": "5", "SendSuccess": "0", "RequestId": ""}, ("s", "failed")),
        ({"SMSID": "s", "SendStatus": "7", "SendSuccess": "0", "RequestId": "r"}, ("r", "accepted")),
        ({"SMSID": "s", "SendStatus": "4", "SendSuccess": "0", "RequestId": "r"}, ("r", "failed")),
        ({"SMSID": "s", "SendStatus": "1", "SendSuccess": "0", "RequestId": "r"}, ("r", "pending")),
    ],
)
def test_esms_receipts(fields: dict[str, str], expected: tuple[str, str]) -> None:
    notice = esms("").read_receipt(Callback(fields))
    assert (notice.message_id, notice.status) == expected


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


def test_an_unknown_adapter_or_status_word_is_an_error_of_the_settings(tmp_path: Any) -> None:
    file = tmp_path / "gateways.toml"
    file.write_text('[mobi]\nadapter = "telex"\n')
    settings = {
        "THUOCDO_GATEWAYS": ("mobi",),
        "THUOCDO_GATEWAY_FILE": str(file),
        "THUOCDO_INSTANCE": tmp_path,
        "THUOCDO_SMS_NUMBER": "8088",
        "THUOCDO_BASE_URL": "",
        "THUOCDO_CALLBACK_KEYS": ("k",),
    }
    with pytest.raises(ValueError, match="telex"):
        make("mobi", settings)
    with pytest.raises(ValueError, match="maybe"):
        operator("", receipt={"id": "i", "status": "s", "table": {"D": "maybe"}})
