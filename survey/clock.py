"""What time it is for this application, and what day in Viet Nam. The demo and tests set another clock.

Views, jobs and commands ask here once and pass `now` down; nothing below them looks at a clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Flask, current_app

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def now(app: Flask | None = None) -> datetime:
    """Aware UTC."""
    clock: Callable[[], datetime] | None = (app or current_app).extensions.get("thuocdo_clock")
    return clock() if clock else datetime.now(UTC)


def local_day(at: datetime) -> date:
    """The calendar day in Viet Nam."""
    return at.astimezone(HANOI).date()


def day_bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """UTC moments from the start of `first` to the end of `last` in Viet Nam, the end excluded."""
    start, end = (datetime.combine(day, time(), HANOI) for day in (first, last + timedelta(days=1)))
    return start.astimezone(UTC), end.astimezone(UTC)
