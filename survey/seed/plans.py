"""Wave plans that suit the fictional province."""

from __future__ import annotations

from datetime import date
from typing import Any


def one_off_plan(code: str, period: tuple[date, date], *, n: int, minimum: int = 40) -> dict[str, Any]:
    """A wave over a whole period, drawn by agency: larger agencies get more, small ones at least `minimum`."""
    return _plan(code, period) | {
        "kind": "one_off",
        "sample": {
            "strata": ["agency"],
            "method": "systematic",
            "order": ["channel", "completed_on"],
            "allocation": {"method": "power", "power": 0.5, "n": n, "min": minimum},
        },
    }


def rolling_plan(code: str, period: tuple[date, date], *, fraction: float) -> dict[str, Any]:
    """A wave that asks a fixed share of each day's finished dossiers."""
    return _plan(code, period) | {
        "kind": "rolling",
        "sample": {"strata": ["agency"], "fraction": fraction, "invite_within_days": 7},
    }


def _plan(code: str, period: tuple[date, date]) -> dict[str, Any]:
    return {
        "code": code,
        "title": {
            "vi": f"Khảo sát hài lòng {period[0]:%d/%m/%Y} – {period[1]:%d/%m/%Y} (dữ liệu giả lập)",
            "en": f"Satisfaction survey {period[0]} to {period[1]} (synthetic data)",
        },
        "period": [day.isoformat() for day in period],
        "eligible_status": 10,
        "instrument": "motcua_ngan@1",
        "synthetic": True,
        "settings": {"response_days": 14, "reminder_days": [4, 9]},
    }
