"""A phone network in one SQLite file: it rings, loses, delays, repeats, and its citizens text back.

It is a gateway like any other and reaches the product only through the callback endpoints (`pump`), so that no
line elsewhere knows that it is a simulation. Only invented numbers belong here: its inboxes are not encrypted.
"""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from werkzeug.test import Client

from survey.errors import GatewayError
from survey.gateways.sms import (
    ACCEPTED,
    DELIVERED,
    FAILED,
    Adapter,
    Callback,
    DeliveryNotice,
    IncomingSms,
    OutgoingSms,
    SendReceipt,
    field,
)

Deliver = Callable[[str, dict[str, str]], bool]  # ("receipt" | "inbound", fields) -> taken


@dataclass(frozen=True)
class Fate:
    """What becomes of one text: the error the sender sees, whether the phone rings, the receipts in order."""

    error: str | None = None
    rings: bool = True
    receipts: tuple[str, ...] = (ACCEPTED, DELIVERED)


FATES: dict[str, Fate] = {
    "delivered": Fate(),
    "undeliverable": Fate(rings=False, receipts=(ACCEPTED, FAILED)),
    "no_report": Fate(receipts=(ACCEPTED,)),
    "no_receipt": Fate(receipts=()),
    "reversed": Fate(receipts=(DELIVERED, ACCEPTED)),
    "repeated": Fate(receipts=(ACCEPTED, ACCEPTED, DELIVERED, DELIVERED)),
    "timeout_late_receipt": Fate(error="unknown"),
    "timeout_silent": Fate(error="unknown", receipts=()),
    "timeout_lost": Fate(error="unknown", rings=False, receipts=()),
    "refused": Fate(error="refused", rings=False, receipts=()),
    "busy": Fate(error="not_sent", rings=False, receipts=()),
}

# Numbers whose fate is always the same, for a test message before a launch: +84900000001 is delivered, …
FIXED_NUMBERS: dict[str, str] = {f"+849000000{index:02d}": fate for index, fate in enumerate(FATES, start=1)}

SCHEMA = """
CREATE TABLE IF NOT EXISTS text (
    id INTEGER PRIMARY KEY, phone TEXT NOT NULL, from_phone INTEGER NOT NULL, body TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ix_text_phone ON text (phone, id);
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY, due_at TEXT NOT NULL, kind TEXT NOT NULL, fields TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ix_event_due_at ON event (due_at, id);
"""


@dataclass(frozen=True)
class PhoneText:
    """One line of a phone's inbox; `mine` when its owner wrote it."""

    body: str
    mine: bool
    at: datetime


