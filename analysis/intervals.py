"""Confidence intervals from an estimate, its variance and its degrees of freedom, all domains at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.codes import BoolArray, FloatArray

INTERVALS = ("t", "normal", "logit", "beta", "korn_graubard", "wilson", "arcsine", "likelihood")
BOUNDED_INTERVALS = INTERVALS[2:]


@dataclass(frozen=True)
class Uncertain:
    """Estimates of D domains with what an interval needs.

    Attributes
    ----------
    estimate, variance, df : (D,) arrays of float
    n : (D,) array of float     respondents
    cap : (D,) array of float   largest effective sample size: respondents, of an index its answers
    """

    estimate: FloatArray
    variance: FloatArray
    df: FloatArray
    n: FloatArray
    cap: FloatArray

    @property
    def on_boundary(self) -> BoolArray:
        """Standard error 0, or an estimate of 0 or 1: the logit and its kin are undefined."""
        return (self.variance <= 0) | (self.estimate <= 0) | (self.estimate >= 1)


def interval(u: Uncertain, method: str, level: float) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Two-sided confidence interval.

    Parameters
    ----------
    u : Uncertain            estimates of D domains
    method : str             one of `INTERVALS`
    level : float            in (0, 1)

    Returns
    -------
    low, high : (D,) arrays of float   nan where df is 0 or the estimate is missing
    boundary : (D,) array of bool      where Korn-Graubard with n_eff = respondents took the place of `method`

    Raises
    ------
    ValueError
        If `method` is none of `INTERVALS`.

    Notes
    -----
    With p the estimate, v its variance, d its df, t = t_d quantile at (1 + level)/2, n_e = p(1-p)/v:

    t, normal       p ± t √v, p ± z √v
    logit           expit(logit p ± t √v / (p(1-p)))
    arcsine         sin²(asin √p ± t √v / (2 √(p(1-p))))
    beta            Clopper-Pearson with n_e (t_{n-1}/t_d)² and x = n_eff p [1]_
    korn_graubard   the same with n_eff = min(cap, ·) [2]_
    wilson          Wilson's score interval with n_e and t in place of z
    likelihood      all q with 2 n_e KL(p, q) <= t² n/(n-1) (Rao-Scott scaled likelihood ratio, as R)

    References
    ----------
    .. [1] Korn, E. and Graubard, B. (1998). Survey Methodology 24, 193-201.
    .. [2] Parker, J. et al. (2017). NCHS data presentation standards for proportions. Vital Health Stat 2(175).

    Examples
    --------
    >>> one = Uncertain(*(np.array([x]) for x in (0.9, 0.0009, 50.0, 100.0, 100.0)))
    >>> [round(float(x[0]), 4) for x in interval(one, "logit", 0.95)[:2]]
    [0.8217, 0.9462]
    """
    if method not in INTERVALS:
        raise ValueError(f"`method` must be one of {', '.join(INTERVALS)}; found {method!r}")
    known = (u.df > 0) & np.isfinite(u.estimate) & np.isfinite(u.variance)
    boundary = known & u.on_boundary & (method in BOUNDED_INTERVALS)
    low, high = np.full(len(u.estimate), np.nan), np.full(len(u.estimate), np.nan)
    for where, rule in ((known & ~boundary, _RULES[method]), (boundary, _at_boundary)):
        if where.any():
            part = Uncertain(*(x[where] for x in (u.estimate, u.variance, u.df, u.n, u.cap)))
            low[where], high[where] = rule(part, (1 + level) / 2)
    return low, high, boundary


_Ends = tuple[FloatArray, FloatArray]


def _t(u: Uncertain, q: float) -> FloatArray:
    return np.asarray(special.stdtrit(u.df, q))


def _student(u: Uncertain, q: float) -> _Ends:
    half = _t(u, q) * np.sqrt(u.variance)
    return u.estimate - half, u.estimate + half


def _normal(u: Uncertain, q: float) -> _Ends:
    half = special.ndtri(q) * np.sqrt(u.variance)
    return u.estimate - half, u.estimate + half


def _logit(u: Uncertain, q: float) -> _Ends:
    p = u.estimate
    half = _t(u, q) * np.sqrt(u.variance) / (p * (1 - p))
    low, high = special.expit(special.logit(p) - half), special.expit(special.logit(p) + half)
    return np.asarray(low), np.asarray(high)


def _arcsine(u: Uncertain, q: float) -> _Ends:
    p = u.estimate
    half = _t(u, q) * np.sqrt(u.variance / (p * (1 - p))) / 2
    angle = np.arcsin(np.sqrt(p))
    low, high = np.clip(angle - half, 0, np.pi / 2), np.clip(angle + half, 0, np.pi / 2)
    return np.sin(low) ** 2, np.sin(high) ** 2


def _adjusted_size(u: Uncertain, q: float) -> FloatArray:
    """n_e · (t_{n-1} / t_df)²; a single respondent has no t_{n-1} and keeps n_e."""
    ratio = np.where(u.n > 1, special.stdtrit(np.maximum(u.n - 1, 1), q) / _t(u, q), 1.0)
    return np.asarray(u.estimate * (1 - u.estimate) / u.variance * ratio**2)


