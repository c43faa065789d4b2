"""The five ways in which Vietnamese exports write a moment, read as aware UTC.

`dd/mm/yyyy`, `yyyy-mm-dd`, `yyyyMMddHHmmss`, an Excel serial number and a true date cell; each with or without
time. Without a zone of its own a moment is of Asia/Ho_Chi_Minh.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from survey.clock import local_day

# Vietnam has kept UTC+7 without daylight saving since 1975; a fixed offset spares a zone look-up per cell.
OFFSET = timedelta(hours=7)
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 -- Excel knows no zones; the offset is taken off below
_EXCEL_RANGE = (20_000.0, 80_000.0)  # 1954 to 2119: a lone year or a day number is not a date
_YEARS = range(1990, 2101)

_TIME = r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
_DAY_FIRST = re.compile(rf"(\d{{1,2}})[/-](\d{{1,2}})[/-](\d{{4}}){_TIME}")
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}}){_TIME}\s*(Z|[+-]\d{{2}}:?\d{{2}})?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")


class Moment(NamedTuple):
    """A moment in UTC and whether the source gave a time of day."""

    at: datetime
    has_time: bool

    def end_of_day(self) -> datetime:
        """A due date without time means until that day is over."""
        return self.at if self.has_time else self.at + timedelta(days=1) - timedelta(seconds=1)

    def not_before(self, start: datetime) -> datetime:
        """A date without time on the day of `start` is taken as not before it."""
        if self.has_time or self.at > start or local_day(self.at) != local_day(start):
            return self.at
        return start


def read_moment(cell: object) -> Moment:
    """The moment in a cell.

    Raises
    ------
    ValueError
        If the cell is none of the five forms, or no day of the calendar between 1990 and 2100.
    """
    if isinstance(cell, str):
        return _read_text(cell.strip())
    if isinstance(cell, datetime):
        if cell.tzinfo is not None:
            return _checked(cell.astimezone(UTC).replace(tzinfo=None) + OFFSET, True)
        return _checked(cell, cell.time() != time())
    if isinstance(cell, date):
        return _checked(datetime.combine(cell, time()), False)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _read_text(f"{cell:.10g}") if cell < 1e8 else _read_text(f"{cell:.0f}")
    raise ValueError("not a date")


@lru_cache(maxsize=8_192)
def _read_text(text: str) -> Moment:
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, *clock = found.groups()
        return _moment(year, month, day, clock)
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day, *clock, zone = found.groups()
        return _moment(year, month, day, clock, zone)
    if found := _COMPACT.fullmatch(text):
        year, month, day, *clock = found.groups()
        return _moment(year, month, day, clock)
    if _SERIAL.fullmatch(text):
        return _from_serial(float(text.replace(",", ".")))
    raise ValueError("not a date")


def _moment(
    year: str | None, month: str | None, day: str | None, clock: list[str | None], zone: str | None = None
) -> Moment:
    hour, minute, second = clock
    local = datetime(  # noqa: DTZ001 -- made aware in _checked
        int(year or 0), int(month or 0), int(day or 0), int(hour or 0), int(minute or 0), int(second or 0)
    )
    if zone:
        local = local - _zone_offset(zone) + OFFSET
    return _checked(local, clock[0] is not None)


def _zone_offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta()
    sign = -1 if zone[0] == "-" else 1
    return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))


def _from_serial(serial: float) -> Moment:
    if not _EXCEL_RANGE[0] <= serial <= _EXCEL_RANGE[1]:
        raise ValueError("not a date")
    seconds = round(serial * 86_400)  # a serial is a double: 0.4 of a day is a hair off its second
    return _checked(_EXCEL_EPOCH + timedelta(seconds=seconds), seconds % 86_400 != 0)


def _checked(local: datetime, has_time: bool) -> Moment:
    if local.year not in _YEARS:
        raise ValueError("year out of range")
    return Moment(local.replace(tzinfo=UTC) - OFFSET, has_time)
