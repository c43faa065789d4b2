"""Inclusion probabilities proportional to size, with units taken for sure."""

import numpy as np

from sampling.arrays import Bools, Floats, Ints
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
    wanted = np.atleast_1d(np.asarray(n, dtype=np.int64))
    smallest, total = size.min(initial=np.inf), _sum(size, group, len(wanted))
    if not (smallest >= 0 and np.isfinite(total).all()):
        bad = np.flatnonzero(~(np.isfinite(size) & (size >= 0)))
        if len(bad):
            raise ValueError(f"`size` must be finite and at least 0; unit {bad[0]} has {size[bad[0]]}")
    is_all = group is None and smallest > 0
    positive = np.array([len(size)]) if is_all else _sum(size > 0, group, len(wanted))
    short = np.flatnonzero(positive < wanted)
    if len(short):
        raise RefusalError(
            "size", f"only {positive[short[0]]:.0f} units have a positive size; {wanted[short[0]]} are asked"
        )
    return _iterate(size, total, wanted, group, certainty)


def _iterate(size: Floats, total: Floats, wanted: Ints, group: Ints | None, certainty: float) -> Floats:
    rest, sure = size, np.zeros(len(size), dtype=bool)
    left = wanted.astype(np.float64)
    while True:
        rate = np.divide(left, total, out=np.zeros(len(wanted)), where=total > 0)
        probability = rest * (rate[0] if group is None else rate[group])
        if probability.max(initial=0.0) < certainty * (1 - 1e-12):
            if rest is not size:
                probability[sure] = 1.0
            return probability
        sure |= probability >= certainty * (1 - 1e-12)
        rest = np.where(sure, 0.0, size)
        total = _sum(rest, group, len(wanted))
        left = wanted - _sum(sure, group, len(wanted))
        over = np.flatnonzero(left < 0)
        if len(over):
            taken = wanted[over[0]] - left[over[0]]
            raise RefusalError("certainty", f"{taken:.0f} units reach it where {wanted[over[0]]} are asked")


def _sum(values: Floats | Bools, group: Ints | None, groups: int) -> Floats:
    if group is None:
        total = np.count_nonzero(values) if values.dtype == bool else values.sum()
        return np.array([total], dtype=np.float64)
    return np.asarray(np.bincount(group, weights=values, minlength=groups), dtype=np.float64)