def clopper_pearson(p: FloatArray, n: FloatArray, q: float) -> _Ends:
    """Clopper-Pearson limits of a share p of a (possibly fractional) number n of trials, q = (1 + level)/2.

    Parameters
    ----------
    p : (D,) array of float   in [0, 1]
    n : (D,) array of float   positive
    q : float                 e.g. 0.975

    Returns
    -------
    low, high : (D,) arrays of float

    Raises
    ------
    ValueError
        Never; without trials the ends are nan.

    Notes
    -----
    The ends are the 1 - q quantile of Beta(np, n - np + 1) and the q quantile of Beta(np + 1, n - np).

    References
    ----------
    .. [1] Clopper, C. and Pearson, E. (1934). Biometrika 26, 404-413.

    Examples
    --------
    >>> low, high = clopper_pearson(np.array([1.0]), np.array([10.0]), 0.975)
    >>> round(float(low[0]), 4), float(high[0])
    (0.6915, 1.0)
    """
    x = p * n
    with np.errstate(invalid="ignore"):
        low = np.where(x > 0, special.betaincinv(np.maximum(x, 1e-300), n - x + 1, 1 - q), 0.0)
        high = np.where(n - x > 0, special.betaincinv(x + 1, np.maximum(n - x, 1e-300), q), 1.0)
    return low, high


def _beta(u: Uncertain, q: float) -> _Ends:
    return clopper_pearson(u.estimate, _adjusted_size(u, q), q)


def _korn_graubard(u: Uncertain, q: float) -> _Ends:
    return clopper_pearson(u.estimate, np.minimum(u.cap, _adjusted_size(u, q)), q)


def _at_boundary(u: Uncertain, q: float) -> _Ends:
    return clopper_pearson(np.clip(u.estimate, 0, 1), u.n, q)


def _wilson(u: Uncertain, q: float) -> _Ends:
    p, t2 = u.estimate, _t(u, q) ** 2
    n = p * (1 - p) / u.variance
    middle = (p + t2 / (2 * n)) / (1 + t2 / n)
    half = np.sqrt(t2 * (p * (1 - p) / n + t2 / (4 * n**2))) / (1 + t2 / n)
    return middle - half, middle + half


def _likelihood(u: Uncertain, q: float) -> _Ends:
    t = _t(u, q) * np.sqrt(u.n / np.maximum(u.n - 1, 1))
    ends = [_likelihood_ends(*row) for row in zip(u.estimate, u.variance, t, strict=True)]
    low, high = np.array(ends).T
    return low, high


def _likelihood_ends(p: float, v: float, t: float) -> tuple[float, float]:
    """Roots of 2 n_e KL(p, q) = t² on either side of p, found on the logit scale."""
    from scipy import optimize  # half a second to import, for the one interval that searches

    size, centre = p * (1 - p) / v, float(special.logit(p))

    def excess(eta: float) -> float:
        kl = p * (np.logaddexp(0, -eta)) + (1 - p) * np.logaddexp(0, eta)
        least = p * np.logaddexp(0, -centre) + (1 - p) * np.logaddexp(0, centre)
        return float(2 * size * (kl - least) - t * t)

    step = 1.0
    while excess(centre - step) < 0 or excess(centre + step) < 0:
        step *= 2
    low = optimize.brentq(excess, centre - step, centre, xtol=1e-13)
    high = optimize.brentq(excess, centre, centre + step, xtol=1e-13)
    return float(special.expit(low)), float(special.expit(high))


_RULES: dict[str, Callable[[Uncertain, float], _Ends]] = {
    "t": _student,
    "normal": _normal,
    "logit": _logit,
    "beta": _beta,
    "korn_graubard": _korn_graubard,
    "wilson": _wilson,
    "arcsine": _arcsine,
    "likelihood": _likelihood,
}


def implied_variance(u: Uncertain, level: float = 0.95) -> FloatArray:
    """Variance that the boundary interval implies, where the estimate stands on the boundary.

    Parameters
    ----------
    u : Uncertain
    level : float

    Returns
    -------
    (D,) array of float
        `u.variance`, except on the boundary: (width of the Clopper-Pearson interval with n_eff =
        respondents / (2 t))², t with n - 1 degrees of freedom; nan without respondents.

    Raises
    ------
    ValueError
        Never for finite input.

    Notes
    -----
    So that an agency with every answer satisfied is compared and ranked with the uncertainty its published
    interval shows, not as if it were known exactly.

    References
    ----------
    docs/statistics.md, "Standard error 0".

    Examples
    --------
    >>> sure = Uncertain(*(np.array([x]) for x in (1.0, 0.0, 50.0, 60.0, 60.0)))
    >>> round(float(implied_variance(sure)[0]) ** 0.5, 4)
    0.0149
    """
    variance, where = u.variance.copy(), u.on_boundary & (u.n > 0)
    q = (1 + level) / 2
    low, high = clopper_pearson(np.clip(u.estimate[where], 0, 1), u.n[where], q)
    t = special.stdtrit(np.maximum(u.n[where] - 1, 1), q)
    variance[where] = ((high - low) / (2 * t)) ** 2
    return variance
