"""Calibration factors: the smallest change of weights that reproduces known totals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from analysis.codes import BoolArray, FloatArray, IntArray, combine_codes, sums
from analysis.errors import Refusal

_TOLERANCE = 1e-12  # relative, on the totals; R's default of 1e-7 leaves the eighth digit to chance
_ITERATIONS = 200
_HALVINGS = 40


@dataclass(frozen=True)
class Distance:
    """g as a function of the linear predictor, and its derivative."""

    value: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]


def distance(method: str, bounds: tuple[float, float] | None) -> Distance:
    """The calibration function of Deville and Särndal [1]_: linear, raking (exponential) or logit.

    Raises
    ------
    ValueError
        If `method` is unknown, or logit has no `bounds`.

    References
    ----------
    .. [1] Deville, J.-C. and Särndal, C.-E. (1992). JASA 87, 376-382, table 1.

    Examples
    --------
    >>> distance("logit", (0.5, 2.0)).value(np.array([0.0])).tolist()
    [1.0]
    """
    if method == "logit" and bounds is not None:
        return _logit(*bounds)
    if method not in ("linear", "raking"):
        raise ValueError(f"`method` must be linear, raking or logit with bounds; found {method!r}")
    low, high = bounds or (-np.inf, np.inf)

    def value(u: FloatArray) -> FloatArray:
        with np.errstate(over="ignore"):
            g = 1 + u if method == "linear" else np.exp(u)
        return np.asarray(np.clip(g, low, high))

    def slope(u: FloatArray) -> FloatArray:
        with np.errstate(over="ignore"):
            g = 1 + u if method == "linear" else np.exp(u)
        inside = (g > low) & (g < high)
        return inside * (np.ones_like(u) if method == "linear" else np.minimum(g, 1e100))

    return Distance(value, slope)


def _logit(low: float, high: float) -> Distance:
    a = (high - low) / ((1 - low) * (high - 1))

    def share(u: FloatArray) -> FloatArray:
        return np.asarray(1 / (1 + (high - 1) / (1 - low) * np.exp(-np.clip(a * u, -700, 700))))

    return Distance(
        lambda u: low + (high - low) * share(u), lambda u: (high - low) * a * share(u) * (1 - share(u))
    )


def factors(
    x: sparse.csr_array,
    weight: FloatArray,
    totals: FloatArray,
    names: Sequence[str],
    method: str = "linear",
    bounds: tuple[float, float] | None = None,
) -> FloatArray:
    """Factors g with Σ w g x = totals.

    Parameters
    ----------
    x : (n, q) sparse array of the calibration variables
    weight : (n,) array of float, not negative
    totals : (q,) array of float
    names : of the q variables, for the message
    method : {'linear', 'raking', 'logit'}
    bounds : (low, high), optional      limits of g around 1

    Returns
    -------
    (n,) array of float

    Raises
    ------
    Refusal
        If the totals cannot be met; the worst one is named with what was reached.

    Notes
    -----
    Newton on λ in Σ w F(x'λ) x = totals, halving a step that does not bring the totals nearer. Met means within
    1e-9 of each total, checked after the fact whatever the search believed.

    References
    ----------
    .. [1] Deville and Särndal (1992), section 2.

    Examples
    --------
    >>> x = sparse.csr_array(np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]]))
    >>> factors(x, np.ones(4), np.array([8.0, 6.0]), ["(Intercept)", "b"]).round(6).tolist()
    [1.0, 1.0, 3.0, 3.0]
    """
    f = distance(method, bounds)
    scale = np.maximum(np.abs(totals), 1e-9 * np.abs(totals).max(initial=1.0))
    coefficient = np.zeros(x.shape[1])
    gap = totals - x.T @ (weight * f.value(x @ coefficient))
    for _ in range(_ITERATIONS):
        if np.max(np.abs(gap) / scale, initial=0.0) <= _TOLERANCE:
            break
        slope = weight * f.slope(x @ coefficient)
        hessian = (x.T @ sparse.diags_array(slope) @ x).toarray()
        step = linalg.pinvh(hessian) @ gap
        moved = _shortened(x, weight, totals, scale, f, coefficient, step, gap)
        if moved is None:
            break
        coefficient, gap = moved
    worst = int(np.argmax(np.abs(gap) / scale)) if len(gap) else 0
    if len(gap) and not abs(gap[worst]) <= 1e-9 * scale[worst]:
        raise Refusal(
            names[worst], f"the total {totals[worst]:g} cannot be met; {totals[worst] - gap[worst]:g} is reached"
        )
    return f.value(x @ coefficient)


def _shortened(
    x: sparse.csr_array,
    weight: FloatArray,
    totals: FloatArray,
    scale: FloatArray,
    f: Distance,
    coefficient: FloatArray,
    step: FloatArray,
    gap: FloatArray,
) -> tuple[FloatArray, FloatArray] | None:
    """The longest of the step, its half, its quarter … that brings the totals nearer."""
    before = float(np.sum((gap / scale) ** 2))
    for _ in range(_HALVINGS):
        trial = coefficient + step
        with np.errstate(over="ignore", invalid="ignore"):
            new_gap = totals - x.T @ (weight * f.value(x @ trial))
            after = float(np.sum((new_gap / scale) ** 2))
        if np.isfinite(after) and after < before:
            return trial, new_gap
        step = step / 2
    return None


def rake(
    margins: Sequence[IntArray], weight: FloatArray, totals: Sequence[FloatArray], names: Sequence[Sequence[str]]
) -> FloatArray:
    """Raking factors by iterative proportional fitting.

    Parameters
    ----------
    margins : sequence of (n,) arrays of int   category of each row in each margin
    weight : (n,) array of float
    totals : sequence of arrays                known total of each category
    names : sequence of sequences of str       of the categories, for the message

    Returns
    -------
    (n,) array of float

    Raises
    ------
    Refusal
        If a category has no rows but a total, or the margins cannot be met together.

    Notes
    -----
    Rows with the same categories get the same factor, so the fitting runs on the cells of the cross of the
    margins, whatever n; the weights are scanned once. Convergence is judged on the margins themselves, never on
    how little the factors move (they stand still far from the margins when these contradict one another).

    References
    ----------
    .. [1] Deming, W. and Stephan, F. (1940). Annals of Mathematical Statistics 11, 427-444.

    Examples
    --------
    >>> a, b = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> rake([a, b], np.ones(4), [np.array([6.0, 4.0]), np.array([5.0, 5.0])], [["x", "y"], ["u", "v"]]).tolist()
    [3.0, 3.0, 2.0, 2.0]
    """
    cell, table = combine_codes(margins, [len(t) for t in totals])
    start = sums(cell, weight, len(table))
    fitted = start.copy()
    for j, wanted in enumerate(totals):
        _refuse_empty(sums(table[:, j], start, len(wanted)) > 0, wanted, names[j])
    for _ in range(10_000):
        for j, wanted in enumerate(totals):
            reached = sums(table[:, j], fitted, len(wanted))
            fitted *= np.divide(wanted, reached, out=np.zeros(len(wanted)), where=reached > 0)[table[:, j]]
        gaps = [
            np.abs(sums(table[:, j], fitted, len(t)) - t) / np.maximum(t, 1e-300) for j, t in enumerate(totals)
        ]
        worst = max(range(len(gaps)), key=lambda j: float(gaps[j].max()))
        if gaps[worst].max() <= _TOLERANCE * 10:
            return np.divide(fitted, start, out=np.zeros_like(start), where=start > 0)[cell]
    at = int(np.argmax(gaps[worst]))
    reached = sums(table[:, worst], fitted, len(totals[worst]))[at]
    raise Refusal(
        names[worst][at], f"the total {totals[worst][at]:g} cannot be met with the others; {reached:g} is reached"
    )


def _refuse_empty(present: BoolArray, wanted: FloatArray, names: Sequence[str]) -> None:
    empty = np.flatnonzero(~present & (wanted > 0))
    if len(empty):
        raise Refusal(names[empty[0]], f"no respondent, but a total of {wanted[empty[0]]:g}")


def trim(weight: FloatArray, limit: float) -> FloatArray:
    """Weights cut at a limit, the excess spread equally over the others, repeated until none is above.

    Parameters
    ----------
    weight : (n,) array of float
    limit : float                  above the mean weight

    Returns
    -------
    (n,) array of float            with the same sum

    Raises
    ------
    Refusal
        If `limit` is below the mean weight: the sum cannot be kept.

    References
    ----------
    .. [1] R survey, `trimWeights(strict = TRUE)`.

    Examples
    --------
    >>> trim(np.array([1.0, 1.0, 10.0]), 6.0).tolist()
    [3.0, 3.0, 6.0]
    """
    if weight.mean() > limit:
        raise Refusal("max", f"the limit {limit:g} is below the mean weight {weight.mean():g}")
    trimmed = weight
    while (trimmed > limit * (1 + 1e-12)).any():
        above = trimmed > limit
        below = trimmed < limit
        excess = float((trimmed[above] - limit).sum())
        trimmed = np.where(above, limit, trimmed)
        trimmed = np.where(below, trimmed + excess / below.sum(), trimmed)
    return trimmed
