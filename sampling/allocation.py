"""How a sample is shared among strata: box-constrained optima, rounded so that the total is kept."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from sampling.arrays import Floats, Ints
from sampling.errors import RefusalError


def proportional(N: Ints, n: int, *, low: int | Ints = 0, high: int | Ints | None = None) -> Ints:
    """Shares proportional to stratum sizes.

    Parameters
    ----------
    N : (H,) array of int
        Units in each stratum.
    n : int
        Total sample size; kept exactly.
    low, high : int or (H,) array of int
        Bounds in each stratum, capped at N.

    Returns
    -------
    (H,) array of int
        Sample sizes.

    Raises
    ------
    RefusalError
        If the bounds contradict each other or cannot add up to n.

    Examples
    --------
    >>> proportional(np.array([100, 300, 600]), 50).tolist()
    [5, 15, 30]
    """
    return share(np.asarray(N, dtype=float), N, n, low=low, high=high)


def equal(N: Ints, n: int, *, low: int | Ints = 0, high: int | Ints | None = None) -> Ints:
    """The same size in every stratum, as far as the bounds and N allow.

    Parameters
    ----------
    N, n, low, high
        As in `proportional`.

    Returns
    -------
    (H,) array of int

    Raises
    ------
    RefusalError
        As in `proportional`.

    Examples
    --------
    >>> equal(np.array([10, 300, 600]), 50).tolist()
    [10, 20, 20]
    """
    return share(np.ones(len(N)), N, n, low=low, high=high)


def neyman(N: Ints, n: int, sd: Floats, *, low: int | Ints = 0, high: int | Ints | None = None) -> Ints:
    """Shares proportional to N·S: the smallest variance of the total for a given n.

    Parameters
    ----------
    N, n, low, high
        As in `proportional`.
    sd : (H,) array of float
        Standard deviation in each stratum, divisor N − 1.

    Returns
    -------
    (H,) array of int

    Raises
    ------
    RefusalError
        As in `proportional`, or if every N·S is 0.

    Notes
    -----
    Under bounds the optimum is n_h = min(max(λ N_h S_h, low_h), high_h) with λ set so that Σ n_h = n, the
    Karush-Kuhn-Tucker point of min Σ N_h² S_h² / n_h.

    References
    ----------
    .. [1] Neyman, J. (1934). On the two different aspects of the representative method. JRSS 97, 558-625.

    Examples
    --------
    >>> neyman(np.array([100, 100]), 30, np.array([1.0, 2.0])).tolist()
    [10, 20]
    """
    return share(N * np.asarray(sd, dtype=float), N, n, low=low, high=high)


def power(
    N: Ints, n: int, q: float, sd: Floats | None = None, *, low: int | Ints = 0, high: int | Ints | None = None
) -> Ints:
    """Bankier's power allocation, shares proportional to N^q · S: between equal (q = 0) and Neyman (q = 1).

    Parameters
    ----------
    N, n, low, high
        As in `proportional`.
    q : float in [0, 1]
    sd : (H,) array of float, optional
        1 everywhere if not given.

    Returns
    -------
    (H,) array of int

    Raises
    ------
    RefusalError
        As in `neyman`.

    References
    ----------
    .. [1] Bankier, M. D. (1988). Power allocations: determining sample sizes for subnational areas. The
       American Statistician 42, 174-177.

    Examples
    --------
    >>> power(np.array([100, 400]), 30, 0.5).tolist()
    [10, 20]
    """
    scale = np.ones(len(N)) if sd is None else np.asarray(sd, dtype=float)
    return share(np.asarray(N, dtype=float) ** q * scale, N, n, low=low, high=high)


def optimal(
    N: Ints, n: int, sd: Floats, cost: Floats, *, low: int | Ints = 0, high: int | Ints | None = None
) -> Ints:
    """Shares proportional to N·S/√c: the smallest variance for the money.

    Parameters
    ----------
    N, n, sd, low, high
        As in `neyman`.
    cost : (H,) array of float
        Cost of one unit in each stratum, above 0.

    Returns
    -------
    (H,) array of int

    Raises
    ------
    RefusalError
        As in `neyman`.
    ValueError
        If a cost is not above 0.

    References
    ----------
    .. [1] Cochran, W. G. (1977). Sampling Techniques, 3rd ed., section 5.5.

    Examples
    --------
    >>> optimal(np.array([100, 100]), 30, np.array([1.0, 1.0]), np.array([4.0, 1.0])).tolist()
    [10, 20]
    """
    bad = np.flatnonzero(~(np.asarray(cost) > 0))
    if len(bad):
        raise ValueError(f"`cost` must be above 0; stratum {bad[0]} has {cost[bad[0]]}")
    return share(N * np.asarray(sd, dtype=float) / np.sqrt(cost), N, n, low=low, high=high)


def census_below(
    N: Ints,
    bands: Sequence[tuple[float | None, float]],
    *,
    low: int | Ints = 0,
    high: int | Ints | None = None,
) -> Ints:
    """A share of each stratum by the band its size falls in, as officials do: all of the small ones.

    Parameters
    ----------
    N : (H,) array of int
    bands : sequence of (upper limit, share)
        Limits rise and belong to their band; the last is None.
    low, high : int or (H,) array of int
        Bounds in each stratum, capped at N.

    Returns
    -------
    (H,) array of int
        share · N, rounded half up.

    Raises
    ------
    RefusalError
        If the bounds contradict each other.

    Examples
    --------
    >>> census_below(np.array([200, 201, 5001]), [(200, 1.0), (1000, 0.3), (None, 0.1)]).tolist()
    [200, 60, 500]
    """
    shares = [next(s for limit, s in bands if limit is None or size <= limit) for size in N.tolist()]
    half = Decimal("0.5")
    taken = [
        int((Decimal(str(s)) * size + half).to_integral_value(ROUND_FLOOR))
        for s, size in zip(shares, N.tolist(), strict=True)
    ]
    lower, upper = bounds(N, low, high)
    return np.clip(np.array(taken, dtype=np.int64), lower, upper)


def share(score: Floats, N: Ints, n: int, *, low: int | Ints = 0, high: int | Ints | None = None) -> Ints:
    """Sizes proportional to a score inside bounds, rounded by largest remainder to the exact total.

    Parameters
    ----------
    score : (H,) array of float
        At least 0; a score of 0 gets no more than its lower bound unless all others are full.
    N, n, low, high
        As in `proportional`.

    Returns
    -------
    (H,) array of int

    Raises
    ------
    RefusalError
        As in `neyman`.

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
    """Lower and upper size of each stratum, capped at N."""
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
