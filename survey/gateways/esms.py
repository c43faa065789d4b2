"""eSMS.vn, the JSON form of its API version 4 (developers.esms.vn).

`RequestId` is our own id: eSMS documents that it refuses a second message with it for 24 hours (code 124).
Receipts find their message by it, and a call that got no answer can be repeated.
Options: api_key, secret_key, brandname, sandbox (true: checked, never delivered), callback_url, url.
"""

from __future__ import annotations

import json
import time

from forms.sms_text import is_gsm7
from survey.errors import GatewayError
from survey.gateways.http_client import Answer, NoAnswerError, call, failure
from survey.gateways.sms import (
    ACCEPTED,
    DELIVERED,
    FAILED,
    PENDING,
    Adapter,
    Callback,
    DeliveryNotice,
    IncomingSms,
    OutgoingSms,
    SendReceipt,
    field,
    receipt_address,
    status_of,
)

URL = "https://rest.esms.vn/MainService.svc/json/SendMultipleMessage_V4_post_json/"
CUSTOMER_CARE = "2"
TIMEOUT_S, AGAIN_AFTER_S = 20.0, 3.0  # two calls end well inside the lease of a message

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


class EsmsGateway(Adapter):
    """A call without an answer is made once more: with the same `RequestId` the phone rings once at most."""

    def send(self, sms: OutgoingSms) -> SendReceipt:
        try:
            return self._ask(sms)
        except NoAnswerError as first:
            time.sleep(float(self.options.get("again_after_s", AGAIN_AFTER_S)))
            try:
                return self._ask(sms)
            except GatewayError as second:
                if second.outcome == "refused":
                    raise
                raise first from second  # the first call may have been taken, whatever kept the second away

    def _ask(self, sms: OutgoingSms) -> SendReceipt:
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
        url = options.get("url", URL)
        return _taken(call("POST", url, body=data, headers=headers, timeout_s=TIMEOUT_S))

    def read_receipt(self, callback: Callback) -> DeliveryNotice:
        message_id = callback.fields.get("RequestId") or field(callback, "SMSID")
        status = field(callback, "SendStatus")
        if status == DONE:
            arrived = int(field(callback, "SendSuccess")) > 0
            return DeliveryNotice(message_id, DELIVERED if arrived else FAILED, status)
        return DeliveryNotice(message_id, status_of(status, RECEIPTS), status)

    def read_inbound(self, callback: Callback) -> IncomingSms:
        raise ValueError("a brandname cannot be answered")


def _taken(answer: Answer) -> SendReceipt:
    code, result = answer.json_code("CodeResult")
    if code in (TAKEN, REPEATED):
        return SendReceipt(result.get("SMSID") or None)
    raise failure(code, CLOSED, REFUSED)
