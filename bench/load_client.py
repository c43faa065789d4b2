"""A load generator for the loopback: connections that stay open, and arrivals by a fixed timetable.

In an open loop the next request leaves when it is due, however slow the server is, and its time counts from then.
A generator that waits for the answer first asks less exactly when the server is slow, and calls that fast.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

PATIENCE_S = 20
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What came back; `location` is where a redirect leads."""

    status: int
    location: str
    text: str


class Line:
    """One connection, opened when it is first needed and again after it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, fields: Mapping[str, str] | None = None) -> Answer:
        """GET, or POST of the fields. A line that breaks or is silent raises OSError or EOFError."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                head, body = await self._exchange(_request(path, fields))
        except (OSError, EOFError):
            self.hang_up()
            raise
        target = _LOCATION.search(head)
        return Answer(int(head[9:12]), target[1].decode() if target else "", body.decode())

    async def _exchange(self, request: bytes) -> tuple[bytes, bytes]:
        if self._streams is not None and self._streams[0].at_eof():
            self.hang_up()  # the server closes a line that was idle for long, and a browser opens another
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        return head, await reader.readexactly(int(length[1]) if length else 0)

    def hang_up(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _request(path: str, fields: Mapping[str, str] | None) -> bytes:
    if fields is None:
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    body = urlencode(fields)
    kind = "Content-Type: application/x-www-form-urlencoded"
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )


Job = Callable[[Line], Awaitable[object]]


@dataclass(frozen=True)
class Timed:
    """Seconds from when a job was due until it was done, and what came of it; None when its line broke."""

    seconds: float
    result: object | None


async def open_loop(port: int, jobs: Sequence[Job], a_second: float, lines: int = 128) -> list[Timed]:
    """Start the jobs at equal distances, whatever becomes of them; without a free line they wait."""
    pool = [Line(port) for _ in range(lines)]
    free: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
    for line in pool:
        free.put_nowait(line)

    async def run(job: Job, due: float) -> Timed:
        line = await free.get()
        try:
            return await _timed(job, line, due)
        finally:
            free.put_nowait(line)

    start = time.perf_counter()
    tasks = []
    for number, job in enumerate(jobs):
        due = start + number / a_second
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(run(job, due)))
    found = await asyncio.gather(*tasks)
    for line in pool:
        line.hang_up()
    return found


async def closed_loop(port: int, jobs: Iterator[Job], seconds: float, lines: int = 16) -> list[Timed]:
    """As many jobs as so many lines get done one after the other: the rate of saturation."""
    end = time.perf_counter() + seconds

    async def run(line: Line) -> list[Timed]:
        found = []
        while time.perf_counter() < end and (job := next(jobs, None)) is not None:
            found.append(await _timed(job, line, time.perf_counter()))
        line.hang_up()
        return found

    parts = await asyncio.gather(*(run(Line(port)) for _ in range(lines)))
    return [one for part in parts for one in part]


async def _timed(job: Job, line: Line, due: float) -> Timed:
    try:
        result: object | None = await job(line)
    except (OSError, EOFError):
        result = None
    return Timed(time.perf_counter() - due, result)


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
