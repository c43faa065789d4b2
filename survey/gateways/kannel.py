"""Kannel: it speaks SMPP with the operator, we speak HTTP with it.

Its 202 is a hand-over and carries no id: receipts find their message by the id that we put into `dlr-url`.
Options: url (of sendsms), username, password, sender, smsc, callback_url (base address under which it reaches us).
"""

from __future__ import annotations

from urllib.parse import urlencode

from forms.sms_text import is_gsm7
from survey.errors import GatewayError
from survey.gateways.http_client import NOT_TAKEN, Answer, GatewayClosedError, call
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

# Kannel's user guide, delivery reports: the values of %d.
RECEIPTS = {"1": DELIVERED, "2": FAILED, "4": PENDING, "8": ACCEPTED, "16": FAILED}
ALL_RECEIPTS = "31"


class KannelGateway(Adapter):
    def send(self, sms: OutgoingSms) -> SendReceipt:
        options = self.options
        query = {
            "username": options["username"],
            "password": options["password"],
            "from": options.get("sender", options["number"]),
            "to": sms.digits,
            "text": sms.text,
            "charset": "utf-8",
            "dlr-mask": ALL_RECEIPTS,
            "dlr-url": self._receipt_url(sms),
        }
        if not is_gsm7(sms.text):
            query["coding"] = "2"  # without it Kannel puts ? for each Vietnamese letter and says nothing
        if "smsc" in options:
            query["smsc"] = options["smsc"]
        timeout_s = float(options.get("timeout_s", 30.0))
        return _taken(call("GET", f"{options['url']}?{urlencode(query)}", timeout_s=timeout_s))

    def _receipt_url(self, sms: OutgoingSms) -> str:
        return f"{receipt_address(self.name, self.options)}?id={sms.id}&st=%d&ans=%A"

    def read_receipt(self, callback: Callback) -> DeliveryNotice:
        code = field(callback, "st")
        return DeliveryNotice(field(callback, "id"), status_of(code, RECEIPTS), code)

    def read_inbound(self, callback: Callback) -> IncomingSms:
        """Both of its ways: get-url with ?from=%p&to=%P&text=%b&id=%I, and post-url whose body is the text."""
        fields = callback.fields
        text = fields.get("text")
        if text is None:
            if not callback.content_type.startswith("text/"):
                raise ValueError("field text is missing")
            text = callback.body.decode("utf-8", "replace")
        destination = fields.get("to") or fields.get("x-kannel-to", "")
        return IncomingSms(field(callback, "from"), destination, text, fields.get("id", ""))


def _taken(answer: Answer) -> SendReceipt:
    """202 says yes; 400 no to this message; 403 no to us; 503 not now; whoever else answers is not Kannel."""
    words = answer.text.strip()[:80]
    if answer.status == 202 and words[:2] in {"0:", "3:"}:
        return SendReceipt()
    if answer.status in NOT_TAKEN:
        raise GatewayClosedError(f"{answer.status} {words}")
    if answer.status == 400:
        raise GatewayError("refused", words)
    if answer.status == 503:
        raise GatewayError("not_sent", words)
    raise GatewayError("unknown", f"{answer.status} {words}")
