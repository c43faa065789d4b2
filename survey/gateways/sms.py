"""What an SMS gateway is to us: it sends one text, and it can read what its provider calls us back with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from survey.errors import GatewayError

ACCEPTED, DELIVERED, FAILED, PENDING = "accepted", "delivered", "failed", "pending"


@dataclass(frozen=True)
class OutgoingSms:
    """One text on its way. `id` is the outbox row's: the idempotency key, and the name receipts come back to."""

    id: str
    to: str  # E.164 with its plus
    text: str
    parts: int
    at: datetime

    @property
    def digits(self) -> str:
        """The number as most operators want it: country code first, no plus."""
        return self.to.removeprefix("+")


@dataclass(frozen=True)
class SendReceipt:
    """The gateway took the message; this is a hand-over, never a delivery."""

    provider_id: str | None = None


@dataclass(frozen=True)
class Callback:
    """A request of a provider, whatever its method: the fields of query and form, and the raw body."""

    fields: Mapping[str, str]
    body: bytes = b""
    content_type: str = ""


@dataclass(frozen=True)
class DeliveryNotice:
    """`message_id` is ours or, where the provider knows no other, its own; `status` one of the four above."""

    message_id: str
    status: str
    provider_code: str = ""


@dataclass(frozen=True)
class IncomingSms:
    """A text from a phone. An empty `external_id` means that the provider gives none."""

    sender: str
    destination: str
    text: str
    external_id: str = ""


class NotHereError(GatewayError):
    """This gateway cannot carry this message, nothing was sent, and another gateway may."""

    def __init__(self, reason: str) -> None:
        super().__init__("not_sent", reason)


class SmsGateway(Protocol):
    """One provider."""

    name: str
    rate: float  # SMS parts a second by contract

    def send(self, sms: OutgoingSms) -> SendReceipt:
        """Hand the text over; raise `GatewayError` with what is known of the outcome otherwise."""
        ...

    def read_receipt(self, callback: Callback) -> DeliveryNotice:
        """Raise ValueError for a status that the provider's table does not have, or a missing field."""
        ...

    def read_inbound(self, callback: Callback) -> IncomingSms:
        """Raise ValueError when sender or text is missing."""
        ...


class Adapter:
    """What is set for a provider: adapters hold nothing else, so that any worker may use one at any time."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name = name
        self.rate = float(options["rate"])
        self.options = options


def status_of(code: str, table: Mapping[str, str]) -> str:
    """What a provider's code of a receipt means to us; a code that its table does not have is an error."""
    if code not in table:
        raise ValueError(f"status {code!r} is not in the provider's table")
    return table[code]


def field(callback: Callback, name: str) -> str:
    """A field that must be there; an empty text is a text."""
    if name not in callback.fields:
        raise ValueError(f"field {name} is missing")
    return callback.fields[name]


def receipt_address(name: str, options: Mapping[str, Any]) -> str:
    """Where the gateway of this name sends its receipts; `callback_url` when it reaches us by another way."""
    base = str(options.get("callback_url", options["base_url"])).rstrip("/")
    return f"{base}/gateway/{name}/receipt/{options['callback_key']}"
