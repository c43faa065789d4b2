"""Processes of the product that stand still at a chosen point of a message's life until they are killed or let go.

They run the product's own commands on the product's own code: only SQLAlchemy's events are listened to. They are
forked from a server that has the product loaded, so that dozens can be started.
"""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import Engine, Pool, event
from werkzeug.serving import WSGIRequestHandler, make_server

from survey import create_app, jobs

BEFORE, UNCOMMITTED, COMMITTED = "before", "uncommitted", "committed"


class Point(NamedTuple):
    """The statement that leads there, and whether it is still to come, done, or committed."""

    statement: str
    moment: str


_CLAIM = r"UPDATE message SET .*attempted_at=(?!NULL)"
_RECORD = r"UPDATE message SET .*handed_over_at="
POINTS = {
    "queued": Point(_CLAIM, BEFORE),
    "claimed": Point(_CLAIM, UNCOMMITTED),
    "sending": Point(_CLAIM, COMMITTED),
    "answered": Point(_RECORD, BEFORE),
    "recorded": Point(_RECORD, UNCOMMITTED),
    "handed over": Point(_RECORD, COMMITTED),
    "receipt logging": Point(r"INSERT INTO receipt", UNCOMMITTED),
    "receipt logged": Point(r"INSERT INTO receipt", COMMITTED),
    "receipt applying": Point(r"UPDATE receipt", UNCOMMITTED),
    "receipt applied": Point(r"UPDATE receipt", COMMITTED),
    "text storing": Point(r"INSERT INTO inbound_message", UNCOMMITTED),
    "text stored": Point(r"INSERT INTO inbound_message", COMMITTED),
    "text answering": Point(r"UPDATE inbound_message", UNCOMMITTED),
    "text answered": Point(r"UPDATE inbound_message", COMMITTED),
}

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.survey.halting"])


class Standing:
    """A process of ours: `round` (sms send-due), `worker` (sms worker) or `web`."""

    def __init__(self, role: str, settings: Mapping[str, Any], point: str | None = None) -> None:
        self.role = role
        self.reached, self._go = _processes.Event(), _processes.Event()
        ours, theirs = _processes.Pipe()
        arguments = (role, dict(settings), point, self.reached.set, self._go.wait, theirs)
        self.process = _processes.Process(target=_run, args=arguments, daemon=True)
        self.process.start()
        theirs.close()
        self.port = ours.recv() if role == "web" else 0

    def came(self) -> bool:
        """Whether it came to the point where it stands still."""
        return bool(self.reached.wait(30))

    def kill(self) -> None:
        self.process.kill()
        self.process.join(30)
        assert self.process.exitcode == -9

    def let_go(self) -> None:
        self._go.set()

    def url(self, kind: str) -> str:
        return f"http://127.0.0.1:{self.port}/gateway/kannel/{kind}/callback-key-one"

    def ended(self) -> bool:
        """Whether it came to its end by itself."""
        self.process.join(60)
        return self.process.exitcode == 0

    def end(self) -> None:
        self.process.terminate()
        self.process.join(30)


def _run(
    role: str,
    settings: dict[str, Any],
    point: str | None,
    tell: Callable[[], None],
    wait: Callable[[], object],
    parent: Connection,
) -> None:
    app = create_app(settings)
    if point is not None:
        _stand_still_at(POINTS[point], tell, wait)
    {"round": _round, "worker": _worker, "web": _web}[role](app, parent)


def _round(app: Flask, _parent: Connection) -> None:
    app.test_cli_runner().invoke(args=["sms", "send-due", "--seconds", "5"])


def _worker(app: Flask, _parent: Connection) -> None:
    jobs.make_worker(app).run()


class _Quiet(WSGIRequestHandler):
    def log(self, *_args: Any) -> None:
        """Callbacks of tests are no news."""


def _web(app: Flask, parent: Connection) -> None:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    parent.send(server.server_port)
    server.serve_forever()


def _stand_still_at(point: Point, tell: Callable[[], None], wait: Callable[[], object]) -> None:
    """Once, at the first time that this point is reached."""
    passed: list[str] = []

    def reach(moment: str) -> None:
        passed.append(moment)
        if moment == point.moment and passed.count(moment) == 1:
            tell()
            wait()

    @event.listens_for(Engine, "before_cursor_execute")
    def _before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if BEFORE not in passed and re.search(point.statement, statement, re.DOTALL):
            reach(BEFORE)

    @event.listens_for(Engine, "commit")
    def _at_commit(_connection: Any) -> None:
        if BEFORE in passed and UNCOMMITTED not in passed:
            reach(UNCOMMITTED)

    @event.listens_for(Pool, "checkin")
    def _after_commit(_connection: Any, _record: Any) -> None:
        if UNCOMMITTED in passed and COMMITTED not in passed:
            reach(COMMITTED)
