"""Flags of the analysis file: which answers deserve a second look, by what was kept of how they came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.quality import bursts, speeders, straight_lines

FLAGS = ("flag_fast", "flag_straight", "flag_burst", "flag_network")
FAST_SHARE = 1 / 3  # of the median time for an answer, among those who answered in the same way
STRAIGHT_MINIMUM = 4  # ratings
BURST_SIZE, BURST_WINDOW_S = 5, 600.0


def flags(rows: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """A column of 0 and 1 for each flag; `rows` has agency, mode, sent_at, paradata, answers of respondents.

    A burst is many answers for one agency out of one network on one day: a carrier has thousands behind one
    address.
    """
    paradata = [value if isinstance(value, dict) else {} for value in rows["paradata"]]
    counts = [len(answers) if isinstance(answers, dict) else 0 for answers in rows["answers"]]
    agencies = rows["agency"].tolist()
    pairs = list(zip(agencies, paradata, strict=True))
    marks = [f"{code}|{kept['network']}" if "network" in kept else "" for code, kept in pairs]
    at = [0.0 if pd.isna(moment) else moment.timestamp() for moment in rows["sent_at"]]
    columns = (
        speeders([_seconds(p) for p in paradata], counts, rows["mode"].tolist(), share=FAST_SHARE),
        straight_lines(ratings.to_numpy(dtype=float, na_value=np.nan), minimum=STRAIGHT_MINIMUM),
        bursts(marks, at, size=BURST_SIZE, window=BURST_WINDOW_S),
        [_own_network(code, kept) for code, kept in pairs],
    )
    named = {name: np.asarray(column, dtype=int) for name, column in zip(FLAGS, columns, strict=True)}
    return pd.DataFrame(named, index=rows.index)


def _seconds(paradata: Mapping[str, Any]) -> float:
    """Seconds on all pages; nothing where they were not measured, as in a text message."""
    return float(sum(sum(visits) for visits in paradata.get("seconds", {}).values()))


def _own_network(agency: str, paradata: Mapping[str, Any]) -> bool:
    return not {"*", agency.partition("@")[0]}.isdisjoint(paradata.get("offices", ()))
