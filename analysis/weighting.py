"""From base weights to final weights, step by step, keeping what the standard error must know."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.adjustment import Adjustment, Calibrated, Responded
from analysis.codes import BoolArray, Codes, FloatArray, IntArray, combine, plain, sums, tally
from analysis.design import Design, column_of, identifiers
from analysis.errors import Refusal, data_error
from analysis.steps import Step


@dataclass(frozen=True)
class Weighted:
    """A design with its final weights.

    Attributes
    ----------
    design : Design                    weight = final weight; 0 for non-respondents
    adjustment : Adjustment, None      None where no step was taken
    respondent : (n,) array of bool    rows whose answers count
    notes : tuple of str               what was done beyond the letter of the design (collapsed classes)
    """

    design: Design
    adjustment: Adjustment | None
    respondent: BoolArray
    notes: tuple[str, ...] = ()


def adjust(data: pd.DataFrame, design: Design, steps: Sequence[Step]) -> Weighted:
    """Take the weighting steps of a DESIGN in order.

    Parameters
    ----------
    data : DataFrame of n rows
    design : Design            base weights
    steps : sequence of Step

    Returns
    -------
    Weighted

    Raises
    ------
    InputError
        If a column is missing or a respondent column is not 0/1.
    Refusal
        If a class has no respondent, or a margin cannot be met.

    Notes
    -----
    nonresponse_classes: w_i = w0_i · Σ_class w0 / Σ_class respondents w0, respondents only.

    References
    ----------
    .. [1] Särndal, C.-E. and Lundström, S. (2005). Estimation in Surveys with Nonresponse. Wiley.

    Examples
    --------
    See `analysis.run.estimate`.
    """
    state = Weighted(design, None, np.ones(len(data), dtype=bool))
    for step in steps:
        state = _STEPS[step.method](data, state, step)
    return state


def respondents(data: pd.DataFrame, name: str, where: str) -> BoolArray:
    """A 0/1 or true/false column as booleans."""
    column = column_of(data, name, f"{where}.respondent")
    flag = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = np.flatnonzero(~np.isin(flag, (0.0, 1.0)))
    if len(bad):
        raise data_error(f"row {bad[0] + 1}", f"`{name}` must be 0 or 1, found {plain(column.iloc[bad[0]])!r}")
    return np.asarray(flag == 1)


def _nonresponse_classes(data: pd.DataFrame, state: Weighted, step: Step) -> Weighted:
    responded = respondents(data, step.respondent, step.where)
    code, notes = _classes(data, responded, step)
    return respond(state, responded, code, notes)


def respond(state: Weighted, responded: BoolArray, code: IntArray, notes: Sequence[str] = ()) -> Weighted:
    """Let the respondents of each class (codes 0..K-1, each with a respondent) stand for the whole class."""
    base = state.design.weight
    answered = base * responded
    size = int(code.max()) + 1
    all_weight, own = sums(code, base, size), sums(code, answered, size)
    weight = np.where(responded, base * (all_weight / own)[code], 0.0)
    n, n_r = tally(code, size), sums(code, responded, size)
    inflate, kappa = _response_factors(n, n_r, own / all_weight)
    if not np.isfinite(state.design.stages[0].population).all():
        kappa = np.zeros_like(kappa)
    classes = Calibrated(_indicators(code), answered)
    phase = Responded(
        classes, base, weight / base, np.where(responded, inflate[code], 0.0), answered * kappa[code]
    )
    adjustment = Adjustment(weight, (), phase)
    return Weighted(replace(state.design, weight=weight), adjustment, responded, (*state.notes, *notes))


def _response_factors(n: FloatArray, n_r: FloatArray, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """√k_c and κ_c of `Adjustment`; a class with one respondent has no residual to scale."""
    several = n_r > 1
    lost = np.where(several, n_r / np.maximum(n_r - 1, 1), 1.0)
    inflate = np.sqrt(lost * np.where(several, (n - 1) / n, 1.0))
    return inflate, np.maximum(1 - share, 0) / share**2 * lost


def _classes(data: pd.DataFrame, responded: BoolArray, step: Step) -> tuple[IntArray, list[str]]:
    parts = [identifiers(data, name, f"{step.where}.by") for name in step.by]
    code, table = combine(parts, len(data))
    notes: list[str] = []
    for depth in range(len(parts) - 1, -1, -1):
        answering, members = sums(code, responded, len(table)), tally(code, len(table))
        empty = (answering == 0) | ((answering == 1) & (members > 1) & step.collapse)
        if not empty.any():
            return code, notes
        names = [_class_name(parts, row) for row in table[empty]]
        if not step.collapse:
            raise Refusal(step.where, f"class {names[0]!r} of {'|'.join(step.by)} has no respondent")
        notes += [f"class {name!r} has too few respondents: joined with its neighbours" for name in names]
        code, table = _join_empty(depth, code, table, empty)
    if not responded.any():
        raise Refusal(step.where, "nobody responded")
    return code, notes


def _class_name(parts: Sequence[Codes], row: IntArray) -> str:
    return "|".join("*" if k < 0 else str(p.labels[k]) for p, k in zip(parts, row, strict=True))


def _join_empty(depth: int, code: IntArray, table: IntArray, empty: BoolArray) -> tuple[IntArray, IntArray]:
    """Merge every class that shares the first keys with a class without respondents."""
    heads = {tuple(row[:depth]) for row in table[empty]}
    merged = [
        (*row[:depth], *([-1] * (table.shape[1] - depth))) if tuple(row[:depth]) in heads else tuple(row)
        for row in table
    ]
    rows = sorted(set(merged))
    place = {row: k for k, row in enumerate(rows)}
    return np.array([place[row] for row in merged], dtype=np.intp)[code], np.array(rows, dtype=np.intp)


def _indicators(code: IntArray) -> sparse.csr_array:
    n = len(code)
    return sparse.csr_array((np.ones(n), code, np.arange(n + 1)), shape=(n, int(code.max(initial=0)) + 1))


_STEPS = {"nonresponse_classes": _nonresponse_classes}
