"""From base weights to final weights, step by step, keeping what the standard error must know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.adjustment import Adjustment, Calibrated, grouped
from analysis.calibrate import factors, rake, trim
from analysis.codes import BoolArray, FloatArray, IntArray, combine_codes
from analysis.design import Design
from analysis.errors import Refusal
from analysis.margins import Margin, cells, margins, variables
from analysis.response import classes_of, propensity_classes, respond, respondents
from analysis.steps import Step


@dataclass(frozen=True)
class Weighted:
    """A design with its final weights.

    Attributes
    ----------
    design : Design                    weight = final weight; 0 for non-respondents
    adjustment : Adjustment, None      None where no step was taken
    respondent : (n,) array of bool    rows whose answers count
    notes : tuple of str               what was done beyond the letter of the design
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
        If a column is missing, a category has no total, or a respondent column is not 0/1.
    Refusal
        If a class has no respondent, or a total cannot be met.

    Notes
    -----
    Each step multiplies the weights by its factor: the response step by Σ_class w / Σ_class respondents w,
    the others by calibration factors. What standard errors need is kept in `Adjustment`.

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


def _respond(data: pd.DataFrame, state: Weighted, step: Step) -> Weighted:
    responded = respondents(data, step.respondent, step.where)
    finder = classes_of if step.method == "nonresponse_classes" else propensity_classes
    code, notes = finder(data, state.design.weight, responded, step)
    finite = bool(np.isfinite(state.design.stages[0].population).all())
    adjustment = respond(state.design.weight, responded, code, finite=finite)
    return Weighted(replace(state.design, weight=adjustment.weight), adjustment, responded, tuple(notes))


def _poststratify(data: pd.DataFrame, state: Weighted, step: Step) -> Weighted:
    return _fitted(state, [cells(data, state.respondent, step)])


def _rake(data: pd.DataFrame, state: Weighted, step: Step) -> Weighted:
    found = margins(data, state.respondent, step)
    if step.on_infeasible == "fail":
        return _fitted(state, found)
    group, table = _crossed(state, found)
    wanted = np.concatenate([m.wanted for m in found])
    names = [name for m in found for name in m.names]
    return _relaxed(state, replace(step, method="raking"), group, table, wanted, names)


def _crossed(state: Weighted, found: Sequence[Margin]) -> tuple[sparse.csr_array, sparse.csr_array]:
    """The cells of the margins' cross: which one each row is in, and the indicators of each."""
    used = state.respondent
    code, table = combine_codes([m.code[used] for m in found], [len(m.wanted) for m in found])
    whole = np.zeros(len(used), dtype=np.intp)
    whole[used] = code
    everyone = np.ones(len(table), dtype=bool)
    indicators = [grouped(table[:, j], everyone, len(m.wanted)) for j, m in enumerate(found)]
    return grouped(whole, used, len(table)), sparse.csr_array(sparse.hstack(indicators, format="csr"))


def _fitted(state: Weighted, found: Sequence[Margin]) -> Weighted:
    """Raking on the cells of the margins' cross; with one margin poststratification."""
    group, table = _crossed(state, found)
    start = group.T @ state.design.weight
    ends = np.cumsum([len(m.wanted) for m in found])[:-1]
    codes = [part.indices.astype(np.intp) for part in _split(table, ends)]
    g = rake(codes, start, [m.wanted for m in found], [m.names for m in found])
    return _calibrated(state, group, table, state.design.weight * (group @ g))


def _split(table: sparse.csr_array, ends: IntArray) -> list[sparse.csr_array]:
    edges = [0, *ends.tolist(), table.shape[1]]
    return [sparse.csr_array(table[:, a:b]) for a, b in pairwise(edges)]


def _calibrate(data: pd.DataFrame, state: Weighted, step: Step) -> Weighted:
    x = variables(data, state.respondent, step)
    wanted = np.array([total for _, total in step.totals])
    names = [f"{step.where}.totals.{name}" for name, _ in step.totals]
    rows = grouped(np.arange(len(state.respondent)), state.respondent, len(state.respondent))
    return _relaxed(state, step, rows, x, wanted, names)


def _relaxed(
    state: Weighted,
    step: Step,
    group: sparse.csr_array,
    table: sparse.csr_array,
    wanted: FloatArray,
    names: Sequence[str],
) -> Weighted:
    """Calibrate; where asked, drop the totals that cannot be met, or bend them, and say so."""
    weight, kept, notes, target = (
        group.T @ state.design.weight,
        list(range(len(wanted))),
        list(state.notes),
        wanted,
    )
    for bend in range(len(wanted) + 60):
        try:
            g = factors(table[:, kept], weight, target[kept], [names[k] for k in kept], step.method, step.bounds)
            break
        except Refusal as refusal:
            if step.on_infeasible == "fail" or not kept:
                raise
            if step.on_infeasible == "drop":
                kept = [k for k in kept if names[k] != refusal.where]
                notes.append(f"{refusal.where}: dropped, {refusal.message}")
            else:
                target = wanted + (table.T @ weight - wanted) * (1 - 0.9 ** (bend + 1))
    if target is not wanted:
        bent = zip(names, wanted, target, strict=True)
        notes += [f"{name}: bent from {a:g} to {b:g}" for name, a, b in bent if a != b]
    final = state.design.weight * (group @ g)
    return _calibrated(replace(state, notes=tuple(notes)), group, table[:, kept], final)


def _calibrated(state: Weighted, group: sparse.csr_array, table: sparse.csr_array, weight: FloatArray) -> Weighted:
    step = Calibrated(group, table, state.design.weight)
    old = state.adjustment or Adjustment(state.design.weight)
    new = replace(old, weight=weight, calibrated=(*old.calibrated, step))
    return replace(state, design=replace(state.design, weight=weight), adjustment=new)


def _trim(_: pd.DataFrame, state: Weighted, step: Step) -> Weighted:
    used = state.design.weight[state.respondent]
    limit = step.maximum if step.absolute else step.maximum * float(used.mean())
    weight = np.zeros(len(state.respondent))
    try:
        weight[state.respondent] = trim(used, limit)
    except Refusal as refusal:
        raise Refusal(f"{step.where}.max", refusal.message) from refusal
    adjustment = None if state.adjustment is None else replace(state.adjustment, weight=weight)
    return replace(state, design=replace(state.design, weight=weight), adjustment=adjustment)


_STEPS: Mapping[str, Callable[[pd.DataFrame, Weighted, Step], Weighted]] = {
    "nonresponse_classes": _respond,
    "nonresponse_propensity": _respond,
    "poststratify": _poststratify,
    "rake": _rake,
    "linear": _calibrate,
    "raking": _calibrate,
    "logit": _calibrate,
    "trim": _trim,
}
