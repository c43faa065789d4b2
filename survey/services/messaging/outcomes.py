"""What became of the messages that were claimed: one statement for each way a send can end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, String, Table, Update, bindparam, case, func, null, update

from survey.extensions import db
from survey.models import Message, MessageState
from survey.models.types import UtcDateTime
from survey.names import storable
from survey.services.messaging.outbox import Claimed

if TYPE_CHECKING:
    import numpy as np

RETRY_MINUTES = (1, 5, 15, 60)
JITTER = 0.2
_PRIVATE = re.compile(r"\+?\d[\d -]{7,}\d|/s/\w+")


@dataclass(frozen=True)
class Outcome:
    """What a send came to: sent, not_sent, refused, unknown, or released (never tried)."""

    message: Claimed
    result: str
    at: datetime
    provider_id: str | None = None
    reason: str = ""


def record(outcomes: Iterable[Outcome], rng: np.random.Generator) -> list[str]:
    """Write down what the sends came to; the caller commits. Returns the messages that will never arrive.

    Each statement names the states that it may leave, so that a receipt which was quicker keeps the last word.
    """
    by_result: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_result.setdefault(outcome.result, []).append(outcome)
    for result, rows in by_result.items():
        rows.sort(key=lambda row: row.message.id)  # the order in which receipts lock them
        db.session.connection().execute(_RECORD[result], [_values(row, rng) for row in rows])
    return [outcome.message.id for rows in by_result.values() for outcome in rows if _is_lost(outcome)]


def _is_lost(outcome: Outcome) -> bool:
    used_up = outcome.result == "not_sent" and outcome.message.tries >= len(RETRY_MINUTES)
    return outcome.result == "refused" or used_up


def _values(outcome: Outcome, rng: np.random.Generator) -> dict[str, Any]:
    """The parameters of this outcome's statement."""
    key = {"key": outcome.message.id}
    match outcome.result:
        case "sent":
            return key | {"moment": outcome.at, "provider": _provider_id(outcome)}
        case "not_sent":
            return key | {"moment": outcome.at, "why": _why(outcome), "retry_at": _retry_at(outcome, rng)}
        case "refused":
            return key | {"moment": outcome.at, "why": _why(outcome)}
        case "unknown":
            return key | {"why": _why(outcome)}
        case _:
            return key


def _why(outcome: Outcome) -> str:
    """A provider's words may repeat the number or the link, which must not stay when the contact is erased."""
    return storable(_PRIVATE.sub("***", outcome.reason))[:255]


def _provider_id(outcome: Outcome) -> str | None:
    return None if outcome.provider_id is None else storable(str(outcome.provider_id))[:128]


def _retry_at(outcome: Outcome, rng: np.random.Generator) -> datetime:
    minutes = RETRY_MINUTES[min(outcome.message.tries, len(RETRY_MINUTES) - 1)]
    return outcome.at + timedelta(minutes=minutes * (1 + rng.uniform(-JITTER, JITTER)))


_TABLE = cast("Table", Message.__table__)
_MINE = _TABLE.c.state == MessageState.sending
_OPEN = _MINE | (_TABLE.c.state == MessageState.unknown)
_LAST_TRY = _TABLE.c.tries >= len(RETRY_MINUTES)


def _set(*conditions: ColumnElement[bool], **values: Any) -> Update:
    return update(_TABLE).where(_TABLE.c.id == bindparam("key"), *conditions).values(lease_until=null(), **values)


_RECORD: dict[str, Update] = {
    "sent": _set(
        state=case((_OPEN, MessageState.handed_over.value), else_=_TABLE.c.state),
        handed_over_at=func.coalesce(_TABLE.c.handed_over_at, bindparam("moment", type_=UtcDateTime)),
        provider_id=func.coalesce(bindparam("provider", type_=String), _TABLE.c.provider_id),
    ),
    "unknown": _set(_MINE, state=MessageState.unknown, reason=bindparam("why")),
    "refused": _set(
        _OPEN,
        state=MessageState.failed,
        reason=bindparam("why"),
        final_at=bindparam("moment"),
        attempted_at=null(),
    ),
    "not_sent": _set(
        _MINE,
        state=case((_LAST_TRY, MessageState.dead.value), else_=MessageState.queued.value),
        final_at=case((_LAST_TRY, bindparam("moment", type_=UtcDateTime)), else_=null()),
        reason=bindparam("why"),
        tries=_TABLE.c.tries + 1,
        not_before=bindparam("retry_at"),
        attempted_at=null(),
    ),
    "elsewhere": _set(
        _MINE, state=MessageState.queued, attempted_at=null(), gateway=null(), avoid=_TABLE.c.gateway
    ),
    "released": _set(_MINE, state=MessageState.queued, attempted_at=null(), gateway=null()),
}
