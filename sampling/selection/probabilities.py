"""Inclusion probabilities proportional to size, with units taken for sure."""

import numpy as np

from sampling.arrays import Floats, Ints
from sampling.errors import RefusalError


def inclusion_probabilities(
    size: Floats, n: int | Ints, *, group: Ints | None = None, certainty: float = 1.0
) -> Floats:
    """Probabilities n·x/Σx, units at or above `certainty` set to 1 and the rest shared out again.

    Parameters
    ----------
    size : (N,) array of float
        Measure of size, finite and at least 0; a size of 0 has probability 0.
    n : int or (G,) array of int
        Units to be taken, in each group.
    group : (N,) array of int, optional
        Group of each unit, 0 to G − 1.
    certainty : float in (0, 1]
        A unit whose probability reaches this is taken for sure; repeated until none does.

    Returns
    -------
    (N,) array of float
        Sums to n in each group.

    Raises
    ------
    ValueError
        If a size is negative or not finite.
    RefusalError
        If a group has fewer units of positive size than are asked of it.

    Notes
    -----
    With k units taken so far, the others have π_i = (n − k) x_i / Σ_rest x, tested against `certainty`
    until the set stops growing. With `certainty` 1 these are the probabilities of R
    `sampling::inclusionprobabilities`.

    References
    ----------
    .. [1] Särndal, Swensson, Wretman (1992). Model Assisted Survey Sampling, section 3.6.2.

    Examples
    --------
    >>> inclusion_probabilities(np.array([1.0, 2.0, 3.0, 14.0]), 2).round(4).tolist()
    [0.1667, 0.3333, 0.5, 1.0]
    """
    bad = np.flatnonzero(~(np.isfinite(size) & (size >= 0)))
    if len(bad):
        raise ValueError(f"`size` must be finite and at least 0; unit {bad[0]} has {size[bad[0]]}")
    wanted = np.atleast_1d(np.asarray(n, dtype=np.int64))
    groups = np.zeros(len(size), dtype=np.int64) if group is None else group
    positive = np.bincount(groups, weights=size > 0, minlength=len(wanted))
    short = np.flatnonzero(positive < wanted)
    if len(short):
        raise RefusalError("size", f"only {positive[short[0]]:.0f} units have a positive size; "
                              f"{wanted[short[0]]} are asked")  # fmt: skip
    return _iterate(size, wanted, groups, certainty)


def _iterate(size: Floats, wanted: Ints, group: Ints, certainty: float) -> Floats:
    sure = np.zeros(len(size), dtype=bool)
    groups = len(wanted)
    while True:
        rest = np.where(sure, 0.0, size)
        total = np.bincount(group, weights=rest, minlength=groups)
        left = wanted - np.bincount(group, weights=sure, minlength=groups)
        rate = np.divide(left, total, out=np.zeros(groups), where=total > 0)
        probability = np.where(sure, 1.0, rest * rate[group])
        more = (probability >= certainty * (1 - 1e-12)) & ~sure & (size > 0)
        if not more.any():
            return probability
        sure |= more
        _check_room(sure, wanted, group)


def _check_room(sure: np.ndarray, wanted: Ints, group: Ints) -> None:
    taken = np.bincount(group, weights=sure, minlength=len(wanted))
    over = np.flatnonzero(taken > wanted)
    if len(over):
        raise RefusalError("certainty", f"{taken[over[0]]:.0f} units reach it where {wanted[over[0]]} are asked")
