"""Any smooth function of estimates of one level, by its gradient: differences, contrasts, products, ratios."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import special

from analysis.codes import FloatArray
from analysis.errors import InputError
from analysis.estimate import Solution
from analysis.rows import Row, domain_of, number
from analysis.run import Run
from analysis.variables import Variable, any_valid

Function = Callable[[FloatArray], float]
Gradient = Callable[[FloatArray], FloatArray]


def smooth(
    run: Run,
    estimates: Sequence[str],
    by: tuple[str, ...],
    function: Function,
    *,
    gradient: Gradient | None = None,
    name: str = "smooth",
) -> list[Row]:
    """g(θ_1, .., θ_K) in every domain of a level, with its linearised standard error.

    Parameters
    ----------
    run : Run                      one estimation; `by` is among its levels
    estimates : names of K of its estimates, none a quantile
    by : the level
    function : callable            (K,) array to float
    gradient : callable, optional  (K,) array to (K,) array; None: central differences
    name : str                     of the rows

    Returns
    -------
    list of dict                   domain, estimate, se, df, ci_low, ci_high, n

    Raises
    ------
    InputError
        If an estimate does not exist, has several variables (a proportion) or is a quantile, or the design has
        replicates.

    Notes
    -----
    The linear variable is Σ_k ∂g/∂θ_k z_k, so every covariance between the θ_k is counted; df and n are of the
    rows that count for any of them.

    References
    ----------
    .. [1] Binder, D. (1983). On the variances of asymptotically normal estimators. ISR 51, 279-292.

    Examples
    --------
    See tests/analysis/test_smooth.py.
    """
    if run.spec.replicates is not None:
        raise InputError("replicates", "smooth functions are linearised; leave `replicates` out")
    solutions = [_solution(run, each, by) for each in estimates]
    theta = np.array([s.estimate for s in solutions])
    slopes = gradient or (lambda at: _differences(function, at))
    known = np.isfinite(theta).all(axis=0)
    value, derivative = np.full(theta.shape[1], np.nan), np.zeros_like(theta)
    for d in np.flatnonzero(known):
        value[d], derivative[:, d] = function(theta[:, d]), slopes(theta[:, d])
    joined = _joined(run, solutions, derivative, value, name)
    se = np.sqrt(np.maximum(run.estimator.variance(joined), 0))
    members = run.estimator.members(joined.variable, by)
    half = special.stdtrit(np.where(members.df > 0, members.df, np.nan), (1 + run.spec.level) / 2) * se
    return [
        {
            "name": name,
            "domain": domain_of(by, key),
            "estimate": number(value[d]),
            "se": number(se[d]),
            "df": number(members.df[d], whole=True),
            "ci_low": number(value[d] - half[d]),
            "ci_high": number(value[d] + half[d]),
            "n": number(members.n[d], whole=True),
        }
        for d, key in enumerate(run.totals.levels[by].keys)
    ]


def _solution(run: Run, name: str, by: tuple[str, ...]) -> Solution:
    found = next((e for e in run.spec.estimates if e.name == name), None)
    if found is None or found.statistic == "quantile":
        raise InputError("estimates", f"no estimate with a linear variable is called {name!r}")
    tables = run.tables(found, by)
    if len(tables) != 1:
        raise InputError("estimates", f"{name!r} has {len(tables)} variables; name an index of one category")
    return tables[0].solution


def _joined(
    run: Run, solutions: Sequence[Solution], derivative: FloatArray, value: FloatArray, name: str
) -> Solution:
    """One solution whose linear variable is the combination: terms side by side, slopes times derivatives."""
    level = run.totals.levels[solutions[0].by]
    terms = tuple(term for s in solutions for term in s.variable.terms)
    counted = any_valid([pair for term in terms for pair in term])
    slopes = [s.slope * level.spread(row) for s, row in zip(solutions, derivative, strict=True)]
    return Solution(
        variable=Variable(name, "smooth", name, terms, counted, "t"),
        by=solutions[0].by,
        estimate=value,
        partial=np.zeros(len(value), dtype=bool),
        ratio=np.vstack([s.ratio for s in solutions]),
        slope=np.vstack(slopes),
    )


def _differences(function: Function, at: FloatArray) -> FloatArray:
    step = np.maximum(np.abs(at), 1e-3) * 1e-6
    shifts = np.diag(step)
    return np.array([(function(at + s) - function(at - s)) / (2 * h) for s, h in zip(shifts, step, strict=True)])
