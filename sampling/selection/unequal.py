"""Unequal probabilities: systematic PPS, Poisson, and the order methods on permanent random numbers."""

from collections.abc import Callable
from functools import partial

import numpy as np

from sampling.arrays import Floats, Ints
from sampling.selection.equal import CHUNK, smallest

Ranking = Callable[[Floats, Floats], Floats]
_NO_LIMIT = 1e12
_BLOCK = 32


def pps_systematic(probability: Floats, start: float) -> Ints:
    """Systematic sample with given inclusion probabilities, in the order of the list.

    Parameters
    ----------
    probability : (N,) array of float in [0, 1]
        Sums to a whole number n.
    start : float in [0, 1)
        Random start.

    Returns
    -------
    (n,) array of int
        Positions, ascending: the units in whose span of the cumulated probabilities start, start + 1, … fall.

    Raises
    ------
    ValueError
        If the sum is not whole.

    Notes
    -----
    Units of probability 1 contain a point whatever the start, and so are always taken; units of
    probability 0 never. Where rounding puts two points into one unit, the second goes to the next.

    References
    ----------
    .. [1] Madow, W. G. (1949). On the theory of systematic sampling, II. Ann. Math. Statist. 20, 333-354.

    Examples
    --------
    >>> pps_systematic(np.array([0.2, 0.7, 0.8, 0.5, 0.4, 0.4]), 0.4).tolist()
    [1, 2, 4]
    """
    total = float(probability.sum())
    n = round(total)
    if abs(total - n) > 1e-6 * max(n, 1):
        raise ValueError(f"`probability` must sum to a whole number; it sums to {total!r}")
    found = _places(probability, start + np.arange(n, dtype=np.float64))
    is_inside = n == 0 or found[-1] < len(probability)
    if is_inside and (np.diff(found) > 0).all() and (probability[found] > 0).all():
        return found
    possible = np.flatnonzero(probability > 0)
    return possible[_distinct(np.searchsorted(possible, found), len(possible))]


def _places(probability: Floats, points: Floats) -> Ints:
    """First unit whose cumulated probability exceeds each point.

    For few points among many units the sums are cumulated over blocks, and over single units only in the
    blocks where a point falls.
    """
    if len(points) * _BLOCK > len(probability):
        return np.searchsorted(np.cumsum(probability), points, side="right").astype(np.int64)
    whole = len(probability) // _BLOCK * _BLOCK
    sums = probability[:whole].reshape(-1, _BLOCK).sum(axis=1)
    edges = np.cumsum(np.concatenate([[0.0], sums, [probability[whole:].sum()]]))
    block = np.searchsorted(edges[1:], points, side="right")
    block = np.minimum(block, len(sums))
    unit = block[:, None] * _BLOCK + np.arange(_BLOCK)
    inside = np.where(unit < len(probability), probability[np.minimum(unit, len(probability) - 1)], 0.0)
    passed = edges[block][:, None] + np.cumsum(inside, axis=1) <= points[:, None]
    return np.asarray(block * _BLOCK + np.count_nonzero(passed, axis=1), dtype=np.int64)


def _distinct(found: Ints, units: int) -> Ints:
    """Nearly increasing positions made strictly increasing, and none of them past the end."""
    step = np.arange(len(found))
    rising = np.maximum.accumulate(found - step) + step
    return np.minimum(rising, units - len(found) + step)


def poisson(probability: Floats, u: Floats) -> Ints:
    """Poisson sample: every unit whose number lies under its probability; the size is random.

    Parameters
    ----------
    probability : (N,) array of float in [0, 1]
    u : (N,) array of float in [0, 1)

    Returns
    -------
    array of int
        Positions, ascending.

    Raises
    ------
    ValueError
        If the lengths differ.

    References
    ----------
    .. [1] Hájek, J. (1964). Asymptotic theory of rejective sampling with varying probabilities from a finite
       population. Ann. Math. Statist. 35, 1491-1523.

    Examples
    --------
    >>> poisson(np.array([0.5, 0.2, 1.0]), np.array([0.4, 0.3, 0.9])).tolist()
    [0, 2]
    """
    return np.flatnonzero(u < probability).astype(np.int64)


def pareto_ranking(probability: Floats, u: Floats) -> Floats:
    """Pareto's ranking u(1 − π) / ((1 − u)π), which asymptotically varies least of all (Rosén 1997).

    >>> pareto_ranking(np.array([0.5, 0.25]), np.array([0.5, 0.5])).tolist()
    [1.0, 3.0]
    """
    return u / (1.0 - u) * (1.0 - probability) / probability


def sequential_poisson_ranking(probability: Floats, u: Floats) -> Floats:
    """Ohlsson's ranking u/π: Poisson sampling made of fixed size (J. Official Statistics 14, 1998, 149-162).

    >>> sequential_poisson_ranking(np.array([0.5, 0.25]), np.array([0.5, 0.5])).tolist()
    [1.0, 2.0]
    """
    return u / probability


def order_sample(ranking: Ranking, probability: Floats, u: Floats, n: Ints, group: Ints | None = None) -> Ints:
    """Order sampling (Rosén): the n units of smallest ranking in each group, whose probabilities are targets.

    Parameters
    ----------
    ranking : callable
        What each unit is ranked by, from its probability and its number; increasing in the number.
    probability : (N,) array of float in [0, 1]
        Target inclusion probabilities; 1 is always taken, 0 never.
    u : (N,) array of float in [0, 1)
    n : (G,) array of int
        Units to be taken in each group.
    group : (N,) array of int, optional

    Returns
    -------
    array of int
        Positions, ascending.

    Raises
    ------
    ValueError
        If the lengths differ.

    Notes
    -----
    The probabilities reached differ from the targets by O(1/n); computed exactly, for 10 of 40 units with sizes
    1 to 6, by at most 0.04 % for `pareto` and 2.2 % for `sequential_poisson`. About n units have a ranking below
    1, and a ranking below c ≥ 1 needs u < cπ: only those are ranked, and c is raised until each group has its n.

    References
    ----------
    .. [1] Rosén, B. (1997). On sampling with probability proportional to size. J. Statistical Planning and
       Inference 62, 159-191.

    Examples
    --------
    >>> order_sample(pareto_ranking, np.array([0.5, 0.5, 1.0]), np.array([0.4, 0.3, 0.9]), np.array([2])).tolist()
    [1, 2]
    """
    limit = 1.0 + 4.0 / np.sqrt(max(int(n.sum()), 1))
    while True:
        near = _under(u, probability, limit)
        pi = probability[near]
        rank = np.where(pi >= 1.0, -1.0, ranking(pi, u[near]))
        near, rank = near[rank < limit], rank[rank < limit]
        members = None if group is None else group[near]
        found = np.array([len(near)]) if members is None else np.bincount(members, minlength=len(n))
        if (found >= n).all() or limit > _NO_LIMIT:
            return np.asarray(near[smallest(rank, n, members)], dtype=np.int64)
        limit = 2.0 * limit if limit < _NO_LIMIT / 4 else np.inf


pareto = partial(order_sample, pareto_ranking)
sequential_poisson = partial(order_sample, sequential_poisson_ranking)


def _under(u: Floats, probability: Floats, limit: float) -> Ints:
    """Positions with u < limit·π, π > 0."""
    if limit > _NO_LIMIT:
        return np.flatnonzero(probability > 0).astype(np.int64)
    parts = [
        np.flatnonzero(u[i : i + CHUNK] < limit * probability[i : i + CHUNK]) + i for i in range(0, len(u), CHUNK)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
