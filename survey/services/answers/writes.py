"""The writes that store one page, in one trip to PostgreSQL.

A trip costs the web process more than the row it brings. SQLite has no trips to save, and no INSERT in a WITH.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import FromClause, Table, bindparam, insert, update

from survey.extensions import db

Shape = tuple[Table, tuple[str, ...], bool]


@dataclass(frozen=True)
class Write:
    """A new row of a table, or new values for the row with this id. Column defaults must be among the values."""

    table: FromClause
    values: Mapping[str, Any]
    row: int | None = None

    @property
    def shape(self) -> Shape:
        return self.table, tuple(self.values), self.row is None  # type: ignore[return-value]  # mapped: a Table


def write(*writes: Write) -> None:
    """Run them, none of which may read or change what another writes. The caller commits."""
    connection = db.session.connection()
    at_once = len(writes) if connection.dialect.name == "postgresql" else 1
    for start in range(0, len(writes), at_once):
        part = writes[start : start + at_once]
        parameters = {f"{n}_{name}": value for n, one in enumerate(part) for name, value in one.values.items()}
        rows = {f"{n}_row": one.row for n, one in enumerate(part) if one.row is not None}
        connection.execute(_statement(tuple(one.shape for one in part)), parameters | rows)


@lru_cache(maxsize=256)
def _statement(shapes: tuple[Shape, ...]) -> Any:
    """The last of the writes, with those before it in its WITH."""
    *before, last = [_one(n, *shape) for n, shape in enumerate(shapes)]
    return last.add_cte(*(one.cte(f"write_{n}") for n, one in enumerate(before)))


def _one(number: int, table: Table, columns: tuple[str, ...], is_new: bool) -> Any:
    values = {name: bindparam(f"{number}_{name}", type_=table.c[name].type) for name in columns}
    if is_new:
        return insert(table).inline().values(values)
    return update(table).where(table.c.id == bindparam(f"{number}_row")).values(values)
