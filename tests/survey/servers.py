"""A PostgreSQL cluster and a Redis of a test's own, which it may kill."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Cluster:
    """PostgreSQL, as nobody where we are root. Without fsync: its processes die here, the machine goes on."""

    def __init__(self) -> None:
        self.folder, self.port = Path(tempfile.mkdtemp()), free_port()
        self.as_whom: list[str] = []
        if os.getuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
            self.as_whom = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
        self._run("initdb", "--no-sync", "-U", "app", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        self.url = f"postgresql://app@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *args: str) -> None:
        command = [*self.as_whom, str(_BINARIES[-1] / program), "-D", str(self.folder / "data"), *args]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        options += f" -c unix_socket_directories={self.folder}"
        for attempt in range(20):  # the children of a killed postmaster need a moment to go
            try:
                self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")
            except subprocess.CalledProcessError:
                if attempt == 19:
                    raise
                time.sleep(0.25)
            else:
                return

    def kill(self) -> None:
        """SIGKILL to the postmaster: nothing is written any more, its children end by themselves."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)

    def stop_at_once(self) -> None:
        """SIGQUIT to all of it: no checkpoint, the next start recovers from the log."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def close(self) -> None:
        self.stop_at_once()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url, autocommit=True)


class Redis:
    """It writes nothing to disk: whatever it knew is gone when it is killed."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while not _listens(self.port):
            assert time.monotonic() < until, "redis-server does not start"
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
