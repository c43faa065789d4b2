"""`column IN (…)` with one parameter for any number of keys: a statement written, read and planned once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine


class _Keys(TypeDecorator[list[str]]):
    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(String()) if dialect.name == "postgresql" else JSON())


class is_one_of(FunctionElement[bool]):  # noqa: N801 -- reads as SQL's own functions do
    """`is_one_of(Message.id, keys("ids"))`."""

    type = Boolean()
    inherit_cache = True


def keys(name: str) -> ColumnElement[list[str]]:
    """The parameter: a list of text keys."""
    return bindparam(name, type_=_Keys())


@compiles(is_one_of, "postgresql")
def _any(element: is_one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, parameter = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY({parameter})"


@compiles(is_one_of, "sqlite")
def _json_each(element: is_one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, parameter = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({parameter}))"  # noqa: S608 -- names of ours
