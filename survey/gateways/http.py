"""A gateway nobody foresaw, described in the TOML file instead of code.

::

    [operator]
    adapter = "http"
    url = "https://sms.operator.vn/send"
    method = "POST"                     # or GET
    format = "json"                     # or form, query
    headers = { Authorization = "Bearer …" }
    fields = { to = "{digits}", text = "{text}", ref = "{id}" }   # also {to} with its plus
    result = { code = "status", id = "data.id", taken = ["OK"], refused = ["BAD_NUMBER"], not_sent = ["BUSY"],
               closed = ["AUTH"] }      # without `code` the HTTP status is the code
    receipt = { id = "ref", status = "state", table = { D = "delivered", F = "failed", S = "accepted" } }
    inbound = { from = "msisdn", to = "short_code", text = "content", id = "moid" }
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from survey.errors import GatewayError
from survey.files import parse_json
from survey.gateways.http_client import Answer, GatewayClosedError, call
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
    status_of,
)

CONTENT_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
STATUSES = frozenset({ACCEPTED, DELIVERED, FAILED, PENDING})


class HttpGateway(Adapter):
    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        super().__init__(name, options)
        self.format = str(options.get("format", "json"))
        if self.format not in {"json", "form", "query"}:
            raise ValueError(f"THUOCDO_GATEWAY_FILE: {name}.format must be json, form or query")
        wrong = set(options.get("receipt", {}).get("table", {}).values()) - STATUSES
        if wrong:
            raise ValueError(f"THUOCDO_GATEWAY_FILE: {name}.receipt.table: unknown status {min(wrong)}")

    def send(self, sms: OutgoingSms) -> SendReceipt:
        known = {"to": sms.to, "digits": sms.digits, "text": sms.text, "id": sms.id}
        fields = {name: _filled(str(value), known) for name, value in self.options["fields"].items()}
        headers = {name: str(value) for name, value in self.options.get("headers", {}).items()}
        url, body = str(self.options["url"]), None
        if self.format == "query":
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
        else:
            text = json.dumps(fields, ensure_ascii=False) if self.format == "json" else urlencode(fields)
            body, headers = text.encode(), {"Content-Type": CONTENT_TYPES[self.format], **headers}
        method = str(self.options.get("method", "POST"))
        return self._taken(call(method, url, body=body, headers=headers))

    def _taken(self, answer: Answer) -> SendReceipt:
        """What the tables say of the code; a code in no table is an unknown outcome."""
        rules = self.options.get("result", {})
        code = str(_dug(answer, rules["code"])) if "code" in rules else str(answer.status)
        if code in rules.get("taken", ["200", "201", "202"]):
            provider_id = _dug(answer, rules["id"]) if "id" in rules else None
            return SendReceipt(None if provider_id is None else str(provider_id))
        if code in rules.get("closed", ["401", "403"]):
            raise GatewayClosedError(f"code {code}")
        outcome = next((name for name in ("refused", "not_sent") if code in rules.get(name, ())), "unknown")
        raise GatewayError(outcome, f"code {code[:40]}, status {answer.status}")

    def read_receipt(self, callback: Callback) -> DeliveryNotice:
        rules = self.options["receipt"]
        code = field(callback, rules["status"])
        return DeliveryNotice(field(callback, rules["id"]), status_of(code, rules["table"]), code)

    def read_inbound(self, callback: Callback) -> IncomingSms:
        names = self.options["inbound"]
        optional = {key: callback.fields.get(names[key], "") if key in names else "" for key in ("to", "id")}
        return IncomingSms(
            field(callback, names["from"]), optional["to"], field(callback, names["text"]), optional["id"]
        )


def _filled(template: str, known: Mapping[str, str]) -> str:
    """By plain replacement: a text that holds braces stays as it is."""
    whole = template[1:-1]
    if template.startswith("{") and whole in known:
        return known[whole]
    for name in ("to", "digits", "id"):
        template = template.replace(f"{{{name}}}", known[name])
    return template.replace("{text}", known["text"])


def _dug(answer: Answer, path: str) -> Any:
    """The value at `data.id` of the JSON answer, or None."""
    try:
        found = parse_json(answer.text)
    except ValueError:
        return None
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
