"""Equal probabilities: simple random and systematic sampling, and the cut into random replicates."""

import numpy as np

from sampling.arrays import Bools, Floats, Ints
from sampling.errors import RefusalError

CHUNK = 1 << 19


def srs(u: Floats, n: int | Ints, *, group: Ints | None = None, sizes: Ints | None = None) -> Ints:
    """Simple random sample without replacement: the n units of smallest random number in each group.

    Parameters
    ----------
    u : (N,) array of float in [0, 1)
        Independent uniform numbers of the units.
    n : int or (G,) array of int
        Units to be taken in each group.
    group : (N,) array of int, optional
        Group of each unit, 0 to G − 1.
    sizes : (G,) array of int, optional
        Units in each group, if known; counted otherwise.

    Returns
    -------
    (Σn,) array of int
        Positions, ascending.

    Raises
    ------
    RefusalError
        If a group has fewer units than are asked of it.

    Notes
    -----
    Every subset of n_h units is equally likely, as the order of independent uniform numbers is. Only units
    below a bound that n_h numbers almost surely lie under are sorted; where fewer lie under it the bound is
    doubled, so the sample is that of a full sort.

    References
    ----------
    .. [1] Fan, Muller, Rezucha (1962). Development of sampling plans by using sequential (item by item)
       selection techniques and digital computers. JASA 57, 387-402.

    Examples
    --------
    >>> srs(np.array([0.9, 0.1, 0.5, 0.2]), 2).tolist()
    [1, 3]
    """
    wanted = np.atleast_1d(np.asarray(n, dtype=np.int64))
    if sizes is None:
        sizes = _sizes(len(u), group, len(wanted))
    short = np.flatnonzero(sizes < wanted)
    if len(short):
        raise RefusalError("n", f"{wanted[short[0]]} units are asked of a group of {sizes[short[0]]}")
    bound = _bounds(wanted, sizes)
    while True:
        near = _below(u, group, bound)
        members = None if group is None else group[near]
        few = _sizes(len(near), members, len(wanted)) < wanted
        if not few.any():
            return near[smallest(u[near], wanted, members)]
        bound[few] = np.where(bound[few] < 0.5, 2.0 * bound[few], 1.0)


def _sizes(units: int, group: Ints | None, groups: int) -> Ints:
    if group is None:
        return np.array([units])
    return np.bincount(group, minlength=groups).astype(np.int64)


def _bounds(wanted: Ints, sizes: Ints) -> Floats:
    """Some four standard deviations above the share asked for; 1 where nearly all are taken."""
    high = (wanted + 4.0 * np.sqrt(wanted) + 4.0) / np.maximum(sizes, 1)
    return np.where(wanted == 0, 0.0, np.minimum(high, 1.0))


def _below(u: Floats, group: Ints | None, bound: Floats) -> Ints:
    """Positions with u under their group's bound; the highest bound alone settles most of them."""
    near = []
    highest = float(bound.max(initial=0.0))
    for start in range(0, len(u), CHUNK):
        part = np.flatnonzero(u[start : start + CHUNK] < highest) + start
        near.append(part if group is None else part[u[part] < bound[group[part]]])
    return np.concatenate(near) if near else np.empty(0, dtype=np.int64)


def smallest(key: Floats, n: Ints, group: Ints | None = None) -> Bools:
    """Is a unit among the n smallest keys of its group? Ties go to the earlier position.

    Parameters
    ----------
    key : (N,) array of float
    n : (G,) array of int
    group : (N,) array of int, optional
        0 to G − 1; one group if not given.

    Returns
    -------
    (N,) array of bool

    Raises
    ------
    IndexError
        If a group number reaches G.

    References
    ----------
    .. [1] As in `srs`.

    Examples
    --------
    >>> smallest(np.array([0.3, 0.1, 0.2]), np.array([2])).tolist()
    [False, True, True]
    """
    order = _argsort(key)
    if group is None:
        order = order[: n[0]]
    else:
        # Radix sort serves 16 bits only.
        codes = group.astype(np.uint16) if len(n) <= 1 << 16 else group
        order = order[np.argsort(codes[order], kind="stable")]
        sizes = np.bincount(group, minlength=len(n))
        first = np.cumsum(sizes) - sizes
        order = order[np.arange(len(order)) - np.repeat(first, sizes) < np.repeat(n, sizes)]
    mask = np.zeros(len(key), dtype=bool)
    mask[order] = True
    return mask


def _argsort(key: Floats) -> Ints:
    """Stable order. The fast sort is not stable, and its order of ties differs between processors."""
    order = np.argsort(key)
    ordered = key[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.argsort(key, kind="stable")
    return order


def systematic(units: int, n: int, start: float) -> Ints:
    """Systematic sample with fractional interval units/n.

    Parameters
    ----------
    units : int
        Units of the list, in its order.
    n : int
        Units to be taken.
    start : float in [0, 1)
        Random start, as a share of the interval.

    Returns
    -------
    (n,) array of int
        Positions floor((start + i) · units / n).

    Raises
    ------
    RefusalError
        If n exceeds `units`.

    References
    ----------
    .. [1] Cochran, W. G. (1977). Sampling Techniques, 3rd ed., section 8.1; fractional interval: Särndal
       et al. (1992), section 3.4.2.

    Examples
    --------
    >>> systematic(10, 4, 0.5).tolist()
    [1, 3, 6, 8]
    """
    if n > units:
        raise RefusalError("n", f"{n} units are asked of a list of {units}")
    if n == 0:
        return np.empty(0, dtype=np.int64)
    return np.minimum(((start + np.arange(n)) * (units / n)).astype(np.int64), units - 1)


def replicate_numbers(block: Ints, u: Floats, replicates: int, start: float) -> Ints:
    """Random replicate, 1 to R, of each sampled unit.

    Parameters
    ----------
    block : (n,) array of int
        Stratum (or stratum and PSU) of each unit; replicates are spread evenly over blocks.
    u : (n,) array of float
        Numbers independent of those of the draw.
    replicates : int
        R.
    start : float in [0, 1)
        Random start.

    Returns
    -------
    (n,) array of int

    Raises
    ------
    ValueError
        If `replicates` is not positive.

    Notes
    -----
    Units, in random order inside each block, are dealt out in turn from replicate ⌊start·R⌋. Each unit
    has probability 1/R of each replicate, sizes differ by at most one, inside a block and over all.

    References
    ----------
    .. [1] Deming, W. E. (1960). Sample Design in Business Research, chapter 6 (replicated sampling).

    Examples
    --------
    >>> replicate_numbers(np.array([0, 0, 1, 1]), np.array([0.2, 0.1, 0.7, 0.9]), 2, 0.5).tolist()
    [1, 2, 2, 1]
    """
    if replicates < 1:
        raise ValueError(f"`replicates` must be positive; got {replicates}")
    out = np.empty(len(block), dtype=np.int64)
    out[np.lexsort((u, block))] = (np.arange(len(block)) + int(start * replicates)) % replicates + 1
    return out
