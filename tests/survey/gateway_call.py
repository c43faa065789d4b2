"""One text, sent through an adapter against one canned answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from survey.errors import GatewayError
from survey.gateways.http_client import GatewayClosedError
from survey.gateways.sms import NotHereError, OutgoingSms
from tests.survey.loopback import Canned

SHARED = {"number": "8088", "base_url": "https://khaosat.example.vn", "callback_key": "k1", "rate": 20}
TEXT = "Moi danh gia: https://khaosat.example.vn/s/k7Qm2xR9pLd Soan TC de tu choi."
SMS = OutgoingSms("a" * 32, "+84905000001", TEXT, 1, datetime(2026, 10, 14, 3, 0, tzinfo=UTC))


def outcome(make_gateway: Callable[[str], Any], status: int, body: bytes | str, *, location: str = "") -> str:
    """Send once against this answer; in one word."""
    data = body if isinstance(body, bytes) else body.encode()
    with Canned(status, data, location=location).running() as url:
        try:
            return f"sent {make_gateway(url).send(SMS).provider_id}"
        except GatewayClosedError:
            return "closed"
        except NotHereError:
            return "elsewhere"
        except GatewayError as exc:
            return exc.outcome
