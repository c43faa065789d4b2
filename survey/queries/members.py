"""`column IN (…)` with one parameter for any number of keys: PostgreSQL reads and plans the statement once."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import BindParameter, Boolean, String, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class is_one_of(FunctionElement[bool]):  # noqa: N801 -- reads as SQL's own functions do
    """`is_one_of(Message.id, keys("ids"))`."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> is_one_of:
        """As it is: SQLite would be asked whether it `= 1`, and would try every row."""
        return self


def keys(name: str) -> BindParameter[Any]:
    """The parameter: a list of text keys."""
    return bindparam(name, type_=cast("TypeEngine[Any]", ARRAY(String())))


@compiles(is_one_of)
def _in(element: is_one_of, compiler: SQLCompiler, **kw: Any) -> str:
    """One parameter for each key, on SQLite, which plans in no time."""
    column, parameter = element.clauses
    return compiler.process(column.in_(bindparam(parameter.key, expanding=True, type_=String())), **kw)


@compiles(is_one_of, "postgresql")
def _any(element: is_one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, parameter = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY({parameter})"
