"""The allocation a plan asks for, applied to the strata of a frame."""

from collections.abc import Mapping

import numpy as np

from sampling.allocation import rules
from sampling.allocation.precision import Domains, precision
from sampling.allocation.request import Allocation
from sampling.allocation.sharing import bounds
from sampling.arrays import Floats, Ints
from sampling.canonical import texts
from sampling.errors import PlanError, RefusalError
from sampling.frame import Frame, numbers


def allocate(frame: Frame, wanted: Allocation, strata_columns: tuple[str, ...]) -> Ints:
    """Sample size of each stratum of a frame.

    Parameters
    ----------
    frame : Frame
        The frame to be drawn from: one dossier a person, only persons who may be asked.
    wanted : Allocation
        The plan's allocation.
    strata_columns : tuple of str
        The plan's `strata`.

    Returns
    -------
    (H,) array of int

    Raises
    ------
    PlanError
        If a stratum named by the plan is not in the frame, or one of the frame is not in the plan.
    RefusalError
        If the bounds, or the sizes asked, cannot be met.

    Examples
    --------
    >>> import pandas as pd
    >>> from sampling.frame import check_frame
    >>> from sampling.plan import load_plan
    >>> plan = load_plan({"id": "i", "strata": ["a"], "method": "srs",
    ...                   "allocation": {"method": "equal", "n": 2}})
    >>> frame = check_frame(pd.DataFrame({"i": [1, 2, 3], "a": ["x", "x", "y"]}), plan)
    >>> allocate(frame, plan.allocation, plan.strata).tolist()
    [1, 1]
    """
    if wanted.max is not None and wanted.min > wanted.max:
        raise RefusalError("allocation.min", f"exceeds `max`: {wanted.min} > {wanted.max}")
    N, low, high = frame.counts(), wanted.min, wanted.max
    match wanted.method:
        case "proportional":
            return rules.proportional(N, wanted.n, low=low, high=high)
        case "equal":
            return rules.equal(N, wanted.n, low=low, high=high)
        case "fixed":
            return _fixed(frame, wanted)
        case "neyman":
            return rules.neyman(N, wanted.n, _sd(frame, wanted), low=low, high=high)
        case "power":
            return rules.power(N, wanted.n, wanted.power, _sd(frame, wanted), low=low, high=high)
        case "optimal":
            cost = _by_stratum(wanted.cost, frame.strata, "allocation.cost")
            return rules.optimal(N, wanted.n, _sd(frame, wanted), cost, low=low, high=high)
        case "census_below":
            return rules.census_below(N, wanted.bands, low=low, high=high)
        case _:
            return _precision(frame, wanted, strata_columns)


def _fixed(frame: Frame, wanted: Allocation) -> Ints:
    sizes = _by_stratum(wanted.n_by, frame.strata, "allocation.n_by").astype(np.int64)
    N = frame.counts()
    over = np.flatnonzero(sizes > N)
    if len(over):
        key = frame.strata[over[0]]
        raise RefusalError(f"allocation.n_by.{key}", f"{sizes[over[0]]} asked, the stratum has {N[over[0]]}")
    lower, upper = bounds(N, wanted.min, wanted.max)
    off = np.flatnonzero((sizes < lower) | (sizes > upper))
    if len(off):
        raise RefusalError(f"allocation.n_by.{frame.strata[off[0]]}", "lies outside `min` and `max`")
    return sizes


def _by_stratum(values: Mapping[str, float], strata: tuple[str, ...], where: str) -> Floats:
    unknown = sorted(set(values) - set(strata))
    if unknown:
        raise PlanError(f"{where}.{unknown[0]}", "is no stratum of the frame")
    missing = [key for key in strata if key not in values]
    if missing:
        raise PlanError(where, f"lacks the stratum {missing[0]!r}")
    return np.array([values[key] for key in strata], dtype=np.float64)


def _sd(frame: Frame, wanted: Allocation) -> Floats:
    """Standard deviation of each stratum, divisor N − 1; 0 in a stratum of one, 1 where none is given."""
    if wanted.sd:
        return _by_stratum(wanted.sd, frame.strata, "allocation.sd")
    if wanted.sd_from is None:
        return np.ones(len(frame.strata))
    y = numbers(frame.rows, wanted.sd_from, frame.ids)
    N = frame.counts()
    mean = np.bincount(frame.stratum, y, len(N)) / np.maximum(N, 1)
    squares = np.bincount(frame.stratum, (y - mean[frame.stratum]) ** 2, len(N))
    return np.sqrt(squares / np.maximum(N - 1, 1))


def _precision(frame: Frame, wanted: Allocation, strata_columns: tuple[str, ...]) -> Ints:
    found = [
        (members, target.margin, target.p, f"{target.column} {value!r}")
        for target in wanted.targets
        for value, members in _domains(frame, target.column, strata_columns).items()
    ]
    members, margin, p, names = zip(*found, strict=True)
    return precision(
        frame.counts(),
        Domains(np.array(members), np.array(margin), np.array(p), names),
        level=wanted.level,
        deff=wanted.deff,
        response_rate=wanted.response_rate,
        low=max(wanted.min, 1),
        high=wanted.max,
    )


def _domains(frame: Frame, column: str, strata_columns: tuple[str, ...]) -> dict[str, list[bool]]:
    """For each value of a stratifying column, which strata belong to it."""
    if column not in strata_columns:
        raise PlanError(f"allocation.targets.{column}", f"must be one of `strata`: {', '.join(strata_columns)}")
    value_of_row = texts(frame.rows[column])
    _, first = np.unique(frame.stratum, return_index=True)
    value = dict(zip(frame.stratum[first].tolist(), value_of_row[first], strict=True))
    every = [value.get(h) for h in range(len(frame.strata))]
    return {domain: [v == domain for v in every] for domain in sorted(set(value.values()))}
