"""Column types that both databases share."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Enum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out. SQLite has no zones and would hand back naive times."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"`datetime` must carry its zone; got {value!r}")
        utc = value if value.tzinfo is UTC else value.astimezone(UTC)  # 600,000 of these in an import
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words(enum: type[StrEnum], name: str) -> Enum:
    """A whole word in the database, checked by the database."""

    def values(members: Any) -> list[str]:
        return [member.value for member in members]

    return Enum(enum, name=name, native_enum=False, create_constraint=True, length=32, values_callable=values)
