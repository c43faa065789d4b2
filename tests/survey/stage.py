"""A launched wave on a database of its own, set up once: random schedules are played on it one after the other."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import delete, event, func, inspect, select, update

from survey import create_app
from survey.extensions import Base, db
from survey.models import Contact, Invitation, SampleUnit, Wave
from tests import factories
from tests.conftest import KEYS, POSTGRESQL
from tests.databases import close_what_was_left_open, make_postgresql, migrate

PHONES = 3
ENDS = factories.NOW + timedelta(days=30)
CHANGED = (Wave, SampleUnit, Invitation, Contact)  # rows that stay, and that a schedule changes


class Stage:
    """`wave_id`, and the `invitations` of its phones; `clear` makes all as it was."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp())
        name = f"stage{os.environ.get('PYTEST_XDIST_WORKER', '')}"
        url = make_postgresql(POSTGRESQL, name) if POSTGRESQL else f"sqlite:///{folder / 'stage.sqlite3'}"
        migrate(url, folder)
        settings = {"DATABASE_URL": url, "THUOCDO_INSTANCE": str(folder), "THUOCDO_SMS_RATE": 1e6}
        create_app(settings | KEYS).app_context().push()
        event.listen(db.engine, "connect", _in_haste)
        wave = factories.make_wave(state="launched", closes_at=ENDS)
        units = [factories.make_unit(wave=wave, phone=f"+8490570000{number}") for number in range(PHONES)]
        self.wave_id = wave.id
        self.invitations = [factories.make_invitation(unit, expires_at=ENDS)[0].id for unit in units]
        self._rows = {kind: [_values(row) for row in db.session.scalars(select(kind))] for kind in CHANGED}
        tables = reversed(Base.metadata.sorted_tables)
        self._empty = [each for each in tables if not db.session.scalar(select(func.count()).select_from(each))]
        db.session.rollback()

    def clear(self) -> None:
        db.session.rollback()
        for table in self._empty:
            db.session.execute(delete(table))
        for kind, rows in self._rows.items():
            db.session.execute(update(kind), rows)
        db.session.commit()
        db.session.expunge_all()


@cache
def stage() -> Stage:
    return Stage()


def close() -> None:
    db.session.remove()
    db.engine.dispose()
    close_what_was_left_open()


def _in_haste(connection: Any, _record: Any) -> None:
    """Nobody pulls the plug here: nothing waits for the disk."""
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit TO off" if POSTGRESQL else "PRAGMA synchronous=OFF")
    cursor.close()


def _values(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
