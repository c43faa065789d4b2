"""`make load`: the served form with many citizens at once, on two workers, with PostgreSQL where there is one.

The rate at which the workers are saturated, waiting times at half of it in an open loop, a burst (50,000 links
clicked within ten minutes, played for one of them), and a worker's memory after all that. The generator, the
workers and the database share this machine: on two cores the rate is of all three together, and whatever else runs
is in the waiting times. The floor tells how much: a page of two words that asks nothing, by the same timetable.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.bench_form import one_page_wave
from bench.load_client import Job, Timed, closed_loop, open_loop, quantile
from bench.load_site import Citizens, Link, Visit, health, open_links, submitted
from bench.run import HERE, show
from survey import create_app
from survey.extensions import db
from tests.conftest import KEYS
from tests.databases import make_postgresql, migrate
from tests.run import database_url, parts
from tests.survey.served import Server, serving

CLICKS_A_SECOND = 50_000 / 600
SATURATED_S, HALF_S, BURST_S = 8.0, 12.0, 60.0
POSTS_KEPT = 6000  # links for single posts, each used once
MIB = "MiB"


@dataclass
class Site:
    """A served application and links that nobody has used."""

    server: Server
    citizens: Citizens
    wave_id: int
    links: list[Link]

    def mixed(self, count: int) -> Iterator[Job]:
        """Single requests: two looks at the page of questions, then a post of all answers by a link of its own."""
        kinds = cycle(("look", "look", "answer"))
        for _ in range(count):
            kind = next(kinds)
            if kind == "answer":
                yield self.citizens.answer(self.links.pop(), lambda: datetime.now(UTC))
            else:
                yield self.citizens.look(self.links[0])


@contextmanager
def site(url: str, folder: Path, count: int) -> Iterator[Site]:
    """Two workers on an empty database, and so many open links."""
    migrate(url, folder)
    settings = {"DATABASE_URL": url, "THUOCDO_INSTANCE": str(folder), **KEYS}
    app = create_app(settings)
    until = datetime.now(UTC) + timedelta(days=5)
    with app.app_context(), serving(settings) as server:
        definition, wave = one_page_wave(closes_at=until)
        wave_id = wave.id
        links = open_links(wave, count, until)
        db.session.remove()  # on SQLite whoever has begun to write keeps the others out
        yield Site(server, Citizens(app, [item["id"] for item in definition["items"]]), wave_id, links)
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def saturation(place: Site) -> float:
    """Requests a second that the workers get done when there is always one waiting."""
    jobs = place.mixed(3 * POSTS_KEPT // 2)
    began = time.perf_counter()
    done = asyncio.run(closed_loop(place.server.port, jobs, SATURATED_S))
    _check(done)
    return len(done) / (time.perf_counter() - began)  # all links may be used up before the time is


def waiting(place: Site, jobs: list[Job], a_second: float) -> list[float]:
    """Milliseconds from when each request was due."""
    done = asyncio.run(open_loop(place.server.port, jobs, a_second))
    _check(done)
    return [one.seconds * 1000 for one in done]


def _check(done: list[Timed]) -> None:
    wrong = {one.result for one in done} - {200, 303}
    if wrong:
        raise RuntimeError(f"the server answered {wrong}")


def burst(place: Site, seconds: float) -> dict[str, Any]:
    """Whole visits that begin at the rate of 50,000 within ten minutes; what went wrong, and what got lost."""
    chosen = [place.links.pop() for _ in range(int(CLICKS_A_SECOND * seconds))]
    done = asyncio.run(open_loop(place.server.port, list(map(place.citizens.visit, chosen)), CLICKS_A_SECOND))
    visits = [one.result for one in done if isinstance(one.result, Visit)]
    thanked = {visit.invitation_id for visit in visits if visit.thanked}
    return {
        "clicks": len(chosen),
        "thanked": len(thanked),
        "failures": sum(visit.failures for visit in visits) + len(done) - len(visits),
        "lost": len(thanked - submitted(place.wave_id)),
        "p99_s": quantile((one.seconds for one in done), 0.99),
    }


def rows(url: str, name: str) -> list[dict[str, Any]]:
    """A line for each figure; `target` is what it must not exceed, `met` whether it does not."""
    count = 2 * POSTS_KEPT // 2 + int(CLICKS_A_SECOND * BURST_S) + POSTS_KEPT
    with tempfile.TemporaryDirectory() as folder, site(url, Path(folder), count) as place:
        rate = saturation(place)
        half = list(place.mixed(min(int(rate / 2 * HALF_S), 3 * POSTS_KEPT // 2)))
        times = waiting(place, half, rate / 2)
        floor = waiting(place, [health] * len(half), rate / 2)
        found = burst(place, BURST_S)
        memory = max(place.server.memory())
    where = f"2 workers, {name}"
    return [
        _line(f"saturation, {where}", rate, "requests/s"),
        _line("median wait at half of it, open loop", quantile(times, 0.5), "ms"),
        _line("p99 wait at half of it, open loop", quantile(times, 0.99), "ms", 60),
        _line("floor: p99 of /healthz at the same rate", quantile(floor, 0.99), "ms"),
        _line(f"burst of {found['clicks']} visits in {BURST_S:g} s: thanked", found["thanked"], "citizens"),
        _line("burst: 5xx and broken lines", found["failures"], "requests", 0),
        _line("burst: thanked, but not in the database", found["lost"], "citizens", 0),
        _line("burst: p99 of a whole visit of six pages", found["p99_s"], "s"),
        _line("memory of the largest worker after all that", memory, MIB, 120),
    ]


def _line(task: str, value: float, unit: str, target: float | None = None) -> dict[str, Any]:
    line: dict[str, Any] = {"task": task, "value": value, "unit": unit}
    return line if target is None else line | {"target": f"<= {target}", "met": "yes" if value <= target else "NO"}


def main() -> int:
    has_server = next(part.present for part in parts() if part.marker == "postgresql")
    server, _ours = database_url() if has_server else ("", False)
    with tempfile.TemporaryDirectory() as folder:
        url = make_postgresql(server, "load") if server else f"sqlite:///{folder}/load.sqlite3"
        found = rows(url, "PostgreSQL" if server else "SQLite")
    show("load", found, Console())
    target = HERE / "latest.json"
    earlier = json.loads(target.read_text()) if target.exists() else {}
    target.write_text(json.dumps(earlier | {"load": found}, indent=1, ensure_ascii=False) + "\n")
    return int(any(line.get("met") == "NO" for line in found))


if __name__ == "__main__":
    sys.exit(main())
