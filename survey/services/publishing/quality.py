"""The index with and without flagged answers, by the same estimation; then a flagged person counts as silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from analysis import run
from analysis.errors import Refusal
from survey.queries.analysis import weighting_classes
from survey.queries.quality import FLAGS
from survey.reports.content import SUPPRESSED, Figure, Quality

ANY = "any"


def is_flagged(frame: pd.DataFrame) -> pd.Series[bool]:
    """Rows with some flag; none in a file that was written before flags were."""
    return frame[[name for name in FLAGS if name in frame]].eq(1).any(axis=1)


def comparison(
    frame: pd.DataFrame, design: Mapping[str, Any], index: str, items: list[str], minimum: int
) -> list[dict[str, Any]]:
    """A row for each domain: people, how many are flagged for what, and the index without them.

    `without` is empty where nobody would be left to stand for a class, or nobody is flagged at all.
    """
    flagged = is_flagged(frame)
    counts = frame[list(FLAGS)].assign(**{ANY: flagged}) if flagged.any() else pd.DataFrame(index=frame.index)
    without = _without(frame, flagged, design, index, items, minimum) if flagged.any() else {}
    rows = [_row("province", "", frame, counts, without.get(("", "")))]
    for (level,) in (by for by in design["domains"] if by):
        for code, part in frame.groupby(level):
            rows.append(_row(level, str(code), part, counts, without.get((level, str(code)))))
    return rows


def _row(
    level: str, key: str, part: pd.DataFrame, counts: pd.DataFrame, without: Mapping[str, Any] | None
) -> dict[str, Any]:
    flagged = {str(name): int(count) for name, count in counts.loc[part.index].sum().items()}
    return {"level": level, "key": key, "n": int(part["responded"].sum()), "flagged": flagged, "without": without}


def published(
    rows: list[dict[str, Any]], is_hidden: Callable[[str, str], bool], minimum: int
) -> tuple[Quality, ...]:
    """What a release tells, of the province and the tiers: no figure is the difference of few people's answers."""
    tiers = [row for row in rows if row["level"] == "tier"]
    told = {
        row["key"]: not is_hidden("tier", row["key"]) and _many(_flagged(row), row["n"], minimum) for row in tiers
    }
    untold = [row for row in tiers if not told[row["key"]]]
    flagged, people = sum(map(_flagged, untold)), sum(row["n"] for row in untold)
    found = []
    for row in rows:
        tells = told.get(row["key"], True) and _many(_flagged(row), row["n"], minimum)
        if row["level"] == "province":
            tells = tells and (not untold or _many(flagged, people, minimum))
        found.append(_told(row, minimum) if tells else _told({**row, "flagged": None, "without": None}, minimum))
    return tuple(found)


def _flagged(row: Mapping[str, Any]) -> int:
    return int(row["flagged"].get(ANY, 0))


def _many(count: int, n: int, minimum: int) -> bool:
    return count == 0 or min(count, n - count) >= minimum


def _told(row: Mapping[str, Any], minimum: int) -> Quality:
    counts, without = row["flagged"], row["without"]
    known = {name: 0 if counts is None else counts.get(name, 0) for name in FLAGS}
    return Quality(
        level=row["level"],
        key=row["key"],
        respondents=row["n"],
        flagged=None if counts is None else counts.get(ANY, 0),
        kinds={
            name: count if counts is not None and _many(count, row["n"], minimum) else None
            for name, count in known.items()
        },
        without=SUPPRESSED if counts is None else Figure(**_figure(without)) if without else Figure(),
    )


def _figure(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: row.get(name) for name in Figure.__dataclass_fields__}
    return values | {"flags": tuple(row["flags"])}


def _without(
    frame: pd.DataFrame,
    flagged: pd.Series[bool],
    design: Mapping[str, Any],
    index: str,
    items: list[str],
    minimum: int,
) -> dict[tuple[str, str], dict[str, Any]]:
    rest = frame.copy()
    rest.loc[flagged, items] = None
    rest.loc[flagged, ["resolved", "responded"]] = 0
    rest["weighting_class"] = weighting_classes(rest, minimum)
    wanted = {name: part for name, part in design.items() if name not in ("rank", "covariance")}
    wanted["estimates"] = [one for one in design["estimates"] if one["name"] == index]
    try:
        result = run.estimate(rest, wanted)
    except Refusal:
        return {}
    found = {}
    for row in result["results"]:
        ((level, key),) = row["domain"].items() or [("", "")]
        found[level, str(key)] = row
    return found
