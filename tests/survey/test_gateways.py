"""Kannel and eSMS on literal payloads: what we send, and what each of their answers means.

Authority: Kannel's user guide and its measured answers; developers.esms.vn (API 4, callback, error codes).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from survey.errors import GatewayError
from survey.gateways.esms import EsmsGateway
from survey.gateways.kannel import KannelGateway
from survey.gateways.sms import Callback, DeliveryNotice, IncomingSms, OutgoingSms
from tests.survey.gateway_call import SHARED, SMS, TEXT, outcome
from tests.survey.loopback import Canned, Scripted


def kannel(url: str, **options: Any) -> KannelGateway:
    own = {"url": f"{url}/cgi-bin/sendsms", "username": "u", "password": "p"}
    return KannelGateway("kannel", SHARED | own | options)


def esms(url: str) -> EsmsGateway:
    own = {"api_key": "A", "secret_key": "S", "brandname": "SoNoiVu", "again_after_s": 0}
    return EsmsGateway("esms", SHARED | own | {"url": url})


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


TAKEN, REPEATED, BLOCKED = b'{"CodeResult":"100","SMSID":"s"}', b'{"CodeResult":"124"}', b'{"CodeResult":"99"}'


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ((200, TAKEN), "sent"),
        ((200, REPEATED), "sent"),
        ((200, BLOCKED), "refused"),
        ((502, b""), "unknown"),
        ((404, b""), "unknown"),
        ((200, b'{"CodeResult":"101"}'), "unknown"),
    ],
    ids=["taken now", "was taken", "refused", "no answer again", "nobody there", "log-in refused meanwhile"],
)
def test_esms_is_asked_once_more_with_the_same_request_id(second: tuple[int, bytes], expected: str) -> None:
    with (provider := Scripted((502, b"<html>"), second)).running() as url:
        try:
            esms(url).send(SMS)
            found = "sent"
        except GatewayError as exc:
            found = exc.outcome
    assert found == expected
    assert [json.loads(body)["RequestId"] for body in provider.asked] == ["a" * 32] * 2


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
