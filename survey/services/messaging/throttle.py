"""Rate, circuit breaker and switch of each gateway, in one row that all its workers share."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Row, select
from sqlalchemy.dialects import postgresql, sqlite

from survey.extensions import db
from survey.models import GatewayState
from survey.services.office import audit

SHARE_OF_CONTRACT = 0.8
SMALLEST_BURST = 10.0  # a text of six parts must fit at any rate
FULL = 1e9  # a new bucket; what it may hold is seen when it is filled
TRIP_AFTER: int = 5
PAUSE = timedelta(minutes=1)


def locked(name: str, now: datetime) -> GatewayState:
    """The row of a gateway, held until the caller commits."""
    query = select(GatewayState).where(GatewayState.name == name).with_for_update()
    state = db.session.scalar(query)
    if state is None:
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        row = {"name": name, "enabled": True, "tokens": FULL, "refilled_at": now, "failures": 0}
        db.session.execute(insert(GatewayState).values(row).on_conflict_do_nothing())
        state = db.session.scalars(query).one()
    return state


def refill(state: GatewayState, now: datetime, contract: float) -> None:
    """Fill the bucket up to `now` at our share of the contract's parts a second; it holds a second's worth."""
    rate = SHARE_OF_CONTRACT * contract
    elapsed_s = max(0.0, (now - state.refilled_at).total_seconds())
    state.tokens = min(max(SMALLEST_BURST, rate), state.tokens + elapsed_s * rate)
    state.refilled_at = now


def pause_s(contract: float) -> float:
    """Seconds until the bucket holds another part."""
    return 1 / (SHARE_OF_CONTRACT * contract)


def is_open(state: GatewayState | Row[bool, datetime | None], now: datetime) -> bool:
    """Whether the gateway may be asked: switched on, and its breaker not tripped."""
    return bool(state.enabled) and (state.open_until is None or state.open_until <= now)


def is_in_use(name: str, now: datetime) -> bool:
    """`is_open` as it looks without waiting for the row."""
    query = select(GatewayState.enabled, GatewayState.open_until).where(GatewayState.name == name)
    row = db.session.execute(query).one_or_none()
    return row is None or is_open(row, now)


def routed_elsewhere(name: str, now: datetime) -> set[str]:
    """The networks whose numbers belong to another gateway that works at the moment."""
    routes: dict[str, str] = current_app.config["THUOCDO_SMS_ROUTES"]
    others = {carrier: gateway for carrier, gateway in routes.items() if gateway != name}
    if not others:
        return set()
    states = db.session.scalars(select(GatewayState).where(GatewayState.name.in_(set(others.values()))))
    closed = {state.name for state in states if not is_open(state, now)}
    return {carrier for carrier, gateway in others.items() if gateway not in closed}


def note(name: str, now: datetime, failures: int) -> None:
    """`failures` in a row so far; too many, and nobody asks this gateway for a minute. The caller commits."""
    state = locked(name, now)
    state.failures = failures
    state.open_until = now + PAUSE if failures >= TRIP_AFTER else None


def switch(name: str, *, on: bool, actor: str, now: datetime) -> None:
    """Switch a gateway off or on; its queue stays, and what it has taken still gets its receipts."""
    locked(name, now).enabled = on
    audit.record(actor, "gateway.on" if on else "gateway.off", f"gateway:{name}", now=now)
    db.session.commit()
