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
    Integer,
    Row,
    Select,
    String,
    Table,
    Update,
    bindparam,
    select,
    update,
)

from survey.crypto import Vault
from survey.extensions import db
from survey.models import Contact, InboundMessage, Invitation, Message, MessageKind, MessageState, Wave, WaveState
from survey.models.types import UtcDateTime
from survey.queries.members import is_one_of, keys
from survey.queries.outbox import send_facts
from survey.services.messaging.rules import Action, Verdict, Window, verdict
from survey.services.office.keys import current_vault

BATCH = 50  # a killed worker leaves at most this many messages of unknown outcome
LEASE = timedelta(minutes=5)
ANSWER, BULK = 0, 5  # the two priorities


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
    """Messages that this worker sends, until `lease_until`."""

    rows: tuple[Row[Any], ...]
    lease_until: datetime

    @property
    def parts(self) -> int:
        return sum(row.parts for row in self.rows)

    def messages(self) -> tuple[Claimed, ...]:
        """Numbers and links appear here, in memory, after the commit: no lock waits for the decryption."""
        vault, base = current_vault(), link("")
        return tuple(_claimed(vault, base, row, self.lease_until) for row in self.rows)


def window() -> Window:
    """The sending hours of the configuration."""
    config = current_app.config
    return Window.parse(config["THUOCDO_SMS_WINDOW"], config["THUOCDO_SMS_HOLIDAYS"])


@dataclass(frozen=True)
class Due:
    """Messages that may go now, locked until the caller commits; how many others were `stopped` or `delayed`."""

    rows: tuple[Row[Any], ...]
    looked_at: int
    stopped: int
    delayed: int


NONE_DUE = Due((), 0, 0, 0)


def look(now: datetime, gateway: str, *, limit: int = BATCH, only: Sequence[ColumnElement[bool]] = ()) -> Due:
    """Lock up to `limit` due messages for `gateway`, and write down why some of them do not go.

    A row that another worker holds is passed over (PostgreSQL) or cannot exist (SQLite lets one writer in).
    The contact is locked with it, so that two workers cannot both find a phone quiet.
    """
    hours = window()
    rows = _due(now, gateway, limit, only, is_open=hours.contains(now))
    facts = send_facts([row.id for row in rows]) if rows else {}
    verdicts = {row.id: verdict(facts[row.id], now, hours) for row in rows}
    _hold_back(verdicts, now)
    actions = [found.action for found in verdicts.values()]
    may_go = tuple(row for row in rows if verdicts[row.id].action is Action.send)
    delayed = actions.count(Action.wait)
    return Due(may_go, len(rows), len(rows) - delayed - len(may_go), delayed)


def take(due: Due, now: datetime, gateway: str, *, parts: float = float("inf")) -> Claim:
    """Those of the messages that fit into `parts`; from the caller's commit on they are `sending`."""
    chosen, lease = _choose(due.rows, parts), now + LEASE
    if chosen:
        ids = {"ids": [row.id for row in chosen]}
        db.session.connection().execute(_SENDING, ids | {"lease": lease, "started": now, "name": gateway})
    return Claim(tuple(chosen), lease)


def _due(
    now: datetime, gateway: str, limit: int, only: Sequence[ColumnElement[bool]], *, is_open: bool
) -> Sequence[Row[Any]]:
    """Answers before what we start, in two looks: each is one run of the index, however much else is queued."""
    found: list[Row[Any]] = []
    for query in (_ANSWERS, _STARTED) if is_open else (_ANSWERS,):
        most = {"now": now, "gateway": gateway, "most": limit - len(found)}
        found += db.session.connection().execute(query.where(*only) if only else query, most).all()
    return found


def _choose(rows: Sequence[Row[Any]], parts: float) -> list[Row[Any]]:
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
        {"key": key, "new_state": state[found.action], "why": found.reason, "moment": now}
        for key, found in verdicts.items()
        if found.action in state
    ]
    waiting = [
        {"key": key, "until": found.until, "why": found.reason}
        for key, found in verdicts.items()
        if found.action is Action.wait
    ]
    for statement, rows in ((_FINAL, final), (_WAITING, waiting)):
        if rows:
            db.session.connection().execute(statement, rows)


# Built once: putting a statement together costs more than running it.
_TABLE = cast("Table", Message.__table__)
_STILL_QUEUED = update(_TABLE).where(_TABLE.c.id == bindparam("key"), _TABLE.c.state == MessageState.queued)
_FINAL = _STILL_QUEUED.values(state=bindparam("new_state"), reason=bindparam("why"), final_at=bindparam("moment"))
_WAITING = _STILL_QUEUED.values(not_before=bindparam("until"), reason=bindparam("why"))
_SENDING = (
    update(_TABLE)
    .where(is_one_of(_TABLE.c.id, keys("ids")))  # locked, and seen to be queued
    .values(
        state=MessageState.sending,
        lease_until=bindparam("lease"),
        attempted_at=bindparam("started"),
        gateway=bindparam("name"),
    )
)
_DUE = cast(
    "Select[Any]",
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
        Message.not_before <= bindparam("now", type_=UtcDateTime),
        Message.avoid.is_(None) | (Message.avoid != bindparam("gateway", type_=String)),
    )
    .order_by(Message.not_before)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=(Message, Contact), skip_locked=True, key_share=True),
)
_ANSWERS = _DUE.where(Message.priority == ANSWER, Message.kind == MessageKind.reply)
_STARTED = _DUE.where(
    Message.priority == BULK,
    (Message.kind == MessageKind.reply)
    | Message.wave_id.not_in(select(Wave.id).where(Wave.state == WaveState.paused)),
)


def _claimed(vault: Vault, base: str, row: Row[Any], lease: datetime) -> Claimed:
    text = row.body if row.nonce is None else row.body.replace("{link}", base + vault.token(row.nonce))
    return Claimed(row.id, vault.decrypt(row.phone_encrypted), text, row.parts, row.tries, lease)


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
