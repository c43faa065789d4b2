"""An outbox of any size for the benchmark, and the bare statements that are its floor."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import delete, func, insert, select, text, update

from survey import create_app
from survey.extensions import Base, db
from survey.gateways.sms import Callback, DeliveryNotice, IncomingSms, OutgoingSms, SendReceipt
from survey.models import Contact, Dossier, FrameSnapshot, Invitation, Message, SampleUnit, Wave
from survey.services.fieldwork import instruments
from survey.services.office.keys import current_vault

NOW = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
BATCH = 50
CHUNK = 5000


class NullGateway:
    """Takes everything at once."""

    name = "null"
    rate = 1e9

    def send(self, sms: OutgoingSms) -> SendReceipt:
        return SendReceipt()

    def read_receipt(self, callback: Callback) -> DeliveryNotice:
        return DeliveryNotice(callback.fields["id"], callback.fields["status"])

    def read_inbound(self, callback: Callback) -> IncomingSms:
        return IncomingSms(callback.fields["from"], "8088", callback.fields["text"], callback.fields["id"])


@contextlib.contextmanager
def application(folder: Path, url: str) -> Iterator[Flask]:
    keys = {"THUOCDO_SECRET_KEY": "s" * 40, "THUOCDO_DATA_KEY": "d" * 40, "THUOCDO_CALLBACK_KEYS": ("k",)}
    app = create_app({"DATABASE_URL": url, "THUOCDO_INSTANCE": str(folder), "TESTING": True} | keys)
    with app.app_context():
        yield app
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def fill(count: int) -> None:
    """An empty schema with `count` invitations queued, one a phone."""
    upgrade()
    for table in reversed(Base.metadata.sorted_tables):
        is_server = db.engine.dialect.name == "postgresql"
        db.session.execute(text(f"TRUNCATE {table} CASCADE") if is_server else delete(table))
    db.session.commit()
    wave = _wave()
    for start in range(0, count, CHUNK):
        _rows(wave, range(start, min(start + CHUNK, count)))
        db.session.commit()


_SERIES = {
    "postgresql": "(SELECT generate_series(1, {}) AS n)",
    "sqlite": "(WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {}) SELECT n FROM k)",
}
_DIGEST = {"postgresql": "sha256(t.{} || convert_to(k.n || '/' || {}, 'UTF8'))", "sqlite": "randomblob(32)"}
_GROWN: tuple[
    tuple[type[Base], str, str, str], ...
] = (  # model, its numbers, its words and its bytes to be changed
    (Contact, "", "id", "phone_hash"),
    (Dossier, "id", "code person_id contact_id", ""),
    (SampleUnit, "id dossier_id", "person_id contact_id", ""),
    (Invitation, "id sample_unit_id", "", "token_hmac"),
    (Message, "invitation_id", "id contact_id", ""),
)


def grow(times: int) -> None:
    """Make of all that there is `times` as many, each message still with a phone and an invitation of its own."""
    dialect = db.engine.dialect.name
    count = db.session.execute(select(func.count()).select_from(Message)).scalar_one()
    place = 3 * len(str(count))  # in a key, digits that were the same in all keys so far
    word = f"substr(t.{{0}}, 1, {place}) || CAST(k.n + 100 AS TEXT) || substr(t.{{0}}, {place + 4})"
    for model, numbers, words, digests in _GROWN:
        changed = {name: f"t.{name} + k.n * {count}" for name in numbers.split()}
        changed |= {name: word.format(name) for name in words.split()}
        changed |= {name: _DIGEST[dialect].format(name, count) for name in digests.split()}
        table, names = model.__table__, [column.name for column in model.__table__.columns]
        values = ", ".join(changed.get(name, f"t.{name}") for name in names)
        from_all = f"FROM {table} t, {_SERIES[dialect].format(times - 1)} k"
        columns = ", ".join(names)
        db.session.execute(text(f"INSERT INTO {table} ({columns}) SELECT {values} {from_all}"))
    db.session.commit()
    if dialect == "postgresql":  # its own daemon would, in a minute; nobody does on SQLite
        db.session.execute(text("ANALYZE"))
        db.session.commit()


def queue_again() -> None:
    """All messages as they were before the round."""
    db.session.execute(
        update(Message).values(state="queued", lease_until=None, attempted_at=None, gateway=None, tries=0)
    )
    db.session.commit()


def _wave() -> Wave:
    from tests.factories import make_agency

    instruments.ensure_shipped(NOW)
    agency = make_agency("UBND xã Thử Nghiệm")
    wave = Wave(
        code="bench",
        title_vi="Đo tốc độ",
        period_start=date(2026, 7, 1),
        period_end=date(2026, 9, 30),
        eligible_status=10,
        instrument_version=instruments.find("motcua_ngan", 1),
        plan={"agency": agency.id},
        settings={},
        state="launched",
        created_at=NOW,
        closes_at=NOW + timedelta(days=14),
    )
    db.session.add(wave)
    db.session.flush()
    fields = {"frozen_at": NOW, "sha256": "", "file": "", "n_eligible": 0, "n_excluded": 0}
    db.session.add(FrameSnapshot(id=1, wave_id=wave.id, day=NOW.date(), exclusions={}, audit={}, **fields))
    db.session.commit()
    return wave


def _rows(wave: Wave, numbers: range) -> None:
    keys, agency = current_vault(), wave.plan["agency"]
    phones = {number: f"+849{number:08d}" for number in numbers}
    tokens = {number: number.to_bytes(16) for number in numbers}
    wave_id = {"wave_id": wave.id}
    common = wave_id | {"agency_id": agency}
    made: list[tuple[Any, list[dict[str, Any]]]] = [
        (Contact, [_contact(keys, number, phone) for number, phone in phones.items()]),
        (Dossier, [_dossier(number) | {"agency_id": agency} for number in numbers]),
        (SampleUnit, [common | _unit(number) for number in numbers]),
        (
            Invitation,
            [_invitation(keys, number, nonce) | {"wave_id": wave.id} for number, nonce in tokens.items()],
        ),
        (Message, [_message(number) | {"wave_id": wave.id} for number in numbers]),
    ]
    for model, rows in made:
        db.session.execute(insert(model), rows)


def _contact(keys: Any, number: int, phone: str) -> dict[str, Any]:
    hashed = {"phone_hash": keys.phone_hash(phone), "phone_encrypted": keys.encrypt(phone)}
    return hashed | {"id": f"{number:032x}", "kind": "mobile", "carrier": "", "created_at": NOW}


def _dossier(number: int) -> dict[str, Any]:
    return {
        "id": number + 1,
        "code": f"D{number:031d}",
        "channel": "online",
        "applicant_type": "citizen",
        "status": 10,
        "received_at": NOW,
        "phone_kind": "mobile",
        "person_id": f"{number:032x}",
        "contact_id": f"{number:032x}",
        "row_hash": "",
        "source": "bench",
        "imported_at": NOW,
    }


def _unit(number: int) -> dict[str, Any]:
    drawn = {"inclusion_probability": 0.5, "base_weight": 2.0, "u": 0.1, "stratum": "s", "stages": {}}
    keys = {"id": number + 1, "frame_id": 1, "dossier_id": number + 1, "contact_id": f"{number:032x}"}
    return drawn | keys | {"person_id": f"{number:032x}", "disposition": "3.19"}


def _invitation(keys: Any, number: int, nonce: bytes) -> dict[str, Any]:
    hashed = {"nonce": nonce, "token_hmac": keys.token_hmac(keys.token(nonce))}
    times = {"created_at": NOW, "expires_at": NOW + timedelta(days=14)}
    return hashed | times | {"id": number + 1, "sample_unit_id": number + 1}


def _message(number: int) -> dict[str, Any]:
    times = {"not_before": NOW, "queued_at": NOW, "expires_at": NOW + timedelta(days=2)}
    body = "So Noi vu TP Hue: Moi Ong/Ba danh gia ho so: {link} Soan TC de tu choi."
    keys = {"id": f"{number:032x}", "invitation_id": number + 1, "contact_id": f"{number:032x}"}
    return times | keys | {"kind": "invitation", "body": body}


CLAIM = (
    "SELECT m.id, m.body, c.phone_encrypted FROM message m JOIN contact c ON c.id = m.contact_id"
    " WHERE m.state = 'queued' AND m.not_before <= {now} ORDER BY m.priority, m.not_before LIMIT 50{lock}"
)
SENDING = "UPDATE message SET state = 'sending', lease_until = {now}, attempted_at = {now} WHERE id = {id}"
SENT = "UPDATE message SET state = 'handed_over', lease_until = NULL, handed_over_at = {now} WHERE id = {id}"


def bare_drain(url: str) -> int:
    """Claim, commit, record, commit, with nothing between: what the database alone costs."""
    connection, marks = _connect(url)
    sent = 0
    while True:
        rows = connection.execute(CLAIM.format(**marks), (_now(url),)).fetchall()
        if not rows:
            connection.commit()
            connection.close()
            return sent
        cursor = connection.cursor()
        cursor.executemany(SENDING.format(**marks), [(_now(url), _now(url), row[0]) for row in rows])
        connection.commit()
        if url.startswith("sqlite"):
            connection.execute("BEGIN IMMEDIATE")
        cursor.executemany(SENT.format(**marks), [(_now(url), row[0]) for row in rows])
        connection.commit()
        sent += len(rows)
        if url.startswith("sqlite"):
            connection.execute("BEGIN IMMEDIATE")


def _connect(url: str) -> tuple[Any, dict[str, str]]:
    if url.startswith("postgres"):
        lock = " FOR NO KEY UPDATE OF m, c SKIP LOCKED"
        return psycopg.connect(url), {"now": "%s", "id": "%s", "lock": lock}
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN IMMEDIATE")
    return connection, {"now": "?", "id": "?", "lock": ""}


def _now(url: str) -> Any:
    return NOW if url.startswith("postgres") else NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
