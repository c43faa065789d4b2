"""The product as it is served: granian and its workers in processes of their own, which may be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import KEYS
from tests.survey.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2


class Server:
    """Two workers, as `make run` has them. `settings` are those of the test's own application."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.port = free_port()
        keys = {name: ",".join(key) if isinstance(key, tuple) else key for name, key in KEYS.items()}
        own = {name: str(settings[name]) for name in ("DATABASE_URL", "THUOCDO_INSTANCE")}
        self._environment = os.environ | keys | own
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", str(WORKERS)]
        more = ["--blocking-threads", "4", "--respawn-failed-workers", "--respawn-interval", "0.5"]
        self._process = subprocess.Popen(
            [*command, *more, "--port", str(self.port), "wsgi:app"],
            cwd=ROOT,
            env=self._environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(300):
            time.sleep(0.1)
            if listens(self.port):
                return
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """As a power cut would: nothing is said to anybody."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def workers(self) -> list[int]:
        """Process ids of the workers that are alive."""
        if self._process is None:
            return []
        return children(self._process.pid)

    def memory(self) -> list[float]:
        """Resident MiB of each worker."""
        return [_resident(worker) for worker in self.workers()]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _resident(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@contextmanager
def serving(settings: Mapping[str, Any]) -> Iterator[Server]:
    """A server that is gone when the block ends."""
    server = Server(settings)
    server.start()
    try:
        yield server
    finally:
        server.kill()
