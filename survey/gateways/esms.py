"""eSMS.vn, the JSON form of its API version 4 (developers.esms.vn).

`RequestId` is our own id: eSMS refuses a second message with it for 24 hours, so a send that was repeated by
mistake rings no phone twice, and receipts find their message by it.
Options: api_key, secret_key, brandname, sandbox (true: checked, never delivered), callback_url, url.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from forms.sms_text import is_gsm7
from survey.errors import GatewayError
from survey.files import parse_json
from survey.gateways.http_client import NOT_TAKEN, Answer, GatewayClosedError, call, failure
from survey.gateways.sms import (
    ACCEPTED,
    DELIVERED,
    FAILED,
    PENDING,
    Callback,
    DeliveryNotice,
    IncomingSms,
    OutgoingSms,
    SendReceipt,
    field,
    receipt_address,
)

URL = "https://rest.esms.vn/MainService.svc/json/SendMultipleMessage_V4_post_json/"
CUSTOMER_CARE = "2"

TAKEN, REPEATED = "100", "124"
# The provider's table of error codes: what is wrong with us, and what is wrong with the message.
CLOSED = {
    "101": "wrong ApiKey or SecretKey",
    "102": "no price list",
    "103": "balance used up",
    "104": "brandname does not exist",
    "118": "message type not supported",
    "140": "our address is not on the list",
    "300": "message type missing",
}
REFUSED = {
    "99": "number blocked by the provider",
    "108": "number in the wrong form",
    "146": "text differs from the registered template",
    "177": "brandname not registered with this network",
}
# SendStatus of the callback; 5 means "done", and SendSuccess tells how.
RECEIPTS = {"1": PENDING, "2": PENDING, "4": FAILED, "7": ACCEPTED}
DONE = "5"


class EsmsGateway:
    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name = name
        self.rate = float(options["rate"])
        self.options = options

    def send(self, sms: OutgoingSms) -> SendReceipt:
        options = self.options
        body = {
            "ApiKey": options["api_key"],
            "SecretKey": options["secret_key"],
            "Phone": "0" + sms.to.removeprefix("+84"),
            "Content": sms.text,
            "Brandname": options["brandname"],
            "SmsType": CUSTOMER_CARE,
            "IsUnicode": "0" if is_gsm7(sms.text) else "1",
            "Sandbox": "1" if options.get("sandbox", False) else "0",
            "RequestId": sms.id,
            "CallbackUrl": receipt_address(self.name, options),
        }
        headers = {"Content-Type": "application/json"}
        data = json.dumps(body, ensure_ascii=False).encode()
        return _taken(call("POST", options.get("url", URL), body=data, headers=headers))

    def read_receipt(self, callback: Callback) -> DeliveryNotice:
        message_id = callback.fields.get("RequestId") or field(callback, "SMSID")
        status = field(callback, "SendStatus")
        if status == DONE:
            arrived = int(field(callback, "SendSuccess")) > 0
            return DeliveryNotice(message_id, DELIVERED if arrived else FAILED, status)
        if status not in RECEIPTS:
            raise ValueError(f"SendStatus {status!r} is not in the table")
        return DeliveryNotice(message_id, RECEIPTS[status], status)

    def read_inbound(self, callback: Callback) -> IncomingSms:
        raise ValueError("a brandname cannot be answered")


def _taken(answer: Answer) -> SendReceipt:
    if answer.status in NOT_TAKEN:
        raise GatewayClosedError(f"status {answer.status}")
    try:
        result = parse_json(answer.text)
        code = str(result["CodeResult"])
    except (ValueError, KeyError, TypeError) as exc:
        raise GatewayError("unknown", f"status {answer.status}, not the provider's JSON") from exc
    if code in (TAKEN, REPEATED):
        return SendReceipt(result.get("SMSID") or None)
    raise failure(code, CLOSED, REFUSED)
