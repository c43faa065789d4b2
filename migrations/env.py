"""Alembic's environment: the application's engine and tables, batch mode for SQLite."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app

from survey.models.types import UtcDateTime

target = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """A migration must not depend on code that may change: our time type is a plain one there."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def skip_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def run() -> None:
    arguments = {"process_revision_directives": skip_empty, "render_item": render_item}
    with target.engine.connect() as connection:
        _look_at_foreign_keys(connection, "OFF")
        context.configure(
            connection=connection,
            target_metadata=target.metadata,
            **{**current_app.extensions["migrate"].configure_args, **arguments},
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        _look_at_foreign_keys(connection, "ON")


def _look_at_foreign_keys(connection: Any, switch: str) -> None:
    """SQLite changes a table by dropping it, which rows pointing to it forbid; obeyed between transactions."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={switch}")


run()
