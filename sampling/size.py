"""How many people to ask: proportion, mean, difference; and Slovin's formula beside the right answer."""

import math
from dataclasses import dataclass

from scipy.special import ndtri

SLOVIN_NOTE = (
    "Slovin's N/(1+Ne^2) assumes a simple random sample, p = 0.5, z = 2 and one answer for the whole "
    "population: it knows neither clustering (deff) nor non-response, and gives no margin for a domain."
)


@dataclass(frozen=True)
class Size:
    """`n` answers are needed, so `n_to_draw` people are drawn; `feasible` is False where N has fewer, and
    then `margin_reached` is what drawing all of them gives."""

    n: int
    n_to_draw: int
    feasible: bool
    margin_reached: float


def proportion(
    margin: float,
    *,
    level: float = 0.95,
    p: float = 0.5,
    population: int | None = None,
    deff: float = 1.0,
    response_rate: float = 1.0,
) -> Size:
    """Sample size for a proportion.

    Parameters
    ----------
    margin : float in (0, 1)
        Half-width of the confidence interval.
    level : float in (0, 1)
    p : float in (0, 1)
        Proportion expected; 0.5 is the worst case.
    population : int, optional
        N; infinite if not given.
    deff : float
        Design effect of weights and clusters.
    response_rate : float in (0, 1]
        Share of those drawn who answer.

    Returns
    -------
    Size

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    Notes
    -----
    m = deff · z² p(1 − p) / e²; n = m / (1 + (m − 1)/N), which solves
    z² · deff · p(1 − p)/n · (N − n)/(N − 1) = e². Rounded up, then divided by the response rate and
    rounded up.

    References
    ----------
    .. [1] Cochran, W. G. (1977). Sampling Techniques, 3rd ed., section 4.4. Kish, L. (1965). Survey
       Sampling, section 8.2 (deff).

    Examples
    --------
    >>> proportion(0.05, p=0.5, population=1200, deff=1.4, response_rate=0.4).n_to_draw
    930
    """
    _between("margin", margin, 0, 1)
    _between("p", p, 0, 1)
    variance = p * (1 - p)
    if population is not None and population > 1:
        variance *= population / (population - 1)
    return _size(margin, variance, level, population, deff, response_rate)


def mean(
    margin: float,
    sd: float,
    *,
    level: float = 0.95,
    population: int | None = None,
    deff: float = 1.0,
    response_rate: float = 1.0,
) -> Size:
    """Sample size for a mean.

    Parameters
    ----------
    margin : float > 0
        Half-width of the confidence interval, in the unit of y.
    sd : float > 0
        Standard deviation expected, divisor N − 1.
    level, population, deff, response_rate
        As in `proportion`.

    Returns
    -------
    Size

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    Notes
    -----
    m = deff · z² S² / e²; n = m / (1 + m/N).

    References
    ----------
    .. [1] Cochran, W. G. (1977). Sampling Techniques, 3rd ed., section 4.6.

    Examples
    --------
    >>> mean(0.1, 1.2).n
    554
    """
    _between("margin", margin, 0, math.inf)
    _between("sd", sd, 0, math.inf)
    return _size(margin, sd**2, level, population, deff, response_rate)


def difference(
    p1: float,
    p2: float,
    *,
    level: float = 0.95,
    power: float = 0.8,
    deff: float = 1.0,
    response_rate: float = 1.0,
) -> Size:
    """Sample size in each of two agencies, or waves, so that a difference of p1 − p2 is found.

    Parameters
    ----------
    p1, p2 : float in (0, 1)
        The two proportions, unequal.
    level : float in (0, 1)
        1 − α of the two-sided test.
    power : float in (0, 1)
        Probability of finding the difference.
    deff, response_rate
        As in `proportion`.

    Returns
    -------
    Size
        Per group; `margin_reached` is the half-width of the interval of the difference.

    Raises
    ------
    ValueError
        If an argument lies outside its range or p1 = p2.

    Notes
    -----
    n = deff · (z_{1−α/2} √(2 p̄ q̄) + z_power √(p1 q1 + p2 q2))² / (p1 − p2)², p̄ the mean of both; the
    populations are taken as large, and the two samples as independent.

    References
    ----------
    .. [1] Fleiss, Levin, Paik (2003). Statistical Methods for Rates and Proportions, 3rd ed., section 4.2.

    Examples
    --------
    >>> difference(0.80, 0.85).n
    906
    """
    for name, value in (("p1", p1), ("p2", p2), ("level", level), ("power", power)):
        _between(name, value, 0, 1)
    _between("deff", deff, 0, math.inf)
    _rate(response_rate)
    if p1 == p2:
        raise ValueError("`p2` must differ from `p1`")
    middle = (p1 + p2) / 2
    spread = p1 * (1 - p1) + p2 * (1 - p2)
    z = float(ndtri((1 + level) / 2))
    reach = z * math.sqrt(2 * middle * (1 - middle)) + float(ndtri(power)) * math.sqrt(spread)
    n = _up(deff * (reach / (p1 - p2)) ** 2)
    return Size(n, _up(n / response_rate), True, z * math.sqrt(deff * spread / n))


def slovin(population: int, margin: float) -> int:
    """Slovin's n = N / (1 + N e²), to the nearest: what officers are taught, shown for comparison only.

    Parameters
    ----------
    population : int
    margin : float in (0, 1)

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    Notes
    -----
    See `SLOVIN_NOTE` for what it leaves out.

    References
    ----------
    .. [1] Yamane, T. (1967). Statistics: An Introductory Analysis, 2nd ed., p. 886.

    Examples
    --------
    >>> slovin(1000, 0.05)
    286
    """
    _between("margin", margin, 0, 1)
    _between("population", population, 0, math.inf)
    return round(population / (1 + population * margin**2))


def _size(
    margin: float, variance: float, level: float, population: int | None, deff: float, response_rate: float
) -> Size:
    _between("level", level, 0, 1)
    _between("deff", deff, 0, math.inf)
    _rate(response_rate)
    if population is not None and population < 1:
        raise ValueError(f"`population` must be at least 1; got {population}")
    z = float(ndtri((1 + level) / 2))
    unit = z**2 * deff * variance
    per_unit = 0.0 if population is None else 1 / population
    n = _up(1 / (margin**2 / unit + per_unit))
    to_draw = _up(n / response_rate)
    if population is None or to_draw <= population:
        return Size(n, to_draw, True, math.sqrt(unit * max(1 / n - per_unit, 0.0)))
    answers = population * response_rate
    reached = math.sqrt(unit * max(1 / answers - per_unit, 0.0))
    return Size(n, population, False, reached)


def _up(value: float) -> int:
    """Ceiling that forgives rounding error."""
    return max(math.ceil(value - 1e-9 * value), 1)


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low < value < high:
        raise ValueError(f"`{name}` must lie between {low:g} and {high:g}; got {value:g}")


def _rate(value: float) -> None:
    if not 0 < value <= 1:
        raise ValueError(f"`response_rate` must lie in (0, 1]; got {value:g}")
