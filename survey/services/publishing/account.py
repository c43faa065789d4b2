"""The account of dossiers and the response rates, as a publication shows them."""

from __future__ import annotations

import math
from dataclasses import asdict

import pandas as pd

from analysis import rates
from survey.models import Wave
from survey.queries.account import account, total
from survey.reports.content import Account

RATES = {
    "RR1": rates.rr1,
    "RR2": rates.rr2,
    "RR3": rates.rr3,
    "RR4": rates.rr4,
    "RR5": rates.rr5,
    "RR6": rates.rr6,
}


def accounts_of(wave: Wave) -> tuple[Account, ...]:
    """Frame and outcomes of all agencies together, then of each; every row adds up, or the query has raised."""
    rows = account(wave)
    whole = Account("", "Toàn thành phố", asdict(total(rows)))
    return (whole, *(Account(row.agency, row.name, asdict(row.account)) for row in rows))


def response_rates(frame: pd.DataFrame) -> dict[str, float | None]:
    """AAPOR's six response rates of the whole sample."""
    counts = rates.outcomes(frame["disposition"])
    values = {name: float(rate(counts)) for name, rate in RATES.items()}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
