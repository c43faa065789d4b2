"""Importing 100,000 dossiers into SQLite, against the bare insert of the same rows: the floor of any importer.

Each measurement runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench.memory import peak_mb

ROWS = 100_000
PERIOD = (date(2026, 7, 1), date(2026, 9, 30))


def rows() -> list[dict[str, Any]]:
    """Seconds and megabytes of a first import, of the same file again, and of the floor."""
    with tempfile.TemporaryDirectory() as folder:
        _child("make", folder)
        first, again = _child("import", folder), _child("import", folder)
        floor = _child("floor", folder)
    return [
        _row("import 100,000 dossiers, CSV", "thước đo", first, floor),
        _row("the same file again", "thước đo", again, floor),
        _row("insert of the finished rows", "sqlite3.executemany", floor, floor),
    ]


def _row(task: str, tool: str, figures: dict[str, float], floor: dict[str, float]) -> dict[str, Any]:
    return {
        "task": task,
        "tool": tool,
        **figures,
        "rows_per_second": ROWS / figures["seconds"],
        "ratio": figures["seconds"] / floor["seconds"],
        "ratio_to": "sqlite3.executemany",
    }


def _child(deed: str, folder: str) -> dict[str, float]:
    environ = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3", "THUOCDO_INSTANCE": folder}
    command = [sys.executable, "-m", "bench.bench_import", deed, folder]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def make(folder: Path) -> None:
    """A migrated database with the agencies, and an export of invented dossiers."""
    from flask_migrate import upgrade

    from survey import create_app
    from survey.seed import load_agencies, make_province, write_dossiers
    from survey.seed.catalogue import SIZES, Size

    size = Size(SIZES["demo"].departments, None, ROWS)
    write_dossiers(make_province(size, seed="bench", period=PERIOD), folder / "synthetic.csv")
    with create_app().app_context():
        upgrade()
        load_agencies(datetime.now(UTC))


def import_(folder: Path) -> None:
    from survey import create_app
    from survey.services.intake import import_dossiers

    with create_app().app_context():
        start = _now()
        report = import_dossiers(folder / "synthetic.csv", actor="bench", now=datetime.now(UTC))
        _say(start)
    assert report.new + report.unchanged == ROWS


def floor(folder: Path) -> None:
    """Contacts and dossiers as they ended up, into the same tables of an empty database with the same settings."""
    import sqlite3

    source = sqlite3.connect(folder / "bench.sqlite3")
    target = sqlite3.connect(folder / "floor.sqlite3")
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
        target.execute(f"PRAGMA {pragma}")
    tables = ("contact", "dossier")
    for (statement,) in source.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name IN (?, ?) AND sql <> ''", tables
    ):
        target.execute(statement)
    finished = {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608
    start = _now()
    for table, found in finished.items():
        marks = ", ".join("?" * len(found[0]))
        target.executemany(f"INSERT INTO {table} VALUES ({marks})", found)  # noqa: S608
    target.commit()
    _say(start)


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _say(start: tuple[float, float]) -> None:
    wall, cpu = _now()
    print(json.dumps({"seconds": wall - start[0], "cpu_seconds": cpu - start[1], "peak_mb": peak_mb()}))


if __name__ == "__main__":
    {"make": make, "import": import_, "floor": floor}[sys.argv[1]](Path(sys.argv[2]))
    if sys.argv[1] == "make":
        _say(_now())
