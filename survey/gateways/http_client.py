"""One HTTP call to a provider, which keeps apart what certainly did not leave the house and what may have.

Nothing is followed (a redirect is an answer like any other), little is read, and the clock is one for the whole
call: a provider that sends a byte a minute cannot hold a worker.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from survey.errors import GatewayError
from survey.files import parse_json

TIMEOUT_S = 30.0
MOST_READ = 64 * 1024
# Answers of the web before the provider's own program: the message was not looked at.
NOT_TAKEN = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405, 411, 413, 414, 415, 421, 429})


class GatewayClosedError(GatewayError):
    """The gateway takes nothing at all (log-in refused, wrong address): no message is to blame."""

    def __init__(self, reason: str) -> None:
        super().__init__("not_sent", reason)


class NoAnswerError(GatewayError):
    """Bytes went out and nothing that the provider itself said came back: the phone may ring."""

    def __init__(self, reason: str) -> None:
        super().__init__("unknown", reason)


def failure(code: str, closed: Mapping[str, str], refused: Mapping[str, str]) -> GatewayError:
    """What a provider's error code means by its two tables; a code in neither leaves the outcome unknown."""
    if code in closed:
        return GatewayClosedError(f"{code} {closed[code]}")
    outcome = "refused" if code in refused else "unknown"
    return GatewayError(outcome, f"{code} {refused.get(code, 'not in the table')}")


@dataclass(frozen=True)
class Answer:
    """What came back, cut after 64 KB."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json_code(self, name: str) -> tuple[str, dict[str, Any]]:
        """The provider's own code, which stands under `name` in its JSON, and the whole of that."""
        if self.status in NOT_TAKEN:
            raise GatewayClosedError(f"status {self.status}")
        try:
            result = parse_json(self.text)
            return str(result[name]), result
        except (ValueError, KeyError, TypeError) as exc:
            raise NoAnswerError(f"status {self.status}, not the provider's JSON") from exc


def call(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Answer:
    """The provider's answer. GatewayError: `not_sent` before a byte left, `unknown` once one may have."""
    deadline = time.monotonic() + timeout_s
    parts = urlsplit(url)
    connection = _connect(parts.scheme, parts.hostname or "", parts.port, timeout_s)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    watch = threading.Timer(deadline - time.monotonic(), _hang_up, [connection])
    watch.daemon = True
    watch.start()
    try:
        connection.request(method, target or "/", body=body, headers=dict(headers or {}))
        with closing(connection.getresponse()) as response:
            return Answer(response.status, _read(response, connection, deadline))
    except (OSError, http.client.HTTPException) as exc:
        raise NoAnswerError(f"no answer: {type(exc).__name__}") from exc
    finally:
        watch.cancel()
        connection.close()


def _hang_up(connection: http.client.HTTPConnection) -> None:
    """A time-out of the socket begins anew with each byte that comes; this one does not."""
    with suppress(OSError, AttributeError):  # it may have been closed this moment
        connection.sock.shutdown(socket.SHUT_RDWR)


def _connect(scheme: str, host: str, port: int | None, timeout_s: float) -> http.client.HTTPConnection:
    if scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, port, timeout=timeout_s, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.connect()
    except OSError as exc:  # refused, no such host, no route, bad certificate
        connection.close()
        raise GatewayError("not_sent", f"no connection: {type(exc).__name__}") from exc
    return connection


def _read(response: http.client.HTTPResponse, connection: http.client.HTTPConnection, deadline: float) -> bytes:
    """Up to 64 KB, each read with the time that is left."""
    read = bytearray()
    while len(read) < MOST_READ:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        if isinstance(connection.sock, socket.socket):
            connection.sock.settimeout(left_s)
        piece = response.read1(min(8192, MOST_READ - len(read)))
        if not piece:
            break
        read += piece
    return bytes(read)
