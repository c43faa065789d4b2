"""Joint inclusion probabilities: exact where the method has them, Hájek's approximation elsewhere."""

from itertools import pairwise

import numpy as np

from sampling.arrays import Bools, Floats, Ints
from sampling.errors import RefusalError

LARGEST_GROUP = 5_000
EXACT = ("srs", "systematic", "pps_systematic", "poisson", "sampford")


def joint_probabilities(method: str, probability: Floats) -> Floats:
    """Probability that each pair of units is drawn together.

    Parameters
    ----------
    method : str
        One of `EXACT`.
    probability : (N,) array of float in [0, 1]
        Inclusion probabilities, in the order of the list for the systematic methods.

    Returns
    -------
    (N, N) array of float
        π_ij, with π_i on the diagonal.

    Raises
    ------
    RefusalError
        For pareto, sequential_poisson and cube, which have none in closed form: see `hajek`.
    ValueError
        If `method` is srs and the probabilities differ.

    Notes
    -----
    Units of probability 0 or 1 are independent of all others, so π_ij = π_i π_j there. Systematic methods
    have zeros in π_ij: no unbiased variance estimator exists for them, and the Sen-Yates-Grundy one must
    not be used.

    References
    ----------
    .. [1] Tillé, Y. (2006). Sampling Algorithms. Springer, chapters 5 to 7.

    Examples
    --------
    >>> joint_probabilities("srs", np.full(3, 2 / 3)).round(4).tolist()[0]
    [0.6667, 0.3333, 0.3333]
    """
    if method not in EXACT:
        raise RefusalError("method", f"{method} has no joint probabilities in closed form; use `hajek`")
    pi = np.asarray(probability, dtype=np.float64)
    joint = np.outer(pi, pi)
    inside = np.flatnonzero((pi > 0) & (pi < 1))
    if len(inside) and method != "poisson":
        inner = {"srs": _srs, "sampford": _sampford}.get(method, _systematic)
        joint[np.ix_(inside, inside)] = inner(pi[inside])
    np.fill_diagonal(joint, pi)
    return joint


def joint_of_sample(method: str, probability: Floats, group: Ints, position: Ints, taken: Bools) -> Floats:
    """Joint probabilities of the units drawn, in all groups.

    Parameters
    ----------
    method : str
        One of `EXACT`.
    probability : (U,) array of float
        Inclusion probabilities of all units.
    group, position : (U,) array of int
        Group of each unit and its place in the list.
    taken : (U,) array of bool
        Units drawn, n of them.

    Returns
    -------
    (n, n) array of float
        In the order of the units; units of different groups are independent.

    Raises
    ------
    RefusalError
        As in `joint_probabilities`, or if a group has more than 5,000 units.

    References
    ----------
    .. [1] Tillé (2006), as in `joint_probabilities`.

    Examples
    --------
    >>> half, two = np.full(4, 0.5), np.array([0, 0, 1, 1])
    >>> joint_of_sample("srs", half, two, np.arange(4), np.array([True, False, True, False])).tolist()
    [[0.5, 0.25], [0.25, 0.5]]
    """
    drawn = np.flatnonzero(taken)
    joint = np.outer(probability[drawn], probability[drawn])
    np.fill_diagonal(joint, probability[drawn])
    for g in np.unique(group[drawn]):
        members = np.flatnonzero(group == g)
        if len(members) > LARGEST_GROUP:
            raise RefusalError("method", f"joint probabilities of {len(members)} units are too many; use `hajek`")
        members = members[np.argsort(position[members], kind="stable")]
        inside = np.flatnonzero(group[drawn] == g)
        where = np.argsort(members, kind="stable")[np.searchsorted(np.sort(members), drawn[inside])]
        joint[np.ix_(inside, inside)] = joint_probabilities(method, probability[members])[np.ix_(where, where)]
    return joint


def hajek(probability: Floats) -> Floats:
    """Hájek's approximation for designs of large entropy and fixed size.

    Parameters
    ----------
    probability : (N,) array of float in [0, 1]

    Returns
    -------
    (N, N) array of float
        π_i π_j (1 − (1 − π_i)(1 − π_j)/d), d = Σ π(1 − π); π_i on the diagonal.

    Raises
    ------
    ValueError
        If a probability lies outside [0, 1].

    References
    ----------
    .. [1] Hájek, J. (1964). Asymptotic theory of rejective sampling. Ann. Math. Statist. 35, 1491-1523.

    Examples
    --------
    >>> hajek(np.full(4, 0.5)).tolist()[0]
    [0.5, 0.1875, 0.1875, 0.1875]
    """
    pi = np.asarray(probability, dtype=np.float64)
    bad = np.flatnonzero(~((pi >= 0) & (pi <= 1)))
    if len(bad):
        raise ValueError(f"`probability` must lie in [0, 1]; unit {bad[0]} has {pi[bad[0]]}")
    d = float((pi * (1 - pi)).sum())
    joint = np.outer(pi, pi) * (1 - np.outer(1 - pi, 1 - pi) / d) if d > 0 else np.outer(pi, pi)
    np.fill_diagonal(joint, pi)
    return joint


def _srs(pi: Floats) -> Floats:
    if np.ptp(pi) > 1e-12:
        raise ValueError("`probability` must be the same for all units under srs")
    N = len(pi)
    n = float(pi.sum())
    return np.full((N, N), n * (n - 1) / (N * (N - 1)) if N > 1 else 0.0)


def _systematic(pi: Floats) -> Floats:
    """The samples change only where the start passes the fractional part of a cumulated probability."""
    upper = np.cumsum(pi)
    n = round(float(upper[-1]))
    upper[-1] = n
    edges = np.unique(np.r_[0.0, upper % 1.0, 1.0])
    joint = np.zeros((len(pi), len(pi)))
    for low, high in pairwise(edges.tolist()):
        if high - low > 1e-14:
            chosen = np.searchsorted(upper, (low + high) / 2 + np.arange(n), side="right")
            joint[np.ix_(chosen, chosen)] += high - low
    return joint


def _sampford(pi: Floats) -> Floats:
    """From the generating function of the design, read off at the roots of unity.

    With f_i(z) = q_i + π_i z, q = 1 − π, f = Π f_i and S = Σ_k π_k q_k z/f_k, the coefficient of z^n in f·S
    normalises the design, and the samples that hold i and j come from the coefficient of z^{n−2} in
    π_i π_j f/(f_i f_j) · (S − S_i − S_j + q_i + q_j). An odd number of roots keeps f_i away from 0.
    """
    n, q = round(float(pi.sum())), 1.0 - pi
    roots = 2 * (len(pi) // 2 + 1) + 1
    z = np.exp(2j * np.pi * np.arange(roots) / roots)
    factor = q[:, None] + pi[:, None] * z
    special = pi[:, None] * q[:, None] * z / factor
    f, S = factor.prod(axis=0), special.sum(axis=0)
    norm = float((f * S * z**-n).mean().real)
    inverse = 1.0 / factor
    weight = f * z ** -(n - 2) / roots
    without = (inverse * weight) @ inverse.T
    moved = (inverse * special * weight) @ inverse.T
    rest = (inverse * (S * weight)) @ inverse.T - moved - moved.T + (q[:, None] + q) * without
    return np.asarray(np.outer(pi, pi) * rest.real / norm)
