"""Differences between domains, with the covariance that shared units and strata give them."""

from collections.abc import Iterator

import numpy as np
from scipy import special

from analysis.codes import FloatArray
from analysis.estimate import Estimator
from analysis.rows import Row, Table, domain_of, number
from analysis.spec import Request


def effective_covariance(estimator: Estimator, table: Table) -> FloatArray:
    """Covariance of a table's estimates, with the implied variance where a boundary makes it 0."""
    matrix = estimator.covariance(table.solution)
    np.fill_diagonal(matrix, table.effective_variance())
    return matrix


def holm(p: FloatArray) -> FloatArray:
    """Holm's adjusted p-values; nan stays nan and does not count.

    Parameters
    ----------
    p : (m,) array of float

    Returns
    -------
    (m,) array of float

    Raises
    ------
    ValueError
        Never for numbers.

    Notes
    -----
    The j-th smallest is max over i <= j of (m - i + 1) p_(i), at most 1.

    References
    ----------
    .. [1] Holm, S. (1979). A simple sequentially rejective multiple test procedure. SJS 6, 65-70.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    adjusted = np.full(len(p), np.nan)
    order = np.flatnonzero(np.isfinite(p))
    order = order[np.argsort(p[order], kind="stable")]
    steps = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps * p[order]), 1.0)
    return adjusted


def bonferroni(p: FloatArray) -> FloatArray:
    """Bonferroni's adjusted p-values."""
    return np.asarray(np.minimum(p * np.isfinite(p).sum(), 1.0))


def unadjusted(p: FloatArray) -> FloatArray:
    """The p-values as they are."""
    return p


_ADJUST = {"holm": holm, "bonferroni": bonferroni, "none": unadjusted}


def compare(estimator: Estimator, table: Table, request: Request) -> Iterator[Row]:
    """All pairwise differences of a table's domains.

    Parameters
    ----------
    estimator : Estimator
    table : Table             the estimates
    request : Request         multiplicity adjustment and level

    Yields
    ------
    dict                      `a`, `b`, `difference` a - b, `se`, `df`, `p`, `p_adjusted`, interval, `flags`

    Raises
    ------
    ValueError
        Never for a solved table.

    Notes
    -----
    V(a - b) = V_a + V_b - 2 C_ab; t with df = PSUs - strata with members of either domain, or that of replicates.

    References
    ----------
    .. [1] Holm, S. (1979). A simple sequentially rejective multiple test procedure. SJS 6, 65-70.

    Examples
    --------
    See `analysis.run.estimate` with the key ``compare``.
    """
    a, b = np.triu_indices(table.level.size, k=1)
    theta = table.solution.estimate
    matrix = effective_covariance(estimator, table)
    diagonal = np.diag(matrix)
    df = estimator.df_of_pairs(table.solution.variable, request.by)[a, b]
    difference = theta[a] - theta[b]
    se = np.sqrt(np.maximum(diagonal[a] + diagonal[b] - 2 * matrix[a, b], 0))
    p, half = _test(difference, se, df, request.level)
    adjusted = _ADJUST[request.adjust](p)
    for i in range(len(a)):
        yield {
            "name": request.estimate,
            "variable": table.solution.variable.label,
            "a": domain_of(request.by, table.level.keys[a[i]]),
            "b": domain_of(request.by, table.level.keys[b[i]]),
            "difference": number(difference[i]),
            "se": number(se[i]),
            "df": number(df[i], whole=True),
            "p": number(p[i]),
            "p_adjusted": number(adjusted[i]),
            "ci_low": number(difference[i] - half[i]),
            "ci_high": number(difference[i] + half[i]),
            "flags": _flags(table, int(a[i]), int(b[i]), bool(se[i] == 0), bool(df[i] <= 0)),
        }


def _test(difference: FloatArray, se: FloatArray, df: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Two-sided p-value and half width; nan where there is no df or no standard error."""
    usable = np.where((df > 0) & (se > 0), df, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * special.stdtr(usable, -np.abs(difference) / se)
    return np.asarray(p), np.asarray(special.stdtrit(usable, (1 + level) / 2) * se)


def _flags(table: Table, a: int, b: int, zero: bool, no_df: bool) -> list[str]:
    missing = np.isnan(table.solution.estimate[[a, b]]).any()
    on_boundary = table.solution.variable.bounded and table.uncertain.on_boundary[[a, b]].any()
    tests = {"empty": missing, "boundary": on_boundary and not missing, "zero_se": zero, "no_df": no_df}
    return [flag for flag, holds in tests.items() if holds]
