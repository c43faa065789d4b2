"""How an answer came about, beside what it says: nothing finer than a device, and seconds by page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from survey.queries.respond import Case, Reply

BREAK = timedelta(minutes=30)  # between two pages: the citizen was away
_KEPT_TIMES = 12  # visits to one page whose seconds are kept


def so_far(
    case: Case, reply: Reply | None, new: Mapping[str, Any], page_key: str | None, now: datetime
) -> dict[str, Any]:
    """What is known, with one more page.

    `seconds` by page and visit, `breaks`: how often the citizen left and came back, device and print as last seen,
    `flipped`: from which end the scales were shown.
    """
    known: dict[str, Any] = dict(reply.paradata) if reply else {"flipped": case.flipped}
    rest = dict(new)
    seconds = rest.pop("seconds", None)
    if page_key is not None and seconds is not None:
        times: dict[str, list[int]] = known.get("seconds", {})
        known["seconds"] = {**times, page_key: [*times.get(page_key, []), seconds][:_KEPT_TIMES]}
        if reply is not None and now - reply.updated_at > BREAK:
            known["breaks"] = known.get("breaks", 0) + 1
    return known | rest
