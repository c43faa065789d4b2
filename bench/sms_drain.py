"""Two workers drain a queue through a gateway that takes everything at once, beside the bare statements."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text

from bench.sms_outbox import NOW, NullGateway, application, bare_drain, queue_again
from survey.extensions import db
from survey.services.messaging.dispatch import send_due

WORKERS = 2
ROUNDS = 3


def drain(name: str, url: str, folder: str, count: int) -> list[dict[str, Any]]:
    """Ours and the bare statements in turn, each from the same queue; the middle of the ratios."""
    pairs = []
    for _ in range(ROUNDS):
        _again(name)
        bare = count / _together(_bare_worker, url)
        _again(name)
        pairs.append((count / _together(_worker, url, folder), bare))
    ours, bare = (median(figures) for figures in zip(*pairs, strict=True))
    ratio = median(one / other for one, other in pairs)
    task, unit = f"drain {count:,} with {WORKERS} workers, {name}", "messages/s"
    compared = {"ratio": ratio, "ratio_to": "bare statements", "target": ">= 0.6"}
    return [
        {"task": task, "tool": "bare statements", "value": bare, "unit": unit},
        {"task": task, "tool": "survey", "value": ours, "unit": unit} | compared,
    ]


def _again(name: str) -> None:
    """The same queue, without the dead rows of the round before."""
    queue_again()
    if name == "PostgreSQL":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE message"))


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
        if process.exitcode:
            raise RuntimeError(f"{work.__name__} ended with {process.exitcode}")
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
