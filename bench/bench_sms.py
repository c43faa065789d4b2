"""The outbox, its callbacks and its reader against the bare statements of the same durability, all of one run.

`target` stands beside each figure that has one. PostgreSQL is measured where `THUOCDO_TEST_DATABASE_URL` names a
database, which is emptied. `THUOCDO_BENCH_SMS_N` messages are drained; claims are measured from a tenth of them to
ten times as many.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from bench import sms_storm
from bench.sms_drain import drain
from bench.sms_outbox import NOW, application, fill, grow, queue_again
from forms import instrument
from forms.sms import parse_reply
from survey.extensions import db
from survey.models import Message, Receipt
from survey.services.messaging import outbox
from survey.services.messaging.receipts import apply_receipts

N = int(os.environ.get("THUOCDO_BENCH_SMS_N", "100_000"))
KEYS = {"THUOCDO_SECRET_KEY": "s" * 40, "THUOCDO_DATA_KEY": "d" * 40, "THUOCDO_CALLBACK_KEYS": "k"}
NIGHT = timedelta(hours=12)
Row = dict[str, Any]


def rows() -> list[Row]:
    """One dict a task and tool: `task`, `tool`, `value`, `unit`, `ratio` to the line named by `ratio_to`."""
    found = _reading()
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/bench.sqlite3"}
        if os.environ.get("THUOCDO_TEST_DATABASE_URL"):
            urls["PostgreSQL"] = os.environ["THUOCDO_TEST_DATABASE_URL"]
        for name, url in urls.items():
            settings = KEYS | {"DATABASE_URL": url, "THUOCDO_INSTANCE": folder}
            with application(Path(folder), url):
                found += _outbox(name, url, folder) + sms_storm.inbound(name, settings)
                found += sms_storm.storm(name, settings) if name == "PostgreSQL" else []
    return found


def _outbox(name: str, url: str, folder: str) -> list[Row]:
    """A queue that grows tenfold twice: claims at each length, the drain and the receipts of the middle one."""
    fill(N // 10)
    found = [_claim_line(name, N // 10)]
    grow(10)
    found += [_claim_line(name, N), *drain(name, url, folder, N), _receipts(name)]
    queue_again()
    grow(10)
    found += [_claim_line(name, 10 * N), _claim_line(name, 10 * N, at=NIGHT)]
    for line in found:
        if line["task"].startswith("claim"):
            line |= {"ratio": line["value"] / found[0]["value"], "ratio_to": "a tenth queued", "target": "flat"}
    return found


def _claim_line(name: str, queued: int, at: timedelta = timedelta(0)) -> Row:
    """The best of many claims that are taken back; at night nothing that we start is due."""

    def claim() -> None:
        outbox.take(outbox.look(NOW + at, "null"), NOW + at, "null")
        db.session.rollback()

    task = f"claim of {0 if at else 50}, {queued:,} queued, {name}"
    return {"task": task, "tool": "survey", "value": 1e3 * _best(claim, 30), "unit": "ms"}


def _best(call: Callable[[], object], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _receipts(name: str) -> Row:
    """Receipts applied by one worker, two for each of the messages first made."""
    count = N // 10
    db.session.execute(
        update(Message).values(state="handed_over", gateway="null", handed_over_at=NOW, lease_until=None)
    )
    given: list[Row] = [
        {"gateway": "null", "message_id": f"{number:032x}", "received_at": NOW, "status": status, "raw": {}}
        for number in range(count)
        for status in ("accepted", "delivered")
    ]
    db.session.execute(insert(Receipt), given)
    db.session.commit()
    start = time.perf_counter()
    applied = apply_receipts(NOW)
    if applied != 2 * count:
        raise RuntimeError(f"{applied} of {2 * count} receipts were applied")
    value = applied / (time.perf_counter() - start)
    return {"task": f"apply receipts, {name}", "tool": "survey", "value": value, "unit": "receipts/s"}


def _reading() -> list[Row]:
    """Replies of each kind, every one with other ratings: nothing is read twice."""
    loaded = instrument.load("motcua_ngan")
    found: list[Row] = []
    for kind, replies in _replies(loaded).items():

        def read(replies: list[str] = replies) -> None:
            for reply in replies:
                parse_reply(reply, loaded)

        value = len(replies) / _best(read, 40)
        line = {"task": f"parse_reply, {kind}", "tool": "forms", "value": value, "unit": "replies/s"}
        found.append(line | {"ratio": value / 50_000, "ratio_to": "target", "target": ">= 50,000"})
    return found


def _replies(loaded: instrument.Instrument, count: int = 500) -> dict[str, list[str]]:
    scale = loaded.rating_items[0].scale
    points = scale.points if scale is not None else ()
    rng = random.Random(1)
    drawn = [rng.choices(points, k=len(loaded.rating_items)) for _ in range(count)]
    names = [item.sms for item in loaded.rating_items]
    numbered = [list(enumerate(reply, 1)) for reply in drawn]
    return {
        "digits": [" ".join(str(point.code) for point in reply) for reply in drawn],
        "numbered": [", ".join(f"C{i} {point.code}" for i, point in reply) + " cam on" for reply in numbered],
        "named": [", ".join(f"{n} {p.code}" for n, p in zip(names, reply, strict=True)) for reply in drawn],
        "words": [", ".join(point.sms for point in reply) for reply in drawn],
        "words with accents": [", ".join(point.label["vi"] for point in reply) for reply in drawn],
        "both": [", ".join(f"C{i} {rng.choice([p.sms, p.code])}" for i, p in reply) for reply in numbered],
    }
