"""Does a sample repeat from its frame and summary?"""

import math
from collections.abc import Mapping

import pandas as pd

from sampling import ALGORITHM, ALGORITHM_VERSION
from sampling.canonical import text, texts
from sampling.draw import draw
from sampling.errors import PlanError
from sampling.plan import Plan, load_plan
from sampling.schema import Section

SUMMARY_KEYS = (
    "algorithm", "plan", "seed", "frame_sha256", "history_sha256", "reach", "frame_rows", "n", "released",
    "strata",
)  # fmt: skip


def summary_plan(summary: object) -> Plan:
    """The plan of a summary.

    Parameters
    ----------
    summary : dict
        SUMMARY.json as read.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        If the summary lacks a part, or comes from another algorithm or version.

    Examples
    --------
    >>> summary_plan({"plan": {}})
    Traceback (most recent call last):
    sampling.errors.PlanError: algorithm: is required
    """
    section = Section(summary, "", SUMMARY_KEYS)
    made_by = section.raw("algorithm")
    if made_by != {"name": ALGORITHM, "version": ALGORITHM_VERSION}:
        raise PlanError("algorithm", f"is {made_by}; this is {ALGORITHM} version {ALGORITHM_VERSION}")
    section.raw("seed")
    section.text("seed", "")
    return load_plan(section.raw("plan"))


def first_difference(
    frame: pd.DataFrame,
    summary: object,
    sample: pd.DataFrame,
    *,
    history: pd.DataFrame | None = None,
    tolerance: float = 0.0,
) -> str | None:
    """What differs first between a sample and its repetition.

    Parameters
    ----------
    frame, history : DataFrame
        As given to `sampling.draw.draw`.
    summary : dict
        SUMMARY.json as read.
    sample : DataFrame
        The sample to be checked, rows and columns in any order.
    tolerance : float
        Relative tolerance of numbers; 0 for files that keep doubles, 1e-14 for XLSX, which does not.

    Returns
    -------
    str or None
        None when everything repeats.

    Raises
    ------
    SamplingError
        As in `sampling.draw.draw`.

    Examples
    --------
    >>> from sampling.plan import load_plan
    >>> plan = load_plan({"id": "code", "method": "srs", "allocation": {"method": "equal", "n": 1}})
    >>> frame = pd.DataFrame({"code": ["a", "b"]})
    >>> made = draw(frame, plan, "demo")
    >>> first_difference(frame, made.summary, made.sample) is None
    True
    """
    plan = summary_plan(summary)
    given = Section(summary, "", SUMMARY_KEYS).source
    again = draw(frame, plan, str(given["seed"]), history=history)
    for key in ("frame_sha256", "history_sha256"):
        if given.get(key) != again.summary.get(key):
            return f"{key}: summary has {given.get(key)}, the file gives {again.summary.get(key)}"
    found = _sample_difference(again.sample, sample, plan.id, tolerance)
    return found or _summary_difference(again.summary, given)


def _sample_difference(made: pd.DataFrame, given: pd.DataFrame, id_: str, tolerance: float) -> str | None:
    missing = [name for name in [*made.columns, *given.columns] if name not in given or name not in made]
    if missing:
        return f"column `{missing[0]}` is in one of the samples only"
    left, right = (table.set_axis(texts(table[id_])).sort_index() for table in (made, given))
    if right.index.has_duplicates:
        return f"{id_} {right.index[right.index.duplicated()][0]!r} stands twice in the sample"
    only = left.index.symmetric_difference(right.index)
    if len(only):
        where = "the given sample" if only[0] in right.index else "the repeated draw"
        return f"{id_} {only[0]!r} is only in {where}"
    for name in made.columns:
        for key, a, b in zip(left.index, left[name].tolist(), right[name].tolist(), strict=True):
            if not _same(a, b, tolerance):
                return f"{id_} {key!r}, column `{name}`: {text(a)!r} repeated, {text(b)!r} given"
    return None


def _same(a: object, b: object, tolerance: float) -> bool:
    if text(a) == text(b):
        return True
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=0.0)
    return False


def _summary_difference(made: Mapping[str, object], given: Mapping[str, object]) -> str | None:
    for key, value in made.items():
        if given.get(key) != value:
            return f"summary `{key}`: {value!r} repeated, {given.get(key)!r} given"
    return None
