"""The tables of a release that people read, held against the recomputation.

`estimates.csv`
    `name`, `variable`, `domain` (``agency=A01|channel=online``, empty for all), then any of FIGURES.
`result.csv`
    `level` (``province`` for all, else the key of the domain), `key`, `kind`, `code`, then any of FIGURES and
    `rank_low`, `rank_high`. A row of kind ``index`` is the estimate named index, any other the one named `code`.
`result.json`
    ``{"province": D, "tiers": [D, ...], "agencies": [D, ...]}``; D has `level`, `key`, `index` and the mappings
    `formulas`, `factors`, `items` from a name to its figures, and `rank` ``[low, high]`` or null.

An empty figure is one that is not shown. Figures of the two CSV files may be rounded; they are compared so.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.fields import is_number

FIGURES = ("estimate", "se", "df", "ci_low", "ci_high", "n", "n_answers", "n_psu", "deff")
_RELATIVE = 1e-9  # sums in another order, another BLAS: never more than this
_EVERYBODY = "province"
_NAMED = ("formulas", "factors", "items")

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Shown:
    """One row that people read: which estimate it is, its figures as they stand there, its rank."""

    name: str
    domain: str
    figures: Mapping[str, Any]
    rank: Sequence[Any] = field(default=())


def differences_in_csv(content: bytes, rows: Rows) -> Iterator[str]:
    """Lines for the figures of estimates.csv that are not those of `rows`."""
    known = {(r["name"], r["variable"], flat_domain(r["domain"])): r for r in rows}
    for line in _lines(content):
        name = (line.get("name"), line.get("variable"), line.get("domain") or "")
        yield from _figures("estimates.csv", str(name), line, known.get(name))


def differences_in_result(file: str, shown: Iterator[Shown], rows: Rows, ranks: Rows) -> Iterator[str]:
    """Lines for the figures and ranks of result.csv or result.json that are not those recomputed."""
    known = {(r["name"], flat_domain(r["domain"])): r for r in rows if r["variable"] == r["name"]}
    places = {(r["name"], flat_domain(r["domain"])): r["simultaneous"] for r in ranks}
    for row in shown:
        where = (row.name, row.domain)
        yield from _figures(file, str(where), row.figures, known.get(where))
        if row.rank and [str(place) for place in row.rank] != [str(place) for place in places.get(where, ())]:
            yield f"{file}: {where}: rank published {list(row.rank)}, recomputed {places.get(where)}"


def shown_in_csv(content: bytes) -> Iterator[Shown]:
    """The rows of result.csv. An apostrophe before a text keeps spreadsheets from running it."""
    for line in _lines(content):
        level, key, code = (line.get(name, "").removeprefix("'") for name in ("level", "key", "code"))
        name = "index" if line.get("kind") == "index" else code
        rank = [place for place in (line.get("rank_low"), line.get("rank_high")) if place]
        yield Shown(name, _domain(level, key), line, rank)


def shown_in_json(content: Mapping[str, Any]) -> Iterator[Shown]:
    """The figures of result.json."""
    for entry in (content["province"], *content["tiers"], *content["agencies"]):
        domain = _domain(entry["level"], entry["key"])
        yield Shown("index", domain, entry["index"], entry.get("rank") or ())
        for kind in _NAMED:
            for name, figures in entry[kind].items():
                yield Shown(name, domain, figures)


def agree(a: Any, b: Any) -> bool:
    """Whether two published values are one: floats to 1e-9 relative, lists one by one, all else exactly."""
    if is_number(a) and is_number(b):
        return math.isclose(a, b, rel_tol=_RELATIVE, abs_tol=1e-14)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(agree, a, b))
    return bool(a == b)


def flat_domain(domain: Mapping[str, object]) -> str:
    """A domain as one field.

    >>> flat_domain({"agency": "A01", "channel": "online"})
    'agency=A01|channel=online'
    """
    return "|".join(f"{key}={value}" for key, value in domain.items())


def _domain(level: str, key: str) -> str:
    return "" if level == _EVERYBODY else f"{level}={key}"


def _lines(content: bytes) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(content.decode("utf-8-sig")), restval="")


def _figures(file: str, name: str, shown: Mapping[str, Any], row: Mapping[str, Any] | None) -> Iterator[str]:
    if row is None:
        yield f"{file}: {name}: published but not in the recomputation"
        return
    for figure in FIGURES:
        value, other = shown.get(figure), row[figure]
        if value in (None, ""):
            continue
        if not (_rounded(value, other) if isinstance(value, str) else agree(value, other)):
            yield f"{file}: {name}: {figure} published {value}, recomputed {other!r}"


def _rounded(text: str, value: float | None) -> bool:
    """Whether the printed number is `value` rounded to the digits it shows."""
    try:
        printed = float(text)
    except ValueError:
        return False
    if value is None:
        return False
    digits = len(text.partition(".")[2]) if "e" not in text.lower() else 17
    return abs(printed - value) <= 0.5000001 * 10.0**-digits + _RELATIVE * abs(value)
