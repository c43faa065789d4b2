"""From base weights to final weights, step by step, keeping what the standard error must know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.adjustment import Adjustment, Calibrated
from analysis.calibrate import factors, rake, trim
from analysis.codes import BoolArray, FloatArray
from analysis.design import Design
from analysis.errors import InputError, Refusal
from analysis.margins import cells, margins, variables
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
    margin = cells(data, state.respondent, step)
    weight = state.design.weight
    g = rake([margin.code], weight, [np.append(margin.wanted, 0)], [[*margin.names, step.where]])
    return _calibrated(state, margin.indicators(state.respondent), weight * g)


def _rake(data: pd.DataFrame, state: Weighted, step: Step) -> Weighted:
    found = margins(data, state.respondent, step)
    weight = state.design.weight
    x = sparse.hstack([m.indicators(state.respondent) for m in found], format="csr")
    if step.on_infeasible != "fail":
        wanted = np.concatenate([m.wanted for m in found])
        names = [name for m in found for name in m.names]
        return _relaxed(state, replace(step, method="raking"), sparse.csr_array(x), wanted, names)
    g = rake(
        [m.code for m in found],
        weight,
        [np.append(m.wanted, 0) for m in found],
        [[*m.names, step.where] for m in found],
    )
    return _calibrated(state, sparse.csr_array(x), weight * g)


def _calibrate(data: pd.DataFrame, state: Weighted, step: Step) -> Weighted:
    x = variables(data, state.respondent, step)
    wanted = np.array([total for _, total in step.totals])
    names = [f"{step.where}.totals.{name}" for name, _ in step.totals]
    return _relaxed(state, step, x, wanted, names)


def _relaxed(
    state: Weighted, step: Step, x: sparse.csr_array, wanted: FloatArray, names: Sequence[str]
) -> Weighted:
    """Calibrate; where asked, drop the totals that cannot be met, or bend them, and say so."""
    weight, kept, notes = state.design.weight, list(range(len(wanted))), list(state.notes)
    target = wanted
    for bend in range(len(wanted) + 60):
        try:
            g = factors(x[:, kept], weight, target[kept], [names[k] for k in kept], step.method, step.bounds)
            break
        except Refusal as refusal:
            if step.on_infeasible == "fail" or not kept:
                raise
            if step.on_infeasible == "drop":
                kept = [k for k in kept if names[k] != refusal.where]
                notes.append(f"{refusal.where}: dropped, {refusal.message}")
            else:
                present = x.T @ weight
                target = wanted + (present - wanted) * (1 - 0.9 ** (bend + 1))
    if step.on_infeasible == "ridge" and target is not wanted:
        notes += [
            f"{name}: bent from {a:g} to {b:g}" for name, a, b in zip(names, wanted, target, strict=True) if a != b
        ]
    return _calibrated(replace(state, notes=tuple(notes)), x[:, kept], weight * g)


def _calibrated(state: Weighted, x: sparse.csr_array, weight: FloatArray) -> Weighted:
    step = Calibrated(x, state.design.weight)
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
        raise InputError(f"{step.where}.max", refusal.message) from refusal
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
