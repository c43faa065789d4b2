"""How a sample is shared among strata: the named rules, each a score to share by."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from sampling.allocation.sharing import bounds, share
from sampling.arrays import Floats, Ints


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

    Notes
    -----
    n_h ∝ N_h inside the bounds, rounded by largest remainder: see `sampling.allocation.sharing.share`.

    References
    ----------
    .. [1] Cochran, W. G. (1977). Sampling Techniques, 3rd ed., section 5.5.

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

    References
    ----------
    .. [1] Kish, L. (1965). Survey Sampling, section 3.5 (allocation for comparing strata).

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

    References
    ----------
    .. [1] Đà Nẵng's rule of 2014: all dossiers of units with up to 200 a year, 30 % up to 1,000, 20 % above,
       as reported by plo.vn, article 403151.

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
