"""Replication: jackknife, balanced half-samples, bootstrap, or given columns; multiplicities times the totals.

No weight column is made per replicate: a method is a matrix of *shifts*, multiplicity minus one, of the sampling
units, and every replicate total is the full-sample total plus shifts times unit totals. Only calibrated weights
are made again replicate by replicate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import linalg, sparse

from analysis.codes import BoolArray, FloatArray, sums, tally
from analysis.design import Design, numbers
from analysis.errors import InputError
from analysis.estimate import Estimator, Solution
from analysis.members import Membership, membership
from analysis.multiplicity import Replication, multiplicities
from analysis.spec import Replicates
from analysis.steps import Step
from analysis.totals import By, Column
from analysis.variables import Pair, Variable
from analysis.weighting import Weighted, adjust


@dataclass(frozen=True)
class ReplicateEstimator(Estimator):
    """An `Estimator` whose variances come from replicates."""

    replication: Replication | None = None

    def replicates(self, solution: Solution) -> FloatArray:
        """The (R, D) estimates of the replicates.

        Notes
        -----
        Where a replicate loses every answer of a domain its estimate is the full sample's: it adds no spread.
        """
        variable = solution.variable
        if variable.unit and variable.unit not in solution.by:
            return self._replicated_means(solution)
        num = [self._term_replicates(term, "num", solution.by) for term in variable.terms]
        if variable.total:
            return num[0]
        den = [self._term_replicates(term, "den", solution.by) for term in variable.terms]
        asked = np.array([self._asked(term, solution.by) for term in variable.terms])
        full = np.nan_to_num(solution.estimate)
        with np.errstate(invalid="ignore", divide="ignore"):
            parts = [np.where(a, n / d, 0.0) for n, d, a in zip(num, den, asked, strict=True)]
            theta = np.sum(parts, axis=0) / asked.sum(axis=0)
        return np.where(np.isfinite(theta), theta, full[None, :])

    def _asked(self, term: Sequence[Pair], by: By) -> FloatArray:
        return np.asarray(np.sum([self.totals.weighted(pair.den, by) for pair in term], axis=0) != 0)

    def _replicated_means(self, solution: Solution) -> FloatArray:
        inner = self.solve(solution.variable, (*solution.by, solution.variable.unit))
        replicated = self.replicates(inner)
        level, units = self.totals.levels[solution.by], self.totals.levels[inner.by]
        place = {key: d for d, key in enumerate(level.keys)}
        known = np.isfinite(inner.estimate)
        parent = np.array([place[key[:-1]] for key in units.keys], dtype=np.intp)[known]
        table = sparse.csr_array(
            (np.ones(len(parent)), (np.flatnonzero(known), parent)), shape=(len(units.keys), level.size)
        )
        number = np.maximum(tally(parent, level.size), 1)
        return np.asarray((table.T @ replicated.T).T / number)

    def _term_replicates(self, term: Sequence[Pair], side: str, by: By) -> FloatArray:
        return np.asarray(np.sum([self._column(getattr(pair, side), by) for pair in term], axis=0))

    def _column(self, column: Column, by: By) -> FloatArray:
        """(R, D) totals of a column in every replicate; kept, since factors and index share their items."""
        return self.totals.pooled(("replicates", id(column), by), lambda: self._replicated(column, by))

    def _replicated(self, column: Column, by: By) -> FloatArray:
        replication, level = self._replication(), self.totals.levels[by]
        if replication.by_row or self.totals.joined:
            value, unit = self.totals.weight * column, np.arange(len(column))
            domain = level.of_fine[self.totals.fine]
        else:
            value, unit, domain = level.per_group(self.totals.cells(column)), level.unit, level.domain
        inside = (domain < level.size) & (value != 0)
        shape = (level.size, replication.shift.shape[0])
        table = sparse.csr_array((value[inside], (domain[inside], unit[inside])), shape=shape)
        moved = table @ replication.shift
        dense = moved.toarray() if sparse.issparse(moved) else moved
        return np.asarray(self.totals.weighted(column, by)[:, None] + dense).T

    def _replication(self) -> Replication:
        if self.replication is None:
            raise ValueError("`replication` must be given")
        return self.replication

    def _deviation(self, solution: Solution) -> FloatArray:
        """(R, D) scaled deviations of the replicates; their squares add up to the variances."""
        return self._replication().spread(self.replicates(solution), np.nan_to_num(solution.estimate))

    def variance(self, solution: Solution) -> FloatArray:
        """Spread of the replicates of each domain."""
        deviation = self._deviation(solution)
        result = np.asarray(np.einsum("rd,rd->d", deviation, deviation))
        result[np.isnan(solution.estimate)] = np.nan
        result[np.sqrt(result) <= 1e-13 * np.abs(solution.estimate)] = 0.0
        return result

    def covariance(self, solution: Solution) -> FloatArray:
        """Cross-products of the replicates' deviations."""
        deviation, exact = self._deviation(solution), self.variance(solution)
        result = np.asarray(deviation.T @ deviation)
        missing, constant = np.isnan(exact), exact == 0
        result[missing, :] = result[:, missing] = np.nan
        result[constant, :] = result[:, constant] = 0.0
        np.fill_diagonal(result, exact)
        return result

    def members(self, variable: Variable, by: By) -> Membership:
        """Respondents and PSUs as ever; the replicates' own df."""
        found = membership(self.totals, variable.counted, by)
        return Membership(found.n, found.n_psu, np.where(found.n > 0, float(self._replication().df), 0.0))

    def df_of_pairs(self, variable: Variable, by: By) -> FloatArray:
        """The replicates' own df for every pair."""
        size = self.totals.levels[by].size
        return np.full((size, size), float(self._replication().df))


