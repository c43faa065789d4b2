"""A real server under load: granian with two workers, and clients that keep to a timetable.

In an open loop each request has its moment, whether or not the one before is answered; its latency counts from
that moment, so that a server which stalls is charged for everybody who waited. Clients are processes of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 32
Latencies = list[float]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(
    command: Sequence[str], settings: dict[str, str], *, nice: int = 0
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the product with these settings, ended with TERM."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("THUOCDO_")} | settings
    running = subprocess.Popen(
        ["nice", "-n", str(nice), sys.executable, "-m", *command],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.terminate()
        running.wait(timeout=30)


@contextmanager
def server(settings: dict[str, str], *, workers: int = 2, threads: int = 4, nice: int = 0) -> Iterator[int]:
    """The product and the bare endpoint, started as deploy/systemd does, answering on the port that is given."""
    port = free_port()
    words = f"granian --interface wsgi --workers {workers} --blocking-threads {threads} --no-ws --host 127.0.0.1"
    with process([*words.split(), "--port", str(port), "bench.sms_server:app"], settings, nice=nice):
        deadline = time.monotonic() + 60
        while not _answers(port):
            if time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.1)
        time.sleep(1)  # the second worker may still be starting
        yield port


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(_post("/bare", _inbound(0)))
        return b" 200 " in line.recv(4096)
    return False


def _post(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


class _Line(asyncio.Protocol):
    """One connection: a request at a time, its answer taken as done at the end of its head (bodies are empty)."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[bytes] | None = None
        self.seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.seen += data
        if b"\r\n\r\n" in self.seen and self.answered is not None:
            self.answered.set_result(self.seen)
            self.seen = b""

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answered is not None and not self.answered.done():
            self.answered.set_exception(exc or ConnectionResetError())

    async def ask(self, request: bytes) -> None:
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        answer = await self.answered
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer[:80])


async def _load(port: int, path: str, seconds: float, rate: float, first: int) -> Latencies:
    """Requests at `rate` a second from CONNECTIONS lines, or as fast as they are answered if it is infinite."""
    loop, latencies, body = asyncio.get_running_loop(), Latencies(), BODIES[path]
    start, slots = loop.time() + 0.1, iter(range(1_000_000_000))

    async def line() -> None:
        _transport, protocol = await loop.create_connection(_Line, "127.0.0.1", port)
        for slot in slots:
            moment = start + slot / rate
            if moment >= start + seconds or loop.time() >= start + 2 * seconds:
                break
            if rate == float("inf"):
                moment = loop.time()
                if moment >= start + seconds:
                    break
            elif (wait := moment - loop.time()) > 0:
                await asyncio.sleep(wait)
            await protocol.ask(_post(path, body(first + slot)))
            latencies.append(loop.time() - moment)
        protocol.transport.close()

    await asyncio.gather(*(line() for _ in range(CONNECTIONS)))
    return latencies


def _inbound(_slot: int) -> bytes:
    return b"from=%2B84905000001&to=8088&text=5+4+5+3+5+4&id=" + os.urandom(8).hex().encode()


def _receipt(slot: int) -> bytes:
    """Two for each message, in order, as an operator sends them."""
    return b"id=%032x&status=" % (slot // 2) + (b"delivered" if slot % 2 else b"accepted")


BODIES = {
    "/bare": _inbound,
    "/gateway/simulator/inbound?key=k": _inbound,
    "/gateway/simulator/receipt?key=k": _receipt,
}


def _client(results: Any, *what: Any) -> None:
    results.put(asyncio.run(_load(*what)))


@contextmanager
def load(
    port: int, path: str, seconds: float, rate: float = float("inf"), first: int = 0
) -> Iterator[Callable[[], Latencies]]:
    """A client at work in a process of its own, requests numbered from `first`; the call waits for latencies."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    client = context.Process(target=_client, args=(results, port, path, seconds, rate, first))
    client.start()
    try:
        yield lambda: results.get(timeout=4 * seconds + 30)
    finally:
        client.join(timeout=30)


def measure(port: int, path: str, seconds: float, rate: float = float("inf")) -> Latencies:
    with load(port, path, seconds, rate) as latencies:
        return latencies()
