"""Callbacks on a real server: a text's way in at its limit and at half of it, and the form in a storm of receipts.

A storm of 100,000 receipts in a minute is played at its rate for some seconds; calm and storm take turns, so that
whatever else the machine does meets both.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import func, select, update

from bench.sms_http import load, measure, process, server
from bench.sms_outbox import fill
from survey import clock
from survey.extensions import db
from survey.models import Invitation, Message, Receipt, Wave
from survey.services.answers.consent import CONSENT_VERSION
from survey.services.office.keys import current_vault

INBOUND, RECEIPT, BARE = "/gateway/simulator/inbound?key=k", "/gateway/simulator/receipt?key=k", "/bare"
SECONDS = 5.0
STORM_A_SECOND = 100_000 / 60
VISITS_A_SECOND = 8.0
TURNS = 4
Row = dict[str, Any]


def inbound(name: str, settings: dict[str, str]) -> list[Row]:
    """Requests a second beside an endpoint that does one INSERT, then the slowest of a hundred at half of that."""
    with server(settings) as port:
        bare = len(measure(port, BARE, SECONDS)) / SECONDS
        ours = len(measure(port, INBOUND, SECONDS)) / SECONDS
        latencies = measure(port, INBOUND, 2 * SECONDS, rate=ours / 2)
    unit = "requests/s"
    compared = {"ratio": ours / bare, "ratio_to": "bare INSERT endpoint", "target": ">= 0.5"}
    p99 = {"value": 1e3 * float(np.quantile(latencies, 0.99)), "unit": "ms", "target": "<= 100"}
    return [
        {"task": f"inbound, {name}", "tool": "bare INSERT endpoint", "value": bare, "unit": unit},
        {"task": f"inbound, {name}", "tool": "survey", "value": ours, "unit": unit} | compared,
        {"task": f"inbound p99 at half of that, {name}", "tool": "survey"} | p99,
    ]


def storm(name: str, settings: dict[str, str]) -> list[Row]:
    """A visit (page and answer) in the calm and in the storm, with the worker that applies the receipts."""
    receipts = int(STORM_A_SECOND * SECONDS)
    fill(1 + TURNS * receipts // 2)
    tokens = _open_now()
    calm, stormy, taken = [], [], []
    worker = ["flask", "--app", "wsgi", "sms", "worker"]
    with (
        server(settings) as port,
        server(settings, workers=1, threads=32, nice=10) as callbacks,
        process(worker, settings, nice=10),
    ):
        asyncio.run(_visits(port, tokens, 2.0))
        for turn in range(TURNS):
            calm += asyncio.run(_visits(port, tokens, SECONDS))
            with load(callbacks, RECEIPT, SECONDS, STORM_A_SECOND, turn * receipts) as latencies:
                stormy += asyncio.run(_visits(port, tokens, SECONDS, after_s=1.5))
                taken.append(latencies())
    return _storm_lines(name, calm, stormy, taken)


def _storm_lines(
    name: str, calm: Sequence[float], stormy: Sequence[float], taken: Sequence[list[float]]
) -> list[Row]:
    found: list[Row] = []
    for label, share in (("median", 0.5), ("p95", 0.95)):
        quiet, loud = (1e3 * float(np.quantile(times, share)) for times in (calm, stormy))
        task = f"visit of the form, {label}, {name}"
        found.append({"task": task, "tool": "no receipts", "value": quiet, "unit": "ms"})
        compared = {"ratio": loud / quiet, "ratio_to": "no receipts", "target": "<= 1.2" if share == 0.5 else ""}
        found.append(
            {"task": task, "tool": f"{STORM_A_SECOND:,.0f} receipts/s", "value": loud, "unit": "ms"} | compared
        )
    every = [latency for turn in taken for latency in turn]
    p99 = 1e3 * float(np.quantile(every, 0.99))
    applied = db.session.scalars(select(func.count()).where(Receipt.processed_at.is_not(None))).one()
    found.append(
        {"task": f"receipts taken in {TURNS * SECONDS:.0f} s, {name}", "tool": "survey", "value": len(every)}
    )
    found.append({"task": f"receipts applied by then, {name}", "tool": "survey", "value": applied})
    found.append({"task": f"receipt p99 in the storm, {name}", "tool": "survey", "value": p99, "unit": "ms"})
    return found


def _open_now() -> list[str]:
    """The links of a few hundred invitations, open at this moment; every message is with the gateway."""
    now = clock.now()
    db.session.execute(update(Wave).values(closes_at=now + timedelta(days=9), settings={"page_mode": "section"}))
    db.session.execute(update(Invitation).values(expires_at=now + timedelta(days=9)))
    taken = {"state": "handed_over", "gateway": "simulator", "handed_over_at": now, "attempted_at": now}
    db.session.execute(update(Message).values(**taken))
    db.session.commit()
    nonces = db.session.scalars(select(Invitation.nonce).limit(int(VISITS_A_SECOND * SECONDS * TURNS * 3))).all()
    db.session.rollback()
    keys = current_vault()
    return [keys.token(nonce) for nonce in nonces]


async def _visits(port: int, tokens: list[str], seconds: float, after_s: float = 0.2) -> list[float]:
    """Seconds of each visit, counted from the moment at which it was to begin."""
    loop = asyncio.get_running_loop()
    start = loop.time() + after_s

    async def visit(slot: int, token: str) -> float:
        moment = start + slot / VISITS_A_SECOND
        await asyncio.sleep(moment - loop.time())
        await _visit(port, token)
        return loop.time() - moment

    return await asyncio.gather(*(visit(slot, tokens.pop()) for slot in range(int(seconds * VISITS_A_SECOND))))


async def _visit(port: int, token: str) -> None:
    """The first page, and its answers sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = f"/s/{token}?p=q1&c={CONSENT_VERSION}"
    page = await _exchange(reader, writer, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    found = re.search(rb'name="f" value="([^"]+)"', page)
    names = sorted(set(re.findall(rb'type="radio" name="(\w+)"', page)))
    if found is None or not names:
        raise RuntimeError(f"not the form: {page[:300]!r}")
    body = f"f={found[1].decode()}&c={CONSENT_VERSION}&" + "&".join(f"{name.decode()}=4" for name in names)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    await _exchange(reader, writer, f"{head}Content-Length: {len(body)}\r\n\r\n{body}")
    writer.close()


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: str) -> bytes:
    writer.write(request.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    body = await reader.readexactly(int(length[1]) if length else 0)
    if head.split()[1] not in (b"200", b"302", b"303"):
        raise RuntimeError(head[:200])
    return body