def replication(
    data: pd.DataFrame, base: Design, weighted: Weighted, spec: Replicates, steps: Sequence[Step]
) -> Replication:
    """The replicates that a DESIGN asks for.

    Parameters
    ----------
    data : DataFrame of n rows
    base : Design              with base weights
    weighted : Weighted        with final weights
    spec : Replicates
    steps : sequence of Step   taken again in every replicate

    Returns
    -------
    Replication

    Raises
    ------
    InputError
        If the method does not fit the design, or a column is missing.

    References
    ----------
    .. [1] Wolter, K. (2007). Introduction to Variance Estimation. Springer.

    Examples
    --------
    See tests/analysis/test_replicate.py.
    """
    answered = _answered(base, weighted.respondent)
    made = _given(data, base, spec) if spec.columns else multiplicities(answered, spec)
    return _recalibrated(data, base, weighted, made, steps) if steps else made


def _answered(base: Design, respondent: BoolArray) -> Design:
    """The design with sampling fractions of those who answered: a stratum taken whole still varies by response."""
    first = base.stages[0]
    stratum = first.stratum[first.unit]
    share = sums(stratum, respondent, len(first.sampled)) / tally(stratum, len(first.sampled))
    answered = replace(first, population=first.population / np.maximum(share, 1e-12))
    return replace(base, stages=(answered, *base.stages[1:]))


def _given(data: pd.DataFrame, design: Design, spec: Replicates) -> Replication:
    columns = np.array([numbers(data, name, "replicates.columns") for name in spec.columns])
    if not np.isfinite(columns).all():
        raise InputError("replicates.columns", "replicate weights must be finite numbers")
    rscales = np.array(spec.rscales) if spec.rscales else np.ones(len(columns))
    if len(rscales) != len(columns):
        raise InputError("replicates.rscales", f"must hold {len(columns)} numbers, found {len(rscales)}")
    values = linalg.eigvalsh(columns @ columns.T)
    df = int((values > values.max() * 1e-10).sum()) - 1
    scale = 1.0 if spec.scale is None else spec.scale
    return Replication((columns / design.weight - 1).T, scale, rscales, spec.mse, df, by_row=True)


def _recalibrated(
    data: pd.DataFrame, base: Design, weighted: Weighted, made: Replication, steps: Sequence[Step]
) -> Replication:
    """The weighting steps taken again in each replicate; shifts of rows against the final weights."""
    final, number = weighted.design.weight, made.shift.shape[1]
    unit = np.arange(len(final)) if made.by_row else base.stages[-1].unit
    rows = np.empty((len(final), number))
    for r in range(number):
        shift = made.shift[:, [r]].toarray()[:, 0] if sparse.issparse(made.shift) else made.shift[:, r]
        again = adjust(data, replace(base, weight=base.weight * (1 + shift[unit])), steps)
        rows[:, r] = np.divide(again.design.weight, final, out=np.ones(len(final)), where=final > 0) - 1
    return Replication(rows, made.scale, made.rscales, made.mse, made.df, by_row=True)
