"""The outbox against the bare statements of the same durability, all of one run.

Two workers drain a queue through a gateway that takes everything at once. PostgreSQL is measured where
`THUOCDO_TEST_DATABASE_URL` names one (its database is emptied); `THUOCDO_BENCH_SMS_N` sets the queue's length.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, request
from sqlalchemy import insert, text, update
from werkzeug.test import Client

from bench.sms_outbox import NOW, NullGateway, application, bare_drain, fill, queue_again
from forms import instrument
from forms.sms import parse_reply
from survey.extensions import csrf, db
from survey.models import Message, Receipt
from survey.services.messaging import outbox
from survey.services.messaging.dispatch import send_due
from survey.services.messaging.receipts import apply_receipts

N = int(os.environ.get("THUOCDO_BENCH_SMS_N", "20_000"))
WORKERS = 2


def rows() -> list[dict[str, Any]]:
    """One dict a task and tool: `task`, `tool`, `value`, `unit`, `ratio` to the line named by `ratio_to`."""
    found = _reading()
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/bench.sqlite3"}
        if os.environ.get("THUOCDO_TEST_DATABASE_URL"):
            urls["PostgreSQL"] = os.environ["THUOCDO_TEST_DATABASE_URL"]
        for name, url in urls.items():
            with application(Path(folder), url) as app:
                found += _drain(name, url, folder) + _claims(name) + _receipts(name) + _inbound(name, app)
    return found


def _compared(task: str, unit: str, ours: float, floor: float, floor_name: str) -> list[dict[str, Any]]:
    line = {"task": task, "tool": "survey", "value": ours, "unit": unit}
    compared = {"ratio": ours / floor, "ratio_to": floor_name}
    return [{"task": task, "tool": floor_name, "value": floor, "unit": unit}, line | compared]


def _drain(name: str, url: str, folder: str) -> list[dict[str, Any]]:
    fill(N)
    bare = N / _together(_bare_worker, url)
    queue_again()
    ours = N / _together(_worker, url, folder)
    return _compared(f"drain {N:,} with {WORKERS} workers, {name}", "messages/s", ours, bare, "bare statements")


def _together(work: Callable[..., None], *args: str) -> float:
    """Seconds from the moment that all workers are ready until the last is done."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Barrier(WORKERS + 1), context.Event()
    processes = [context.Process(target=work, args=(ready, go, *args)) for _ in range(WORKERS)]
    for process in processes:
        process.start()
    ready.wait(timeout=120)
    start = time.perf_counter()
    go.set()
    for process in processes:
        process.join()
        assert process.exitcode == 0, work
    return time.perf_counter() - start


def _bare_worker(ready: Any, go: Any, url: str) -> None:
    ready.wait()
    go.wait()
    bare_drain(url)


def _worker(ready: Any, go: Any, url: str, folder: str) -> None:
    with application(Path(folder), url):
        ready.wait()
        go.wait()
        send_due(NOW, gateways={"null": NullGateway()}, max_s=3600, sleep=lambda _s: None)


def _claims(name: str) -> list[dict[str, Any]]:
    """A claim of 50 with ten times more and more rows queued: the cost should stay."""
    found: list[dict[str, Any]] = []
    for count in (N // 10, N):
        fill(count)
        if name == "PostgreSQL":
            db.session.execute(text("ANALYZE"))
            db.session.commit()
        task = f"claim of 50, {count:,} queued, {name}"
        found.append({"task": task, "tool": "survey", "value": _best(_claim, 20) * 1e3, "unit": "ms"})
    found[1] |= {"ratio": found[1]["value"] / found[0]["value"], "ratio_to": "a tenth queued"}
    return found


def _claim() -> None:
    outbox.claim(NOW, "null")
    db.session.rollback()


def _best(call: Callable[[], object], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _receipts(name: str) -> list[dict[str, Any]]:
    taken = update(Message).values(state="handed_over", gateway="null", handed_over_at=NOW, lease_until=None)
    db.session.execute(taken)
    given = [
        {"gateway": "null", "message_id": f"{number:032x}", "received_at": NOW, "status": status, "raw": {}}
        for number in range(N)
        for status in ("accepted", "delivered")
    ]
    db.session.execute(insert(Receipt), given)
    db.session.commit()
    start = time.perf_counter()
    assert apply_receipts(NOW) == len(given)
    value = len(given) / (time.perf_counter() - start)
    return [{"task": f"apply receipts, {name}", "tool": "survey", "value": value, "unit": "receipts/s"}]


def _inbound(name: str, app: Flask) -> list[dict[str, Any]]:
    """The callback against an endpoint of the same server that does one INSERT and nothing else."""
    if "bare_insert" not in app.view_functions:
        app._got_first_request = False
        csrf.exempt(_bare_insert)
        app.add_url_rule("/bare", "bare_insert", _bare_insert, methods=["POST"])
    with _requests(app) as post:
        bare = 1 / _best(lambda: post("/bare", {"id": os.urandom(8).hex()}), 300)
        fields = {"from": "+84905000001", "to": "8088", "text": "5 4 5 3 5 4"}
        path = "/gateway/simulator/inbound?key=k"
        ours = 1 / _best(lambda: post(path, fields | {"id": os.urandom(8).hex()}), 300)
    return _compared(f"inbound, {name}", "requests/s", ours, bare, "bare INSERT endpoint")


@contextmanager
def _requests(app: Flask) -> Iterator[Callable[[str, dict[str, str]], None]]:
    client = Client(app)

    def post(path: str, data: dict[str, str]) -> None:
        assert client.post(path, data=data).status_code == 200

    yield post


BARE = text(
    "INSERT INTO inbound_message"
    " (gateway, external_id, sender_hash, destination, text, received_at, state, verdict)"
    " VALUES ('bare', :id, :hash, '8088', '5 4 5 3 5 4', '2026-10-14 03:00:00', 'ignored', '')"
)


def _bare_insert() -> str:
    db.session.execute(BARE, {"id": request.form["id"], "hash": b"x" * 32})
    db.session.commit()
    return ""


REPLIES = {"digits": "5 4 5 3 5 4", "words": "C1 5, C2 4, C3 rat hai long, C4 3 C5 5 C6 4 cam on"}


def _reading() -> list[dict[str, Any]]:
    loaded = instrument.load("motcua_ngan")
    found = []
    for label, reply in REPLIES.items():
        value = 1 / (_best(lambda reply=reply: [parse_reply(reply, loaded) for _ in range(200)], 20) / 200)
        found.append({"task": f"parse_reply, {label}", "tool": "forms", "value": value, "unit": "replies/s"})
    return found
