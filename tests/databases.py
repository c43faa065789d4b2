"""Making, migrating and emptying the databases that tests run on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import event
from sqlalchemy.pool import Pool

_opened: list[psycopg.Connection[Any]] = []


@event.listens_for(Pool, "connect")
def _remember(connection: Any, _record: Any) -> None:
    """Threads and second applications of a test leave connections in their pools when it ends."""
    if isinstance(connection, psycopg.Connection):
        _opened.append(connection)


def close_what_was_left_open() -> None:
    while _opened:
        _opened.pop().close()


def migrate(url: str, instance: Path) -> None:
    """Run the product's own migrations, as an administrator would."""
    from flask_migrate import upgrade

    from survey import create_app
    from survey.extensions import db
    from tests.conftest import KEYS

    app = create_app({"DATABASE_URL": url, "THUOCDO_INSTANCE": str(instance), **KEYS})
    with app.app_context():
        upgrade()
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def make_postgresql(server_url: str, worker: str) -> str:
    """A fresh database of this worker's on the server of `server_url`; returns its URL."""
    base, _, name = server_url.rpartition("/")
    mine = f"{name}_{worker}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(mine)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(mine)))
    return f"{base}/{mine}"


def empty_postgresql(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        tables = sql.SQL(", ").join(sql.Identifier(row[0]) for row in rows)
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(tables))
