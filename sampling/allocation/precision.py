"""The smallest sample that meets a margin of error in every domain at once."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sampling.allocation.sharing import bounds
from sampling.arrays import Bools, Floats, Ints
from sampling.errors import RefusalError

_ITERATIONS = 20_000


@dataclass(frozen=True)
class Domains:
    """D domains: `members` (D, H), which of the H strata make up each; the half-width `margin` wanted and
    the proportion `p` expected in each, (D,); what to call them."""

    members: Bools
    margin: Floats
    p: Floats
    names: tuple[str, ...]


def precision(
    N: Ints,
    domains: Domains,
    *,
    level: float = 0.95,
    deff: float = 1.0,
    response_rate: float = 1.0,
    low: int = 1,
    high: int | None = None,
) -> Ints:
    """Sizes of smallest total such that each domain's proportion has the margin asked for.

    Parameters
    ----------
    N : (H,) array of int
        Units in each stratum.
    domains : Domains
    level, deff, response_rate : float
        As in `sampling.size.proportion`.
    low, high : int
        Bounds in each stratum, capped at N; `low` at least 1.

    Returns
    -------
    (H,) array of int
        Units to draw.

    Raises
    ------
    RefusalError
        If the bounds, or all of the frame, cannot meet a margin.

    Notes
    -----
    With r = n·response_rate answers, domain d needs
    z² · deff · Σ_h W_h² S_h² (1/r_h − 1/N_h) ≤ e_d², W_h = N_h/N_d, S_h² = p(1 − p) N_h/(N_h − 1).
    In x_h = 1/n_h the constraints are linear and the total Σ 1/x_h convex: Σ_h a_dh / n_h ≤ 1 is Bethel's
    problem, solved by `bethel`. The whole numbers are then reached from above: rounded up, and
    lowered one by one wherever every domain still holds.

    References
    ----------
    .. [1] Bethel, J. (1989). Sample allocation in multivariate surveys. Survey Methodology 15, 47-57.
    .. [2] Chromy, J. R. (1987). Design optimization with multiple objectives. Proc. ASA Survey Research
       Methods, 194-199.

    Examples
    --------
    >>> whole = Domains(np.array([[True]]), np.array([0.05]), np.array([0.5]), ("all",))
    >>> precision(np.array([1000]), whole).tolist()
    [278]
    """
    lower, upper = bounds(N, low, high)
    a = _coefficients(N.astype(np.float64), domains, float(ndtri((1 + level) / 2)) ** 2 * deff, response_rate)
    missed = np.flatnonzero(_load(a, upper.astype(np.float64)) > 1 + 1e-9)
    if len(missed):
        raise RefusalError(
            "allocation.targets",
            f"the margin {domains.margin[missed[0]]:g} of {domains.names[missed[0]]} cannot be met, "
            "not even with all the units allowed",
        )
    return _whole(bethel(a, lower.astype(np.float64), upper.astype(np.float64)), a, lower, upper)


def _coefficients(N: Floats, domains: Domains, factor: float, response_rate: float) -> Floats:
    """a_dh such that domain d holds when Σ_h a_dh / n_h ≤ 1."""
    within = np.where(domains.members, N, 0.0)
    weight = within / within.sum(axis=1, keepdims=True)
    variance = (domains.p * (1 - domains.p))[:, None] * np.where(N > 1, N / np.maximum(N - 1, 1), 0.0)
    need = factor * weight**2 * variance
    right = domains.margin**2 + (need / np.maximum(N, 1)).sum(axis=1)
    return np.asarray(need / response_rate / right[:, None])


def _load(a: Floats, n: Floats) -> Floats:
    """Σ_h a_dh / n_h of each domain; a stratum of none counts only where it matters."""
    share = np.divide(a, n, out=np.where(a > 0, np.inf, 0.0), where=n > 0)
    return np.asarray(share.sum(axis=1))


def bethel(a: Floats, lower: Floats, upper: Floats, *, cost: Floats | None = None) -> Floats:
    """Sizes of least cost with Σ_h a_dh / n_h ≤ 1 for every d, inside bounds.

    Parameters
    ----------
    a : (D, H) array of float
        Coefficients, at least 0.
    lower, upper : (H,) array of float
        Bounds, lower above 0 wherever some a is.
    cost : (H,) array of float, optional
        Cost of a unit; 1 if not given.

    Returns
    -------
    (H,) array of float

    Raises
    ------
    ValueError
        If a lower bound is 0.

    Notes
    -----
    Chromy's iteration on the multipliers of the dual: n_h(λ) = √(Σ_d λ_d a_dh / c_h) clipped to the bounds,
    λ_d ← λ_d (Σ_h a_dh / n_h)², until nothing moves. A margin that is met with room to spare loses its λ.
    Only element-wise operations and sums in a fixed order: the same sizes on every machine.

    References
    ----------
    .. [1] Chromy (1987) and Bethel (1989), as in `precision`.

    Examples
    --------
    >>> bethel(np.array([[4.0, 1.0]]), np.ones(2), np.full(2, 100.0)).round(6).tolist()
    [6.0, 3.0]
    """
    if not (lower > 0).all():
        raise ValueError(f"`lower` must be above 0; stratum {int(np.argmin(lower))} has {lower.min():g}")
    price = np.ones(a.shape[1]) if cost is None else cost
    d, h = np.nonzero(a)
    part = a[d, h]
    multiplier = np.bincount(d, np.sqrt(part * price[h]), len(a)) ** 2
    for _ in range(_ITERATIONS):
        n = np.clip(np.sqrt(np.bincount(h, multiplier[d] * part, len(price)) / price), lower, upper)
        following = multiplier * np.bincount(d, part / n[h], len(a)) ** 2
        following[following < 1e-300] = 0.0
        moved = np.abs(following - multiplier).max(initial=0.0)
        multiplier = following
        if moved <= 1e-14 * multiplier.max(initial=0.0):
            break
    return _feasible(n, a, upper)


def _feasible(n: Floats, a: Floats, upper: Floats) -> Floats:
    """Scale up what the iteration's tolerance left short of a constraint."""
    for _ in range(100):
        load = float(_load(a, n).max(initial=0.0))
        if load <= 1.0:
            return n
        n = np.minimum(n * load, upper)
    return n


def _whole(continuous: Floats, a: Floats, lower: Ints, upper: Ints) -> Ints:
    """Round up, then lower by one wherever every domain still holds, the least useful unit first."""
    n = np.clip(np.ceil(continuous - 1e-9), lower, upper).astype(np.int64)
    load = _load(a, n.astype(np.float64))
    loss = np.where(n > 1, a / np.maximum(n - 1, 1) - a / np.maximum(n, 1), 0.0).max(axis=0)
    for h in np.argsort(loss, kind="stable").tolist():
        while n[h] > max(lower[h], 1):
            lowered = load + a[:, h] / (n[h] - 1) - a[:, h] / n[h]
            if (lowered > 1 + 1e-12).any():
                break
            n[h], load = n[h] - 1, lowered
    return n
