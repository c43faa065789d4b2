"""Variance of linear statistics: every estimator passes through `variance`.

An estimator enters as its *influence*: the sum of its linear variable (weight times derivative) over the
rows of each (domain, unit) pair that has any. Units without rows count as zeros through n_h of the design.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from analysis.codes import BoolArray, FloatArray, IntArray, compress, sums, tally
from analysis.design import CENSUS, Design, Stage
from analysis.pps import Pps, quadratic

RELATIVE_ZERO = 1e-28  # a variance below this share of the sum of squares is rounding, not spread
CANCELLED = 1e-13  # the same of a difference of sums of squares


@dataclass(frozen=True)
class Influence:
    """Sums of the linear variable: `value[g]` belongs to domain `domain[g]` (of `size`) and to `unit[g]`.

    `strata`, where known, are the (domain, stratum) pairs of the same groups, found once for many variables.
    Where a group stands for several units, `units` is their number and `squares` the sum of their squared
    deviations from the group's mean.
    """

    domain: IntArray
    unit: IntArray
    value: FloatArray
    size: int
    strata: "Strata | None" = None
    units: FloatArray | None = None
    squares: FloatArray | None = None

    def only(self, answered: FloatArray) -> "Influence":
        """The same of units with an answer, as many a group as given: the others' values are 0."""
        kept = answered > 0
        found = Influence(self.domain[kept], self.unit[kept], self.value[kept], self.size)
        if self.units is None or self.squares is None:
            return found
        with_zeros, units = self.squares[kept], answered[kept]
        squares = with_zeros - found.value**2 * (1 / units - 1 / self.units[kept])
        return replace(found, units=units, squares=np.where(squares <= CANCELLED * with_zeros, 0.0, squares))

    def merged(self, unit: IntArray, n_units: int) -> "Influence":
        """The same with coarser units, sums of the same pair added up."""
        key, present = compress(self.domain * n_units + unit, (self.size + 1) * n_units)
        value = sums(key, self.value, len(present))
        return Influence(present // n_units, present % n_units, value, self.size)


@dataclass(frozen=True)
class Strata:
    """The (domain, stratum) pairs in use: `pair[g]` of group g; domain, stratum and units of each pair."""

    pair: IntArray
    domain: IntArray
    stratum: IntArray
    members: FloatArray


def strata_of(
    domain: IntArray, unit: IntArray, size: int, stage: Stage, units: FloatArray | None = None
) -> Strata:
    """Pair the domains of groups with the strata of their units; a group is one unit, or as many as given."""
    h = len(stage.sampled)
    pair, present = compress(domain * h + stage.stratum[unit], (size + 1) * h)
    members = tally(pair, len(present)) if units is None else sums(pair, units, len(present))
    return Strata(pair, present // h, present % h, members)


def variance(influence: Influence, design: Design) -> FloatArray:
    """Design-based variance of D linear statistics.

    Parameters
    ----------
    influence : Influence   sums of the linear variable per (domain, deepest-stage unit)
    design : Design

    Returns
    -------
    (D,) array of float
        nan where the lonely-PSU rule leaves no usable stratum

    Raises
    ------
    ValueError
        Never for a `Design` made by `from_frame`.

    Notes
    -----
    With z_hi the sum of the linear variable over unit i of stratum h, n_h and N_h the units in sample and
    population, f_h = n_h/N_h, summed over *all* n_h units of the design, members or not:

        V = sum_h (1 - f_h) n_h/(n_h - 1) sum_i (z_hi - z̄_h)²  +  sum_h f_h V₂(h)

    where V₂ is the same expression over the second-stage units within each first-stage unit [1]_.
    A stratum with n_h = 1 < N_h gives: 0 (`remove`, `certainty`); (1-f) z² (`adjust`: uncentred, as the code
    of R's survey does); (1-f)(z - z̄)², z̄ the mean over all units (`center`, Stata's rule); the mean of the
    other strata with members (`average`). With `adjust_domain_lonely` a stratum of several units of which one has
    members of the domain is treated likewise: its squares are not centred (`adjust`), or it is left to the mean of
    the others (`average`).

    References
    ----------
    .. [1] Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model Assisted Survey Sampling, result 4.3.1.

    Examples
    --------
    >>> import pandas as pd
    >>> from analysis.design import from_frame
    >>> d = from_frame(pd.DataFrame({"w": [5.0] * 4, "N": [20.0] * 4}), weights="w", fpc=["N"])
    >>> total = Influence(np.zeros(4, int), np.arange(4), 5.0 * np.array([1.0, 2.0, 3.0, 4.0]), 1)
    >>> round(float(variance(total, d)[0]), 6)          # N² (1 - n/N) s²/n = 400 · 0.8 · (5/3)/4
    133.333333
    """
    result = np.zeros(influence.size)
    for stage, part, share in _by_stage(influence, design):
        result += _stage_variance(part, stage, share, design)
    return result


def _by_stage(influence: Influence, design: Design) -> list[tuple[Stage, Influence, FloatArray]]:
    """Each stage with the influence on its units and the product of fractions above, per stratum."""
    shares = [np.ones(len(design.stages[0].sampled))]
    for stage in design.stages[:-1]:
        shares.append(shares[-1][stage.stratum] * stage.unit_fraction)
    parts = [influence]
    for stage, above in zip(design.stages[:0:-1], design.stages[-2::-1], strict=True):
        parts.append(parts[-1].merged(stage.stratum[parts[-1].unit], len(above.stratum)))
    return list(zip(design.stages, reversed(parts), shares, strict=True))


def _stage_variance(part: Influence, stage: Stage, share: FloatArray, design: Design) -> FloatArray:
    if stage.pps is not None:
        return np.diag(_pps_covariance(part, stage, stage.pps)).copy()
    rule = design.lonely_psu
    strata = part.strata or strata_of(part.domain, part.unit, part.size, stage, part.units)
    n = stage.sampled[strata.stratum]
    mean = sums(strata.pair, part.value, len(n)) / n
    mean[n == 1] = _centre(part, stage, rule)[strata.domain[n == 1]]
    usable = _usable(strata, stage, design)
    if rule == "adjust":
        mean[~usable] = 0.0
    each = (scale(stage, rule) * share)[strata.stratum] * _squares(part, strata, mean, n)
    if rule == "average":
        each = each * usable * _average_factor(strata, usable, part.size)[strata.domain]
    return sums(strata.domain, each, part.size + 1)[: part.size]


def _squares(part: Influence, strata: Strata, mean: FloatArray, n: FloatArray) -> FloatArray:
    """Σ (z - mean)² over all n units of each (domain, stratum), those without members as zeros."""
    if part.units is None or part.squares is None:
        squares = (part.value - mean[strata.pair]) ** 2
    else:
        squares = part.squares + part.units * (part.value / part.units - mean[strata.pair]) ** 2
    present = sums(strata.pair, squares, len(n))
    found = present + (n - strata.members) * mean**2 * (n > 1)
    raw = present + mean**2 * (2 * n - strata.members)  # sum of z², from what is there already
    return np.asarray(np.where(found <= RELATIVE_ZERO * raw, 0.0, found))


def scale(stage: Stage, rule: str) -> FloatArray:
    """(1 - f_h) n_h/(n_h - 1) per stratum; a lonely one counts with 1 - f_h or not at all, by the rule.

    Parameters
    ----------
    stage : Stage
    rule : str              one of `analysis.design.LONELY_RULES`

    Returns
    -------
    (H,) array of float

    Raises
    ------
    ValueError
        Never for a `Stage` made by `from_frame`.

    References
    ----------
    docs/statistics.md, "Variance".

    Examples
    --------
    See `variance`.
    """
    free = 1 - stage.fraction
    free[free < CENSUS] = 0.0
    lonely = 1.0 if rule in ("adjust", "center") else 0.0
    return free * np.where(stage.sampled > 1, stage.sampled / np.maximum(stage.sampled - 1, 1), lonely)


def _centre(part: Influence, stage: Stage, rule: str) -> FloatArray:
    """What a lonely unit is compared with, per domain."""
    if rule != "center":
        return np.zeros(part.size + 1)
    return np.asarray(sums(part.domain, part.value, part.size + 1) / stage.sampled.sum())


def _usable(strata: Strata, stage: Stage, design: Design) -> BoolArray:
    """Pairs whose stratum has several units; asked so, several with members of the domain. A census always is."""
    usable = np.ones(len(stage.sampled), dtype=bool)
    usable[stage.lonely] = False
    if not design.adjust_domain_lonely:
        return usable[strata.stratum]
    whole = 1 - stage.fraction[strata.stratum] < CENSUS
    return np.asarray(usable[strata.stratum] & ((strata.members > 1) | whole))


def _average_factor(strata: Strata, usable: BoolArray, size: int) -> FloatArray:
    """Strata with members over those of them that can be used, per domain; nan where none can."""
    several = tally(strata.domain, size + 1)
    used = sums(strata.domain, usable, size + 1)
    return np.asarray(np.divide(several, used, out=np.full(size + 1, np.nan), where=used > 0))


def covariance(influence: Influence, design: Design) -> FloatArray:
    """Design-based covariance matrix of D linear statistics; its diagonal equals `variance`.

    Parameters
    ----------
    influence : Influence
    design : Design

    Returns
    -------
    (D, D) array of float, symmetric

    Raises
    ------
    ValueError
        Never for a `Design` made by `from_frame`.

    Notes
    -----
    As in `variance` with products z_d z_e in place of squares. Under ``average`` the factor of a pair is the
    geometric mean of the factors of both.

    References
    ----------
    .. [1] Särndal, Swensson and Wretman (1992), section 5.4.

    Examples
    --------
    >>> import pandas as pd
    >>> from analysis.design import from_frame
    >>> d = from_frame(pd.DataFrame({"w": [1.0] * 4}), weights="w")
    >>> two = Influence(np.array([0, 0, 1, 1]), np.arange(4), np.array([1.0, 2.0, 3.0, 5.0]), 2)
    >>> covariance(two, d).round(6).tolist()
    [[3.666667, -8.0], [-8.0, 24.0]]
    """
    size = influence.size
    result = np.zeros((size, size))
    for stage, part, share in _by_stage(influence, design):
        result += _stage_covariance(part, stage, share, design)
    exact = variance(influence, design)
    result[exact == 0, :] = 0.0
    result[:, exact == 0] = 0.0
    np.fill_diagonal(result, exact)
    return result


def _pps_covariance(part: Influence, stage: Stage, pps: Pps) -> FloatArray:
    inside = part.domain < part.size
    z = np.zeros((part.size, len(stage.stratum)))
    np.add.at(z, (part.domain[inside], part.unit[inside]), part.value[inside])
    return quadratic(z, pps, stage.stratum, stage.sampled)


def _stage_covariance(part: Influence, stage: Stage, share: FloatArray, design: Design) -> FloatArray:
    if stage.pps is not None:
        return _pps_covariance(part, stage, stage.pps)
    rule = design.lonely_psu
    c = scale(stage, rule) * share
    inside = part.domain < part.size
    domain, unit, value = part.domain[inside], part.unit[inside], part.value[inside]
    lonely = stage.sampled == 1
    if rule == "center":
        value = value - lonely[stage.stratum[unit]] * _centre(part, stage, rule)[domain]
    shape = (part.size, len(stage.stratum))
    z = sparse.csr_array((value * np.sqrt(c[stage.stratum[unit]]), (domain, unit)), shape=shape)
    products = np.asarray((z @ z.T).todense())
    h = len(stage.sampled)
    strata = sums(domain * h + stage.stratum[unit], value, part.size * h)
    strata = strata.reshape(part.size, h) * np.sqrt(np.where(lonely, 0.0, c / stage.sampled))
    result = products - strata @ strata.T
    if rule == "average":
        met = strata_of(domain, unit, part.size, stage, None if part.units is None else part.units[inside])
        factor = np.sqrt(_average_factor(met, _usable(met, stage, design), part.size)[: part.size])
        result = result * np.outer(factor, factor)
    return np.asarray(result)
