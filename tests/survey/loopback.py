"""A provider on the loopback interface, and real workers in processes of their own that can be killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[2]


class Provider:
    """Answers like Kannel; after `answers` requests it only listens, as a network that hangs does."""

    def __init__(self, answers: int = 1_000_000) -> None:
        self.answers = answers
        self.received: list[dict[str, str]] = []
        self.hangs = threading.Event()
        self._release = threading.Event()
        self._lock = threading.Lock()

    def take(self, query: dict[str, str]) -> bool:
        with self._lock:
            self.received.append(query)
            is_answered = len(self.received) <= self.answers
        if not is_answered:
            self.hangs.set()
            self._release.wait(30)
        return is_answered

    def release(self) -> None:
        """Cut the connections that hang."""
        self._release.set()

    @contextmanager
    def running(self) -> Iterator[str]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                if provider.take(query):
                    self.send_response(202)
                    self.end_headers()
                    self.wfile.write(b"0: Accepted for delivery")

            def log_message(self, *_args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/cgi-bin/sendsms"
        finally:
            self._release.set()
            server.shutdown()
            server.server_close()


def worker(settings: Mapping[str, Any], url: str, *args: str) -> subprocess.Popen[str]:
    """`flask sms send-due` (or other arguments) on the database of `settings`, with `url` as its Kannel."""
    folder = Path(settings["THUOCDO_INSTANCE"])
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "gateways.toml"
    file.write_text(f'[kannel]\nurl = "{url}"\nusername = "u"\npassword = "p"\n')
    environment = {name: value for name, value in os.environ.items() if not name.startswith("THUOCDO_")}
    environment |= {
        "DATABASE_URL": settings["DATABASE_URL"],
        "THUOCDO_INSTANCE": str(folder),
        "THUOCDO_SECRET_KEY": settings["THUOCDO_SECRET_KEY"],
        "THUOCDO_DATA_KEY": settings["THUOCDO_DATA_KEY"],
        "THUOCDO_CALLBACK_KEYS": ",".join(settings["THUOCDO_CALLBACK_KEYS"]),
        "THUOCDO_GATEWAYS": "kannel",
        "THUOCDO_GATEWAY_FILE": str(file),
        "THUOCDO_SMS_WINDOW": "00:00-23:59:59.999999",
        "THUOCDO_SMS_RATE": "10000",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "sms", *(args or ("send-due",))]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


class Canned:
    """Gives one answer to whoever asks, and remembers the last request."""

    def __init__(self, status: int = 200, body: bytes = b"", *, drip_s: float = 0.0, location: str = "") -> None:
        self.status, self.body, self.drip_s = status, body, drip_s
        self.location = location or "http://127.0.0.1:1/elsewhere"
        self.method = self.path = ""
        self.headers: dict[str, str] = {}
        self.sent = b""

    def turn(self) -> None:
        """Called as each request comes."""

    @contextmanager
    def running(self) -> Iterator[str]:
        canned = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canned.method, canned.path = self.command, self.path
                canned.headers = {name.lower(): value for name, value in self.headers.items()}
                canned.sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                canned.turn()
                self.send_response(canned.status)
                self.send_header("Location", canned.location)
                self.end_headers()
                with suppress(OSError):  # the client has heard enough
                    size = 10 if canned.drip_s else 65536
                    for start in range(0, len(canned.body), size):
                        self.wfile.write(canned.body[start : start + size])
                        time.sleep(canned.drip_s)

            do_POST = do_GET  # noqa: N815 -- the name that http.server looks for

            def log_message(self, *_args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


class Scripted(Canned):
    """Answers each request with the next of `answers`; remembers what was asked."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        super().__init__()
        self.answers, self.asked = list(answers), list[bytes]()

    def turn(self) -> None:
        self.asked.append(self.sent)
        self.status, self.body = self.answers.pop(0)


class Dripping:
    """Sends one header after the other, for ever."""

    @contextmanager
    def running(self) -> Iterator[str]:
        listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=self._drip, args=[listener], daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.close()
            thread.join(5)

    def _drip(self, listener: socket.socket) -> None:
        connection, _address = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                time.sleep(0.05)
                connection.sendall(b"X-Wait: a little\r\n")
