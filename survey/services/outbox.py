"""The outbox: claim messages, record what became of them. No function here talks to a gateway.

A claim is committed as `sending` with a lease before anything leaves the house. Whatever then happens to the
worker, the row says that the phone may have rung, and nobody sends it again unasked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Row,
    Table,
    Update,
    bindparam,
    select,
    update,
)

from survey.extensions import db
from survey.models import Contact, InboundMessage, Invitation, Message, MessageKind, MessageState, Wave, WaveState
from survey.queries.outbox import send_facts
from survey.services.keys import current_vault
from survey.services.rules import Action, Verdict, Window, verdict

BATCH = 50  # a killed worker leaves at most this many messages of unknown outcome
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Claimed:
    """A message that is ours until `lease_until`, with the number and the text as they leave."""

    id: str
    to: str
    text: str
    parts: int
    tries: int
    lease_until: datetime


@dataclass(frozen=True)
class Claim:
    """What a claim brought: the rules may have `stopped` some of the rows that were due, or `delayed` them."""

    messages: tuple[Claimed, ...] = ()
    looked_at: int = 0
    stopped: int = 0
    delayed: int = 0


def window() -> Window:
    """The sending hours of the configuration."""
    config = current_app.config
    return Window.parse(config["THUOCDO_SMS_WINDOW"], config["THUOCDO_SMS_HOLIDAYS"])


def claim(
    now: datetime,
    gateway: str,
    *,
    limit: int = BATCH,
    parts: float = float("inf"),
    only: Sequence[ColumnElement[bool]] = (),
) -> Claim:
    """Take up to `limit` due messages of up to `parts` parts for `gateway`; the caller commits.

    A row that another worker holds is passed over (PostgreSQL) or cannot exist (SQLite lets one writer in).
    The contact is locked with it, so that two workers cannot both find a phone quiet.
    """
    can_carry = Message.avoid.is_(None) | (Message.avoid != gateway)
    rows = _due(now, limit, (can_carry, *only))
    facts = send_facts([row.id for row in rows])
    hours = window()
    verdicts = {row.id: verdict(facts[row.id], now, hours) for row in rows}
    _hold_back(verdicts, now)
    chosen = _choose([row for row in rows if verdicts[row.id].action is Action.send], parts)
    lease = now + LEASE
    if chosen:
        db.session.execute(
            update(Message)
            .where(Message.id.in_([row.id for row in chosen]), Message.state == MessageState.queued)
            .values(state=MessageState.sending, lease_until=lease, attempted_at=now, gateway=gateway),
            execution_options={"synchronize_session": False},
        )
    actions = [found.action for found in verdicts.values()]
    delayed = actions.count(Action.wait)
    stopped = len(actions) - delayed - actions.count(Action.send)
    return Claim(tuple(_claimed(row, lease) for row in chosen), len(rows), stopped, delayed)


def _due(now: datetime, limit: int, only: Sequence[ColumnElement[bool]]) -> Sequence[Row[Any]]:
    paused = select(Wave.id).where(Wave.state == WaveState.paused)
    query = (
        select(
            Message.id,
            Message.kind,
            Message.contact_id,
            Message.body,
            Message.parts,
            Message.tries,
            Contact.phone_encrypted,
            Invitation.nonce,
        )
        .join(Contact, Contact.id == Message.contact_id)
        .outerjoin(Invitation, Invitation.id == Message.invitation_id)
        .where(
            Message.state == MessageState.queued,
            Message.not_before <= now,
            (Message.kind == MessageKind.reply) | Message.wave_id.not_in(paused),
            *only,
        )
        .order_by(Message.priority, Message.not_before)
        .limit(limit)
        .with_for_update(of=(Message, Contact), skip_locked=True, key_share=True)
    )
    if not window().contains(now):
        query = query.where(Message.kind == MessageKind.reply)
    return cast("Sequence[Row[Any]]", db.session.execute(query).all())


def _choose(rows: list[Row[Any]], parts: float) -> list[Row[Any]]:
    """Those that fit into `parts`; of the messages that we start, one for each number."""
    chosen: list[Row[Any]] = []
    started: set[str] = set()
    for row in rows:
        starts = row.kind is not MessageKind.reply
        if row.parts > parts:
            break
        if starts and row.contact_id in started:
            continue
        parts -= row.parts
        started |= {row.contact_id} if starts else set()
        chosen.append(row)
    return chosen


def _hold_back(verdicts: dict[str, Verdict], now: datetime) -> None:
    """Write down why a message did not go."""
    state = {Action.cancel: MessageState.cancelled, Action.expire: MessageState.expired}
    final = [
        {"key": key, "new_state": state[found.action], "why": found.reason}
        for key, found in verdicts.items()
        if found.action in state
    ]
    waiting = [
        {"key": key, "until": found.until, "why": found.reason}
        for key, found in verdicts.items()
        if found.action is Action.wait
    ]
    connection = db.session.connection()
    if final:
        connection.execute(_FINAL.values(final_at=now), final)
    if waiting:
        connection.execute(_WAITING, waiting)


_TABLE = cast("Table", Message.__table__)
_STILL_QUEUED = update(_TABLE).where(_TABLE.c.id == bindparam("key"), _TABLE.c.state == MessageState.queued)
_FINAL = _STILL_QUEUED.values(state=bindparam("new_state"), reason=bindparam("why"))
_WAITING = _STILL_QUEUED.values(not_before=bindparam("until"), reason=bindparam("why"))


def _claimed(row: Row[Any], lease: datetime) -> Claimed:
    """The number and the link appear here, in memory, and nowhere else."""
    keys, text = current_vault(), row.body
    if row.nonce is not None:
        text = text.replace("{link}", link(keys.token(row.nonce)))
    return Claimed(row.id, keys.decrypt(row.phone_encrypted), text, row.parts, row.tries, lease)


def link(token: str) -> str:
    """What the citizen taps."""
    return f"{current_app.config['THUOCDO_BASE_URL'].rstrip('/')}/s/{token}"


def expire_leases(now: datetime) -> int:
    """Messages whose worker died between claim and record: the phone may have rung. The caller commits."""
    statement = (
        update(Message)
        .where(Message.state == MessageState.sending, Message.lease_until < now)
        .values(state=MessageState.unknown, lease_until=None, reason="the worker stopped before it could tell")
    )
    return _rows(statement)


def cancel(*criteria: ColumnElement[bool], reason: str, now: datetime) -> int:
    """Take back queued messages that we meant to start; answers to citizens still go. The caller commits."""
    statement = (
        update(Message)
        .where(Message.state == MessageState.queued, Message.kind != MessageKind.reply, *criteria)
        .values(state=MessageState.cancelled, reason=reason, final_at=now)
    )
    return _rows(statement)


def cut_off(wave_id: int) -> None:
    """Let go of the way from a phone through its messages and their text to an answer. The caller commits."""
    gone = Message.state.not_in([MessageState.queued, MessageState.sending])
    invitations = select(Invitation.id).where(Invitation.wave_id == wave_id)
    for statement in (
        update(Message).where(Message.wave_id == wave_id, gone).values(invitation_id=None),
        update(InboundMessage)
        .where(InboundMessage.invitation_id.in_(invitations))
        .values(invitation_id=None, text=""),
    ):
        _rows(statement)


def _rows(statement: Update) -> int:
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount
