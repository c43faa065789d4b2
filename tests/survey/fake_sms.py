"""A gateway for tests of the outbox, written by hand: remembers what it was asked and does as it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from survey.errors import GatewayError
from survey.extensions import db
from survey.gateways.sms import Callback, DeliveryNotice, IncomingSms, OutgoingSms, SendReceipt
from survey.models import Message
from survey.services.messaging.dispatch import DispatchReport, send_due


class FakeSms:
    """Takes every text unless `errors` names an outcome for its number; `during` runs inside each call."""

    def __init__(
        self,
        name: str = "fake",
        errors: dict[str, str] | None = None,
        during: Callable[[OutgoingSms], None] | None = None,
    ) -> None:
        self.name, self.rate = name, 10_000.0
        self.sent: list[OutgoingSms] = []
        self.errors = errors or {}
        self.during = during
        self.in_transaction = False

    def send(self, sms: OutgoingSms) -> SendReceipt:
        self.sent.append(sms)
        self.in_transaction |= db.session().in_transaction()
        if self.during:
            self.during(sms)
        outcome = self.errors.get(sms.to, self.errors.get("*"))
        if outcome:
            raise GatewayError(outcome, "as told")
        return SendReceipt(f"{self.name}-{len(self.sent)}")

    def read_receipt(self, callback: Callback) -> DeliveryNotice:
        raise NotImplementedError

    def read_inbound(self, callback: Callback) -> IncomingSms:
        raise NotImplementedError


def send(now: datetime, *gateways: Any, **kw: Any) -> DispatchReport:
    """One round through these gateways; waiting for the rate is not part of it."""
    return send_due(now, gateways={gateway.name: gateway for gateway in gateways}, sleep=lambda _s: None, **kw)


def state_of(message_id: str) -> str:
    db.session.rollback()
    message = db.session.get(Message, message_id, populate_existing=True)
    state = message.state.value
    db.session.rollback()
    return state
