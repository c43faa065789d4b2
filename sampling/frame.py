"""The frame put in order: checked, sorted by id, coded by stratum, one dossier a person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sampling.arrays import Bools, Floats, Ints, Texts
from sampling.canonical import frame_hash, hash_rows, id_order, text, texts
from sampling.errors import FrameError
from sampling.plan import Plan

__all__ = ["Frame", "check_frame", "eligibility", "factorize", "frame_hash", "numbers"]

SAMPLE_COLUMNS = [
    "inclusion_probability", "base_weight", "multiplicity", "replicate", "released", "u", "stratum",
]  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """A checked frame, rows sorted by id; `stratum` codes point into `strata`, sorted keys."""

    rows: pd.DataFrame
    ids: Texts
    stratum: Ints
    strata: tuple[str, ...]
    sha256: str

    def keep(self, mask: Bools) -> "Frame":
        """The frame cut to some rows; strata stay, even those left empty."""
        return Frame(self.rows[mask], self.ids[mask], self.stratum[mask], self.strata, self.sha256)

    def counts(self) -> Ints:
        """Rows of each stratum."""
        return np.bincount(self.stratum, minlength=len(self.strata)).astype(np.int64)

    def complete(self, column: str) -> Texts:
        """Texts of a column that may not be empty."""
        return complete(self.rows, column, self.ids)

    def counts_of(self, mask: Bools) -> Ints:
        """Rows of each stratum where a mask holds."""
        return np.bincount(self.stratum[mask], minlength=len(self.strata)).astype(np.int64)


def check_frame(frame: pd.DataFrame, plan: Plan) -> Frame:
    """Check a frame against a plan and put it in canonical order.

    Parameters
    ----------
    frame : DataFrame
        One row per eligible dossier, in any order.
    plan : Plan

    Returns
    -------
    Frame

    Raises
    ------
    FrameError
        If the frame has no rows, lacks a column the plan names, repeats an id or a column, leaves an id,
        stratum, unit or person empty, or has a column the sample would overwrite.

    Examples
    --------
    >>> from sampling.plan import load_plan
    >>> plan = load_plan({"id": "code", "method": "srs", "allocation": {"method": "equal", "n": 1}})
    >>> check_frame(pd.DataFrame({"code": ["b", "a"]}), plan).ids.tolist()
    ['a', 'b']
    """
    _check_columns(frame, plan)
    if not len(frame):
        raise FrameError("rows", "the frame has no rows")
    ids = complete(frame, plan.id)
    order = id_order(ids)
    ids = ids[order]
    repeated = np.flatnonzero(ids[1:] == ids[:-1])
    if len(repeated):
        raise FrameError(f"column `{plan.id}`", f"must be unique; {ids[repeated[0]]!r} stands twice or more")
    rows = frame.iloc[order].reset_index(drop=True)
    codes, keys = stratum_codes(rows, plan.strata, ids)
    _check_overwritten(rows, plan, keys, codes)
    return Frame(rows, ids, codes, keys, hash_rows(rows, np.arange(len(rows))))


def _check_columns(frame: pd.DataFrame, plan: Plan) -> None:
    repeated = frame.columns[frame.columns.duplicated()]
    if len(repeated):
        raise FrameError(f"column `{repeated[0]}`", "stands twice in the header")
    for where, column in _named_columns(plan):
        if column not in frame.columns:
            raise FrameError(f"column `{column}`", f"is named by `{where}` of the plan but not in the frame")


def _named_columns(plan: Plan) -> list[tuple[str, str]]:
    named = [("id", plan.id)] + [("strata", column) for column in plan.strata]
    for stage in plan.stages:
        named += [("unit", stage.unit)] + [("order", column) for column in stage.order]
        named += [("balance", column) for column in stage.balance]
        if stage.size is not None and not (stage.size == "count" and stage.n is not None):
            named.append(("size", stage.size))
    if plan.allocation and plan.allocation.sd_from:
        named.append(("allocation.sd_from", plan.allocation.sd_from))
    if plan.person:
        named.append(("person.key", plan.person))
    if plan.coordinate:
        named.append(("coordinate.key", plan.coordinate.key))
    return named


def _check_overwritten(rows: pd.DataFrame, plan: Plan, keys: tuple[str, ...], codes: Ints) -> None:
    added = SAMPLE_COLUMNS + [
        f"stage{i + 1}_{x}" for i in range(len(plan.stages)) for x in ("n", "N", "probability")
    ]
    if len(plan.stages) > 1 or plan.stages[0].unit != plan.id:
        added.append("psu")
    for column in set(added) & set(rows.columns):
        same = (
            plan.stages[0].unit == "psu"
            if column == "psu"
            else column == "stratum" and bool((texts(rows["stratum"]) == np.array(keys, object)[codes]).all())
        )
        if not same:
            raise FrameError(f"column `{column}`", "would be overwritten by the sample; rename it")


def complete(frame: pd.DataFrame, column: str, ids: Texts | None = None) -> Texts:
    """Texts of a column that may not be empty; the first that is gets named by id, or by its place."""
    try:
        found = texts(frame[column])
    except TypeError as exc:
        raise FrameError(f"column `{column}`", str(exc)) from exc
    empty = np.flatnonzero(found == "")
    if len(empty):
        which = f"data row {empty[0] + 1}" if ids is None else f"unit {ids[empty[0]]!r}"
        raise FrameError(f"column `{column}`", f"must not be empty; {which} has no value")
    return found


def numbers(rows: pd.DataFrame, column: str, ids: Sequence[str] | Texts, *, low: float = -np.inf) -> Floats:
    """Finite numbers of at least `low` in a column, or a `FrameError` naming the first offender by id."""
    found = pd.to_numeric(rows[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = np.flatnonzero(~(np.isfinite(found) & (found >= low)))
    if len(bad):
        rule = "finite numbers" if low == -np.inf else f"finite numbers of at least {low:g}"
        value = text(rows[column].iloc[bad[0]]) or "no value"
        raise FrameError(f"column `{column}`", f"must hold {rule}; unit {ids[bad[0]]!r} has {value}")
    return found


def factorize(labels: Texts) -> tuple[Ints, Texts]:
    """Codes of labels, and the distinct labels in the order of their UTF-8 bytes."""
    codes, distinct = pd.factorize(labels)
    order = np.argsort(distinct, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes], np.asarray(distinct, dtype=object)[order]


def stratum_codes(rows: pd.DataFrame, strata: Sequence[str], ids: Texts) -> tuple[Ints, tuple[str, ...]]:
    """Stratum code of every row and the sorted keys, values joined by `|`; no strata is one stratum ''."""
    if not strata:
        return np.zeros(len(rows), dtype=np.int64), ("",)
    parts = [factorize(complete(rows, column, ids)) for column in strata]
    codes = parts[0][0]
    for more, distinct in parts[1:]:
        codes = codes * len(distinct) + more
    present, codes = np.unique(codes, return_inverse=True)
    keys = np.array(["|".join(path) for path in _paths(present, [p[1] for p in parts])], dtype=object)
    merged, labels = factorize(keys)
    if len(labels) < len(keys):
        raise FrameError("strata", "two strata have the same key; a value holds `|`")
    return merged[codes], tuple(labels)


def _paths(codes: Ints, levels: Sequence[Texts]) -> list[tuple[str, ...]]:
    columns = []
    for distinct in reversed(levels):
        codes, index = np.divmod(codes, len(distinct))
        columns.append(distinct[index])
    return list(zip(*reversed(columns), strict=True))


def eligibility(rows: pd.DataFrame, rules: Sequence[tuple[str, Bools]]) -> pd.Series:
    """Reason why each row stays out, empty where it stays in.

    Parameters
    ----------
    rows : DataFrame
        N candidate rows.
    rules : sequence of (reason, (N,) array of bool)
        True where the reason holds; the first that holds is the one given.

    Returns
    -------
    (N,) Series of str

    Raises
    ------
    ValueError
        If a rule's mask has another length than `rows`.

    Examples
    --------
    >>> rows = pd.DataFrame({"test": [True, False], "phone": ["", ""]})
    >>> eligibility(rows, [("test", rows["test"]), ("no phone", rows["phone"] == "")]).tolist()
    ['test', 'no phone']
    """
    reason = np.full(len(rows), "", dtype=object)
    for name, mask in rules:
        if len(mask) != len(rows):
            raise ValueError(f"`rules` must hold masks of {len(rows)} rows; {name!r} has {len(mask)}")
        reason[(reason == "") & np.asarray(mask, dtype=bool)] = name
    return pd.Series(reason, index=rows.index, dtype="str")
