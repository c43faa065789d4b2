"""CPU of one request of the citizen's form, against floors of the same run: 22 Likert items, look-up included.

Requests go through the WSGI application in this process, so that no network and no server blurs the figures. CPU
is of this process alone, user and system: the median of batches that take turns, for a disturbance then meets all.
Floors of a GET: constant bytes of the same page, a bare Jinja loop over the same items without database,
language and token. Floors of a POST: the same row written without look-up, validation and disposition, and the
driver's bare INSERT at the same durability. PostgreSQL is added where THUOCDO_TEST_DATABASE_URL names a server.
`python -m bench.load` asks a served application instead, as many citizens at once would.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import tempfile
import time
from contextlib import closing
from operator import truediv
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from flask import Flask, request
from sqlalchemy import insert, select
from werkzeug.test import EnvironBuilder

from forms import instrument
from survey import create_app
from survey.extensions import csrf, db
from survey.models import InstrumentVersion, Response, ResponseMode, SampleUnit, Wave
from survey.services.answers.consent import CONSENT_VERSION
from tests import factories
from tests.conftest import KEYS
from tests.databases import make_postgresql, migrate

GETS, POSTS, BATCH = 1000, 300, 20
TARGETS = {
    ("GET", "form"): "<= 1.0 ms; 0.6 is the aim",
    ("GET", "bare Jinja loop"): "<= 2.0; 1.43 is the aim",
    ("POST", "form"): "<= 1.5 ms on PostgreSQL",
    ("POST", "row without validation"): "<= 2.0 on PostgreSQL",
}
SERVER = os.environ.get("THUOCDO_TEST_DATABASE_URL", "")
LOOP = """<!doctype html><form method="post">{% for item in items %}<fieldset><legend>{{ item.label.vi }}</legend>
{% for option in item.options %}<label><input type="radio" name="{{ item.id }}" value="{{ option.code }}">
<span>{{ option.label.vi }}</span></label>{% endfor %}</fieldset>{% endfor %}<button>OK</button></form>"""
Environ = dict[str, Any]


def rows() -> list[dict[str, Any]]:
    """`value` is milliseconds of CPU a request; `ratio` compares the form with the floor named by `ratio_to`."""
    with tempfile.TemporaryDirectory() as folder:
        found = _measure("SQLite", f"sqlite:///{folder}/bench.sqlite3", Path(folder))
        if SERVER:
            found += _measure("PostgreSQL", make_postgresql(SERVER, "bench_form"), Path(folder) / "server")
    return found


def _measure(name: str, url: str, folder: Path) -> list[dict[str, Any]]:
    migrate(url, folder)
    app = create_app({"DATABASE_URL": url, "THUOCDO_INSTANCE": str(folder), **KEYS})
    app.extensions["thuocdo_clock"] = lambda: factories.NOW
    facts: dict[str, Any] = {}
    _add_floors(app, facts)
    with app.app_context():
        definition, tokens = _wave()
        facts["instrument"] = instrument.from_json(definition)
        unit = db.session.scalars(select(SampleUnit).limit(1)).one()
        version = db.session.scalars(select(Wave.instrument_version_id)).one()
        facts["keys"] = {"wave_id": unit.wave_id, "agency_id": unit.agency_id, "instrument_version_id": version}
        db.session.remove()
    first = definition["items"][0]["id"]
    look = f"p={first}&c={CONSENT_VERSION}"
    facts["page"] = _call(app, _environ(f"/s/{tokens[0]}", look))
    found = _lines(f"GET on {name}", _gets(app, tokens[0], look)) + _lines(
        f"POST on {name}", _posts(app, url, tokens, look, first, dict.fromkeys(_ids(definition), "4"))
    )
    with app.app_context():
        db.engine.dispose()
    return found


def _gets(app: Flask, token: str, look: str) -> dict[str, list[float]]:
    return _cpu(
        app,
        {
            "form": [_environ(f"/s/{token}", look) for _ in range(GETS)],
            "constant bytes": [_environ("/bench/bytes", "") for _ in range(GETS)],
            "bare Jinja loop": [_environ("/bench/loop", "") for _ in range(GETS)],
        },
    )


def _posts(
    app: Flask, url: str, tokens: list[str], look: str, page: str, answers: dict[str, str]
) -> dict[str, list[float]]:
    forms = []
    for token in tokens:
        found = re.search(rb'name="f" value="([^"]+)"', _call(app, _environ(f"/s/{token}", look)))
        fields = {"f": found[1].decode() if found else "", "c": CONSENT_VERSION} | answers
        forms.append(_environ(f"/s/{token}", f"p={page}", fields))
    rows_only = [_environ("/bench/row", "", answers) for _ in range(POSTS)]
    found_here = _cpu(app, {"form": forms, "row without validation": rows_only})
    return found_here | {"driver's INSERT": [_inserts(url, json.dumps(answers))] * (POSTS // BATCH - 1)}


def _lines(task: str, found: dict[str, list[float]]) -> list[dict[str, Any]]:
    """`ratio` is the form's CPU to the floor's, the median of the turns."""
    lines = []
    for tool, turns in found.items():
        line: dict[str, Any] = {"task": task, "tool": tool, "value": median(turns), "unit": "ms CPU"}
        if tool != "form":
            line |= {"ratio": median(map(truediv, found["form"], turns)), "ratio_to": tool}
        lines.append(line | {"target": TARGETS.get((task.partition(" ")[0], tool))})
    return lines


def _ids(definition: dict[str, Any]) -> list[str]:
    return [item["id"] for item in definition["items"]]


def _wave() -> tuple[dict[str, Any], list[str]]:
    """The wave of one page, and an open link for each POST."""
    definition, wave = one_page_wave()
    return definition, [factories.make_invitation(factories.make_unit(wave))[1] for _ in range(POSTS)]


def one_page_wave(**fields: Any) -> tuple[dict[str, Any], Wave]:
    """A launched wave whose 22 items stand on one page, and its questionnaire."""
    definition = instrument.to_json(instrument.load("sipas"))
    general = definition.pop("general_item")
    definition["items"] = [item for item in definition["items"] if item["id"] != general]
    definition["factors"] = [{"code": "F1", "label": {"vi": "Tất cả", "en": "All"}, "items": _ids(definition)}]
    version = InstrumentVersion(
        code="bench", version=1, sha256="0" * 64, definition=definition, created_at=factories.NOW
    )
    db.session.add(version)
    db.session.commit()
    settings = {"page_mode": "section"}
    return definition, factories.make_wave(
        state="launched", instrument_version=version, settings=settings, **fields
    )


def _add_floors(app: Flask, facts: dict[str, Any]) -> None:
    """What the same server does when it does less; `facts` are filled in before the first request."""
    loop = app.jinja_env.from_string(LOOP)

    @app.get("/bench/bytes")
    def constant() -> bytes:
        return bytes(facts["page"])

    @app.get("/bench/loop")
    def bare() -> str:
        return loop.render(items=facts["instrument"].items)

    @app.post("/bench/row")
    @csrf.exempt
    def row() -> tuple[str, int]:
        times = dict.fromkeys(("consent_at", "started_at", "updated_at"), factories.NOW)
        values = {"answers": request.form.to_dict(), "consent_version": "x", "mode": ResponseMode.qr}
        db.session.connection().execute(insert(Response.__table__), values | times | facts["keys"])  # type: ignore[arg-type]
        db.session.commit()
        return "", 204


def _environ(path: str, query: str, fields: dict[str, str] | None = None) -> Environ:
    method = "GET" if fields is None else "POST"
    return EnvironBuilder(path=path, query_string=query, method=method, data=fields).get_environ()


def _call(app: Flask, environ: Environ) -> bytes:
    statuses: list[str] = []
    body = app.wsgi_app(environ, lambda status, _headers, _error=None: statuses.append(status) or bytes)
    try:
        found = b"".join(body)
    finally:
        getattr(body, "close", bytes)()
    if statuses[0][0] not in "23":
        raise RuntimeError(f"{environ['PATH_INFO']} answered {statuses[0]}")
    return found


def _cpu(app: Flask, environs: dict[str, list[Environ]]) -> dict[str, list[float]]:
    """Milliseconds of CPU a request, for each turn of a batch of each kind."""
    found: dict[str, list[float]] = {kind: [] for kind in environs}
    for ready in environs.values():
        _call(app, ready[0])  # what is made once is made before
        del ready[:BATCH]
    turns = min(map(len, environs.values())) // BATCH
    for start in range(0, turns * BATCH, BATCH):
        for kind, ready in environs.items():
            began = time.process_time()
            for environ in ready[start : start + BATCH]:
                _call(app, environ)
            found[kind].append((time.process_time() - began) / BATCH * 1000)
    return found


def _inserts(url: str, answers: str) -> float:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE floor (a TEXT)")
        statement = "INSERT INTO floor VALUES (?)"
    else:
        connection = psycopg.connect(url, autocommit=True)  # type: ignore[assignment]
        connection.execute("CREATE TABLE floor (a JSONB)")
        statement = "INSERT INTO floor VALUES (%s)"
    with closing(connection):
        began = time.process_time()
        for _ in range(POSTS):
            connection.execute(statement, (answers,))
        return (time.process_time() - began) / POSTS * 1000
