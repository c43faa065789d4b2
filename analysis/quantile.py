"""Quantiles with Woodruff's interval."""

from itertools import pairwise

import numpy as np
from scipy import special

from analysis.codes import FloatArray, IntArray
from analysis.estimate import Estimator
from analysis.rows import Row, domain_of, number
from analysis.totals import By
from analysis.variables import Pair, Variable


def weighted_quantile(y: FloatArray, w: FloatArray, p: float) -> float:
    """R survey's rule `math`: the smallest y whose weighted distribution function reaches p.

    Parameters
    ----------
    y : (n,) array of float, ascending
    w : (n,) array of float   positive weights in the order of `y`
    p : float                 in [0, 1]

    Returns
    -------
    float
        For p under the share of the smallest value that value, where R (4.1) returns the second smallest.

    Raises
    ------
    IndexError
        If `y` is empty.

    References
    ----------
    .. [1] Hyndman, R. and Fan, Y. (1996). Sample quantiles in statistical packages. Am. Stat. 50, type 1.

    Examples
    --------
    >>> weighted_quantile(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4), 0.5)
    2.0
    """
    cumulative = np.cumsum(w)
    k = int(np.searchsorted(cumulative, p * cumulative[-1], side="left"))
    return float(y[min(k, len(y) - 1)])


def quantile_rows(
    estimator: Estimator, variable: Variable, by: By, probs: tuple[float, ...], level: float
) -> list[Row]:
    """Quantiles of a column in every domain of a level.

    Parameters
    ----------
    estimator : Estimator
    variable : Variable        its only pair holds the values and who has one
    by : the level
    probs : the probabilities
    level : float

    Returns
    -------
    list of dict               rows of RESULT

    Raises
    ------
    KeyError
        If the level is unknown to the totals.

    Notes
    -----
    Woodruff: the share s = F̂(q̂) has variance v; the ends are the quantiles at s ± t √v, and the standard error is
    their distance over 2 t. An end whose share leaves [0, 1] is missing, flag `open_interval`.

    References
    ----------
    .. [1] Woodruff, R. (1952). Confidence intervals for medians. JASA 47, 635-646.

    Examples
    --------
    See `analysis.run.estimate`.
    """
    members, domains = estimator.members(variable, by), estimator.totals.levels[by]
    rows_domain = domains.of_fine[estimator.totals.fine]
    (pair,) = variable.terms[0]
    y = np.asarray(pair.num, dtype=np.float64)
    order = np.lexsort((y, rows_domain))
    order = order[(pair.valid & (rows_domain < domains.size) & (estimator.totals.weight > 0))[order]]
    ends = np.searchsorted(rows_domain[order], np.arange(domains.size + 1))
    blocks = [order[a:b] for a, b in pairwise(ends)]
    rows: list[Row] = []
    for p in probs:
        found = np.array([_quantile(y, estimator.totals.weight, block, p) for block in blocks])
        share, se = _share_below(estimator, pair, y, found, rows_domain, by)
        for d, key in enumerate(domains.keys):
            t = float(special.stdtrit(members.df[d], (1 + level) / 2)) if members.df[d] > 0 else np.nan
            low, high = (
                _quantile(y, estimator.totals.weight, blocks[d], share[d] + side * t * se[d]) for side in (-1, 1)
            )
            rows.append(
                {
                    "name": variable.name,
                    "statistic": variable.statistic,
                    "variable": f"{variable.label}[{p:g}]",
                    "domain": domain_of(by, key),
                    "estimate": number(found[d]),
                    "se": number((high - low) / (2 * t)),
                    "df": number(members.df[d], whole=True),
                    "ci_low": number(low),
                    "ci_high": number(high),
                    "n": number(members.n[d], whole=True),
                    "n_answers": None,
                    "n_psu": number(members.n_psu[d], whole=True),
                    "deff": None,
                    "flags": _flags(members.n[d], members.df[d], low, high),
                }
            )
    return rows


def _flags(n: float, df: float, low: float, high: float) -> list[str]:
    if n == 0:
        return ["empty"]
    if df <= 0:
        return ["no_df"]
    return ["open_interval"] if np.isnan(low) or np.isnan(high) else []


def _quantile(y: FloatArray, w: FloatArray, block: IntArray, p: float) -> float:
    return weighted_quantile(y[block], w[block], p) if len(block) and 0 <= p <= 1 else np.nan


def _share_below(
    estimator: Estimator, pair: Pair, y: FloatArray, found: FloatArray, domain: IntArray, by: By
) -> tuple[FloatArray, FloatArray]:
    """Share of each domain at or below its quantile, with its standard error."""
    below = pair.valid & (y <= np.append(found, np.nan)[domain])
    share = Variable("", "proportion", "", ((Pair(below, pair.valid, pair.valid),),), pair.valid, "t")
    solution = estimator.solve(share, by)
    return solution.estimate, np.sqrt(estimator.variance(solution))