class SimulatorGateway(Adapter):
    """`options`: file, seed, delay_s, and the shares (0 to 1) loss, busy, refused, timeouts, disorder, repeats."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        super().__init__(name, options)
        self.file = Path(options.get("file") or Path(options["instance"]) / "simulator.sqlite3")
        self.number = str(options.get("number", "8088"))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.file, timeout=30)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")  # a game: nothing is lost that mattered
            connection.executescript(SCHEMA)
            with connection:
                yield connection
        finally:
            connection.close()

    def send(self, sms: OutgoingSms) -> SendReceipt:
        fate, delay = self._fate(sms)
        with self._open() as connection:
            if fate.rings:
                _write(connection, sms.to, sms.text, sms.at, mine=False)
            for step, status in enumerate(fate.receipts, start=1):
                due = sms.at + delay * step / len(fate.receipts)
                _schedule(connection, due, "receipt", {"id": sms.id, "status": status})
        if fate.error is not None:
            raise GatewayError(fate.error, "simulated")
        return SendReceipt(provider_id=f"sim-{sms.id}")

    def _fate(self, sms: OutgoingSms) -> tuple[Fate, timedelta]:
        """The same message always meets the same fate, whichever worker sends it."""
        rng = random.Random(f"{self.options.get('seed', '')}|{sms.id}|{sms.at.isoformat()}")  # noqa: S311 -- a game
        delay = timedelta(seconds=float(self.options.get("delay_s", 2.0)) * (0.5 + rng.random()))
        if sms.to in FIXED_NUMBERS:
            return FATES[FIXED_NUMBERS[sms.to]], delay
        drawn = rng.random()
        for option, fate in (
            ("busy", "busy"),
            ("refused", "refused"),
            ("timeouts", "timeout_late_receipt"),
            ("loss", "undeliverable"),
            ("disorder", "reversed"),
            ("repeats", "repeated"),
        ):
            drawn -= float(self.options.get(option, 0.0))
            if drawn < 0:
                return FATES[fate], delay
        return FATES["delivered"], delay

    def reply(self, phone: str, text: str, at: datetime) -> None:
        """The owner of `phone` texts us; the network brings it at the next `pump`."""
        with self._open() as connection:
            _write(connection, phone, text, at, mine=True)
            fields = {"from": phone, "to": self.number, "text": text, "id": secrets.token_hex(8)}
            _schedule(connection, at, "inbound", fields)

    def pump(self, now: datetime, deliver: Deliver, limit: int = 100_000) -> int:
        """Call back for all that is due by `now`; what is not taken stays for the next time."""
        with self._open() as connection:
            due = connection.execute(
                "SELECT id, kind, fields FROM event WHERE due_at <= ? ORDER BY due_at, id LIMIT ?",
                (_text(now), limit),
            ).fetchall()
        taken = [(key,) for key, kind, fields in due if deliver(kind, json.loads(fields))]
        with self._open() as connection:
            connection.executemany("DELETE FROM event WHERE id = ?", taken)
        return len(taken)

    def phones(self, digits: str = "", limit: int = 40) -> list[tuple[str, PhoneText]]:
        """Phones that have a text, with their newest, the newest first; those whose number holds `digits`."""
        query = (
            "SELECT phone, body, from_phone, at FROM text WHERE id IN"
            " (SELECT max(id) FROM text WHERE instr(phone, ?) GROUP BY phone) ORDER BY id DESC LIMIT ?"
        )
        with self._open() as connection:
            return [(row[0], _line(row[1:])) for row in connection.execute(query, (digits, limit))]

    def counts(self) -> tuple[int, int, int]:
        """Phones that rang, texts that reached one, and events still under way."""
        query = (
            "SELECT count(DISTINCT phone), count(*), (SELECT count(*) FROM event) FROM text WHERE NOT from_phone"
        )
        with self._open() as connection:
            phones, texts, under_way = connection.execute(query).fetchone()
            return phones, texts, under_way

    def inbox(self, phone: str) -> list[PhoneText]:
        """The texts of a phone, oldest first."""
        query = "SELECT body, from_phone, at FROM text WHERE phone = ? ORDER BY id"
        with self._open() as connection:
            return [_line(row) for row in connection.execute(query, (phone,))]

    def read_receipt(self, callback: Callback) -> DeliveryNotice:
        status = field(callback, "status")
        if status not in {ACCEPTED, DELIVERED, FAILED}:
            raise ValueError(f"status {status!r} is not in the table")
        return DeliveryNotice(field(callback, "id"), status)

    def read_inbound(self, callback: Callback) -> IncomingSms:
        sender, text = field(callback, "from"), field(callback, "text")
        return IncomingSms(sender, callback.fields.get("to", self.number), text, callback.fields.get("id", ""))


def caller(app: WSGIApplication, key: str, name: str = "simulator") -> Deliver:
    """Deliver by calling the application's own endpoints in this process, as a provider would over HTTP."""
    client = Client(app)

    def deliver(kind: str, fields: dict[str, str]) -> bool:
        response = client.post(f"/gateway/{name}/{kind}", query_string={"key": key}, data=fields)
        return response.status_code == 200

    return deliver


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _line(row: tuple[str, int, str]) -> PhoneText:
    return PhoneText(row[0], bool(row[1]), datetime.fromisoformat(row[2]))


def _write(connection: sqlite3.Connection, phone: str, body: str, at: datetime, *, mine: bool) -> None:
    connection.execute(
        "INSERT INTO text (phone, from_phone, body, at) VALUES (?, ?, ?, ?)", (phone, mine, body, _text(at))
    )


def _schedule(connection: sqlite3.Connection, due: datetime, kind: str, fields: dict[str, str]) -> None:
    connection.execute(
        "INSERT INTO event (due_at, kind, fields) VALUES (?, ?, ?)", (_text(due), kind, json.dumps(fields))
    )
