"""The database, migrations, log-in, CSRF and translations; bound to an application in `create_app`."""

from __future__ import annotations

import select
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Engine, MetaData, Pool, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Constraint names are fixed so that migrations can find them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(
    model_class=Base,
    engine_options={"hide_parameters": True},  # an error in a log must not carry a phone or an answer
)
migrate = Migrate(db=db, compare_type=True, render_as_batch=True)
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()

_sqlite_begin: ContextVar[str] = ContextVar("sqlite_begin", default="BEGIN IMMEDIATE")


@contextmanager
def _begin_with(statement: str) -> Iterator[None]:
    token = _sqlite_begin.set(statement)
    try:
        yield
    finally:
        _sqlite_begin.reset(token)


def reading() -> AbstractContextManager[None]:
    """Transactions begun inside only read: on SQLite they take no write lock."""
    return _begin_with("BEGIN")


def writing() -> AbstractContextManager[None]:
    """For the few GET requests that write: gateways call back with them."""
    return _begin_with("BEGIN IMMEDIATE")


@event.listens_for(Engine, "connect")
def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    """WAL and FULL: a lost answer is worse than a slow one."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Pool, "checkout")
def _drop_the_dead(connection: Any, _record: Any, _proxy: Any) -> None:
    """Something to read on an idle connection means that its server hung up: no question need be asked first.

    A ping before each use would cost as much as a query; a connection that fails here is replaced by the pool.
    """
    if isinstance(connection, sqlite3.Connection):
        return
    waiting = select.poll()
    if not connection.closed:
        waiting.register(connection.fileno(), select.POLLIN)
    if connection.closed or waiting.poll(0):
        raise DisconnectionError("the server closed this connection")


@event.listens_for(Engine, "begin")
def _sqlite_begin_mode(connection: Any) -> None:
    """A deferred BEGIN that later writes fails at once with SQLITE_BUSY instead of waiting its turn."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_sqlite_begin.get())
