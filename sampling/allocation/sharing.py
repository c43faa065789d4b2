"""Sizes proportional to a score inside bounds: the box-constrained optimum, rounded so that the total is kept."""

import numpy as np

from sampling.arrays import Floats, Ints
from sampling.errors import RefusalError


def share(score: Floats, N: Ints, n: int, *, low: int | Ints = 0, high: int | Ints | None = None) -> Ints:
    """Sizes proportional to a score inside bounds, rounded by largest remainder to the exact total.

    Parameters
    ----------
    score : (H,) array of float
        At least 0; a score of 0 gets no more than its lower bound unless all others are full.
    N, n, low, high
        As in `sampling.allocation.proportional`.

    Returns
    -------
    (H,) array of int

    Raises
    ------
    RefusalError
        As in `sampling.allocation.neyman`.

    Notes
    -----
    n_h = min(max(λ·score_h, low_h), high_h), λ such that Σ n_h = n; then whole parts, and the units left over
    to the largest fractions.

    References
    ----------
    .. [1] Balinski, M. L., Young, H. P. (1982). Fair Representation, appendix A (method of Hamilton).

    Examples
    --------
    >>> share(np.array([1.0, 1.0, 1.0]), np.array([9, 9, 9]), 10).tolist()
    [4, 3, 3]
    """
    lower, upper = bounds(N, low, high)
    if not lower.sum() <= n <= upper.sum():
        raise RefusalError(
            "allocation.n", f"{n} cannot be met: the bounds and the frame allow {lower.sum()} to {upper.sum()}"
        )
    if n > lower.sum() and not (score > 0).any():
        raise RefusalError("allocation", "the score to share by is 0 in every stratum")
    upper_scored = np.where(score > 0, upper, lower)
    if upper_scored.sum() < n:
        return _round(_fill(np.where(score > 0, 0.0, N), np.where(score > 0, upper, lower), upper, n), n)
    return _round(_fill(score, lower, upper_scored, n), n)


def bounds(N: Ints, low: int | Ints, high: int | Ints | None) -> tuple[Ints, Ints]:
    """Lower and upper size of each stratum, capped at N.

    Parameters
    ----------
    N : (H,) array of int
    low, high : int or (H,) array of int
        `high` None is no bound but N.

    Returns
    -------
    lower, upper : (H,) array of int

    Raises
    ------
    RefusalError
        If a lower bound exceeds its upper bound.

    References
    ----------
    .. [1] As in `share`.

    Examples
    --------
    >>> [side.tolist() for side in bounds(np.array([3, 50]), 5, 20)]
    [[3, 5], [3, 20]]
    """
    size = np.asarray(N, dtype=np.int64)
    lower = np.minimum(np.broadcast_to(np.asarray(low, dtype=np.int64), size.shape), size)
    upper = size if high is None else np.minimum(np.broadcast_to(np.asarray(high, np.int64), size.shape), size)
    bad = np.flatnonzero(lower > upper)
    if len(bad):
        raise RefusalError("allocation.min", f"exceeds `max`: {lower[bad[0]]} > {upper[bad[0]]}")
    return lower, upper


def _fill(score: Floats, lower: Ints, upper: Ints, n: int) -> Floats:
    """λ·score clipped to the bounds, with λ such that the total is n.

    Σ clip(λ score) rises piecewise linearly in λ, with kinks where a stratum leaves a bound: the segment
    that holds n is found by bisection over the kinks, and λ on it by interpolation.
    """
    scored = score > 0
    edges = [lower[scored] / score[scored], upper[scored] / score[scored]]
    kinks = np.unique(np.concatenate([np.zeros(1), *edges]))

    def total(index: int) -> float:
        return float(np.clip(kinks[index] * score, lower, upper).sum())

    left, right = 0, len(kinks) - 1
    while right - left > 1:
        middle = (left + right) // 2
        left, right = (left, middle) if total(middle) >= n else (middle, right)
    below, above = total(left), total(right)
    part = (n - below) / (above - below) if above > below else 0.0
    rate = kinks[left] + part * (kinks[right] - kinks[left])
    return np.asarray(np.clip(rate * score, lower, upper))


def _round(exact: Floats, n: int) -> Ints:
    """Largest remainder; a value within rounding error of a whole number is that number."""
    near = np.round(exact)
    snapped = np.where(np.abs(exact - near) < 1e-9 * np.maximum(near, 1.0), near, exact)
    whole = np.floor(snapped).astype(np.int64)
    most = np.argsort(-(snapped - whole), kind="stable")[: n - int(whole.sum())]
    whole[most] += 1
    return whole
