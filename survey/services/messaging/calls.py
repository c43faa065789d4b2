"""One call to a gateway, and the look at the rules just before it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import OperationalError

from survey.errors import GatewayError
from survey.extensions import db, reading
from survey.gateways.http_client import GatewayClosedError
from survey.gateways.sms import NotHereError, OutgoingSms, SmsGateway
from survey.queries.outbox import send_facts
from survey.services.messaging import outbox
from survey.services.messaging.outbox import Claimed
from survey.services.messaging.outcomes import Outcome
from survey.services.messaging.rules import SEND, verdict


def outcome(gateway: SmsGateway, message: Claimed, sms: OutgoingSms) -> Outcome:
    """The call itself: what came of it in one word."""
    try:
        return Outcome(message, "sent", sms.at, gateway.send(sms).provider_id)
    except GatewayClosedError as exc:
        return Outcome(message, "closed", sms.at, reason=exc.reason)
    except NotHereError as exc:
        return Outcome(message, "elsewhere", sms.at, reason=exc.reason)
    except GatewayError as exc:
        return Outcome(message, exc.outcome, sms.at, reason=exc.reason)
    except Exception as exc:  # noqa: BLE001 -- a fault of the adapter: the phone may have rung
        return Outcome(message, "unknown", sms.at, reason=type(exc).__name__)


def no_longer_allowed(message_ids: list[str], now: datetime) -> set[str]:
    """Those whose citizen answered or refused, or whose wave stopped, since the claim; all, if nobody can tell."""
    hours = outbox.window()
    try:
        with reading():
            facts = send_facts(message_ids)
            db.session.rollback()
    except OperationalError:
        db.session.rollback()
        return set(message_ids)
    return {key for key, fact in facts.items() if verdict(fact, now, hours) is not SEND}
