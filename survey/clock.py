"""What time it is for this application. The demo and tests set another clock; everything else is the system's.

Views, jobs and commands ask here once and pass `now` down; nothing below them looks at a clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import current_app


def now() -> datetime:
    """Aware UTC."""
    clock: Callable[[], datetime] | None = current_app.extensions.get("thuocdo_clock")
    return clock() if clock else datetime.now(UTC)
