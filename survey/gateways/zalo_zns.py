"""Zalo's notification service: a registered template with a button that carries the link.

A text without a link, and a number without Zalo, is for another gateway; nothing else falls back, least of all an
unknown outcome: the citizen would get both.
Options: access_token, template_id, template_data (values may hold {token}, the end of the link), url.
"""

from __future__ import annotations

import json
import re

from survey.files import parse_json
from survey.gateways.http_client import Answer, call, failure
from survey.gateways.sms import (
    DELIVERED,
    Adapter,
    Callback,
    DeliveryNotice,
    IncomingSms,
    NotHereError,
    OutgoingSms,
    SendReceipt,
)

URL = "https://business.openapi.zalo.me/message/template"
TAKEN, NOT_A_USER = "0", "-118"
# The provider's table of error codes (zalo.cloud/zns/guidelines/handle-error-code).
CLOSED = {
    "-101": "application invalid",
    "-102": "application does not exist",
    "-103": "application not activated",
    "-104": "secret key invalid",
    "-105": "application not linked to an account",
    "-109": "template invalid",
    "-115": "out of quota",
    "-124": "access token invalid",
    "-131": "template not approved",
    "-132": "template does not exist",
}
REFUSED = {
    "-108": "number invalid",
    "-110": "version of Zalo not supported",
    "-114": "user inactive or refuses messages",
}
_TOKEN = re.compile(r"/s/(\w+)")


class ZaloZnsGateway(Adapter):
    def send(self, sms: OutgoingSms) -> SendReceipt:
        found = _TOKEN.search(sms.text)
        if found is None:
            raise NotHereError("no link: not a message of the template")
        data = {
            name: str(value).replace("{token}", found[1]) for name, value in self.options["template_data"].items()
        }
        body = {
            "phone": sms.digits,
            "template_id": str(self.options["template_id"]),
            "template_data": data,
            "tracking_id": sms.id,
        }
        headers = {"Content-Type": "application/json", "access_token": self.options["access_token"]}
        return _taken(call("POST", self.options.get("url", URL), body=json.dumps(body).encode(), headers=headers))

    def read_receipt(self, callback: Callback) -> DeliveryNotice:
        """The webhook `user_received_message`: Zalo tells of deliveries only."""
        event = parse_json(callback.body or b"{}")
        message = event.get("message") if isinstance(event, dict) else None
        if not isinstance(message, dict) or event.get("event_name") != "user_received_message":
            raise ValueError("event_name is not user_received_message")
        message_id = message.get("tracking_id") or message.get("msg_id")
        if not message_id:
            raise ValueError("field tracking_id is missing")
        return DeliveryNotice(str(message_id), DELIVERED)

    def read_inbound(self, callback: Callback) -> IncomingSms:
        raise ValueError("notifications cannot be answered")


def _taken(answer: Answer) -> SendReceipt:
    code, result = answer.json_code("error")
    if code == TAKEN:
        return SendReceipt(str(result.get("data", {}).get("msg_id", "")) or None)
    if code == NOT_A_USER:
        raise NotHereError("not a Zalo user")
    raise failure(code, CLOSED, REFUSED)
