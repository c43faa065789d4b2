"""From totals to estimates with their influence: the delta method for means of ratios, once for all domains."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.adjustment import Adjustment
from analysis.codes import BoolArray, FloatArray, IntArray, sums
from analysis.design import CENSUS, Design
from analysis.members import Membership, membership, union_df
from analysis.totals import By, Column, Totals
from analysis.variables import Pair, Variable
from analysis.variance import Influence, covariance, variance

_ROUNDING = 1e-13  # a standard error below this share of the estimate is rounding: the answers are constant


@dataclass(frozen=True)
class Solution:
    """One variable in the D domains of a level.

    Attributes
    ----------
    estimate : (D,) array of float        nan where it cannot be had
    partial : (D,) array of bool          some factor was never asked
    ratio, slope : (terms, F) arrays      value of each term and weight of its residual, per fine domain:
                                          the linear variable is Σ slope · (num - ratio · den)
    """

    variable: Variable
    by: By
    estimate: FloatArray
    partial: BoolArray
    ratio: FloatArray
    slope: FloatArray


@dataclass(frozen=True)
class Estimator:
    """Everything that estimates share: the totals, the design, the weighting and how deff is meant."""

    totals: Totals
    design: Design
    adjustment: Adjustment | None = None

    def solve(self, variable: Variable, by: By) -> Solution:
        """Estimate a variable in every domain of a level.

        Parameters
        ----------
        variable : Variable
        by : the level

        Returns
        -------
        Solution

        Raises
        ------
        KeyError
            If the level is unknown to the totals.

        Notes
        -----
        θ_d = mean over the terms k asked in d of N_k/D_k; ∂θ/∂N_k = a/D_k, ∂θ/∂D_k = -a R_k/D_k with
        a = 1/(number of terms asked). A total has θ = N.

        References
        ----------
        .. [1] Binder, D. (1983). On the variances of asymptotically normal estimators. ISR 51, 279-292.

        Examples
        --------
        See `analysis.run.estimate`.
        """
        if variable.unit and variable.unit not in by:
            return self._mean_over_units(variable, by)
        level = self.totals.levels[by]
        for pair in (pair for term in variable.terms for pair in term if pair.binary):
            self.totals.share(pair.num, pair.valid)
        num = np.array([self._term(term, "num", by) for term in variable.terms])
        if variable.total:
            known = membership(self.totals, variable.counted, by).n > 0
            slope = level.spread(known.astype(np.float64))[None, :]
            estimate = np.where(known, num[0], np.nan)
            return Solution(variable, by, estimate, ~known, np.zeros_like(slope), slope)
        den = np.array([self._term(term, "den", by) for term in variable.terms])
        asked = den != 0
        ratio = np.divide(num, den, out=np.zeros_like(num), where=asked)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = 1 / asked.sum(axis=0)
            estimate = np.where(asked.any(axis=0), ratio.sum(axis=0) * share, np.nan)
            slope = np.where(asked, share / den, 0.0)
        return Solution(
            variable,
            by,
            estimate,
            asked.any(axis=0) & ~asked.all(axis=0),
            np.array([level.spread(r) for r in ratio]),
            np.array([level.spread(s) for s in slope]),
        )

    def _term(self, term: tuple[Pair, ...], side: str, by: By) -> FloatArray:
        parts = [self.totals.weighted(getattr(pair, side), by) for pair in term]
        return parts[0] if len(parts) == 1 else np.sum(parts, axis=0)

    def _mean_over_units(self, variable: Variable, by: By) -> Solution:
        """The unweighted mean over units (agencies) of the variable in each."""
        inner = self.solve(variable, (*by, variable.unit))
        level, units = self.totals.levels[by], self.totals.levels[inner.by]
        place = {key: d for d, key in enumerate(level.keys)}
        parent = np.array([place.get(key[:-1], level.size) for key in units.keys], dtype=np.intp)
        known = np.isfinite(inner.estimate)
        number = sums(parent, known, level.size + 1)
        added = sums(parent, np.where(known, inner.estimate, 0), level.size + 1)
        lost = sums(parent, ~known | inner.partial, level.size + 1) > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            share = units.spread(np.where(known, 1 / number[parent], 0.0))
            estimate = (added / number)[: level.size]
        return replace(inner, by=by, estimate=estimate, partial=lost[: level.size], slope=inner.slope * share)

    def influence(self, solution: Solution) -> Influence:
        """Sums of the linear variable per (domain, unit): from cells, or from rows where weights were adjusted."""
        level = self.totals.levels[solution.by]
        if self.adjustment is not None:
            rows = self.linear_rows(solution)
            return self.adjustment.influence(rows, level.of_fine[self.totals.fine], level.size, self.design)
        found = self._influence(solution)
        if not (self.design.adjust_domain_lonely or self.design.lonely_psu == "average"):
            return found
        return found.only(level.per_group(self.totals.counts(solution.variable.counted)))

    def _influence(self, solution: Solution) -> Influence:
        level = self.totals.levels[solution.by]
        strata = self.totals.strata(solution.by)
        value = np.zeros(len(self.totals.cell_fine))
        for term, ratio, slope in zip(solution.variable.terms, solution.ratio, solution.slope, strict=True):
            residual = self._pooled_cells(term, "num")
            if not solution.variable.total:
                residual = residual - ratio[self.totals.cell_fine] * self._pooled_cells(term, "den")
            value += slope[self.totals.cell_fine] * residual
        found = Influence(level.domain, level.unit, level.per_group(value), level.size, strata)
        if not self.totals.joined:
            return found
        rows = self.totals.rows
        return replace(found, units=rows, squares=self._squares_within(solution, value / rows))

    def _squares_within(self, solution: Solution, mean: FloatArray) -> FloatArray:
        """Sum over the rows of each cell of the squared deviations of the linear variable from the cell's mean."""
        weight, cell = self.totals.weight, self.totals.cell

        def squares(part: slice) -> FloatArray:
            return np.asarray((self.linear_rows(solution, part) * weight[part] - mean[cell[part]]) ** 2)

        return self.totals.add_up(squares)

    def _pooled_cells(self, term: tuple[Pair, ...], side: str) -> FloatArray:
        parts = [self.totals.cells(getattr(pair, side)) for pair in term]
        return parts[0] if len(parts) == 1 else np.sum(parts, axis=0)

    def linear_rows(self, solution: Solution, part: slice = slice(None)) -> FloatArray:
        """The linear variable of each row (of a part), without its weight; 0 outside every domain."""
        fine = self.totals.fine[part]
        rows = np.zeros(len(fine))
        for term, ratio, slope in zip(solution.variable.terms, solution.ratio, solution.slope, strict=True):
            rows += _at_rows(slope, fine) * self._pooled_rows(term, "num")[part]
            if not solution.variable.total:
                rows -= _at_rows(slope * ratio, fine) * self._pooled_rows(term, "den")[part]
        return rows

    def _pooled_rows(self, term: tuple[Pair, ...], side: str) -> Column:
        """A term's numerator or denominator per row, its pairs added up; kept for the other levels."""
        columns = [getattr(pair, side) for pair in term]
        if len(columns) == 1:
            return np.asarray(columns[0])
        kind = np.int16 if all(c.dtype == np.bool_ for c in columns) else np.float64
        key = (side, *(id(c) for c in columns))
        return self.totals.pooled(key, lambda: np.asarray(np.sum(columns, axis=0, dtype=kind)))

    def variance(self, solution: Solution) -> FloatArray:
        """Variance of each estimate; nan where there is none, 0 where the answers are constant."""
        if self.adjustment is None:
            result = variance(self.influence(solution), self.design)
        else:
            level = self.totals.levels[solution.by]
            result = self.adjustment.variance(
                self.linear_rows(solution), level.of_fine[self.totals.fine], level.size, self.design
            )
        result[np.isnan(solution.estimate)] = np.nan
        result[np.sqrt(np.abs(result)) <= _ROUNDING * np.abs(solution.estimate)] = 0.0
        return result

    def covariance(self, solution: Solution) -> FloatArray:
        """Covariance matrix between the domains of a solution, zero rows where there is no estimate."""
        influence = self.influence(solution)
        result = covariance(influence, self.design)
        if self.adjustment is not None:
            level = self.totals.levels[solution.by]
            result = result + self.adjustment.response_covariance(
                self.linear_rows(solution), level.of_fine[self.totals.fine], level.size
            )
        exact = self.variance(solution)
        result[:, ~(exact > 0)] = 0.0
        result[~(exact > 0), :] = 0.0
        np.fill_diagonal(result, exact)
        return result

    def members(self, variable: Variable, by: By) -> Membership:
        """Respondents, PSUs and df of each domain."""
        return membership(self.totals, variable.counted, by)

    def df_of_pairs(self, variable: Variable, by: By) -> FloatArray:
        """Degrees of freedom of the difference of each pair of domains, (D, D)."""
        return union_df(self.totals, variable.counted, by)

    def answers(self, variable: Variable, by: By) -> FloatArray:
        """Answers in the denominators of each domain."""
        pairs = [pair for term in variable.terms for pair in term]
        return np.asarray(np.sum([self.totals.counted(pair.valid, by) for pair in pairs], axis=0))

    def unanswered_census(self, variable: Variable, by: By) -> BoolArray:
        """Domains with rows of strata taken whole that give no answer, where no step adjusts for it.

        Their sampling variance is 0 and R reports that; the flag says that the answers are not all there.
        """
        stage = self.design.stages[0]
        census = stage.fraction > 1 - CENSUS
        if self.adjustment is not None or not census.any():
            return np.zeros(self.totals.levels[by].size, dtype=bool)
        silent = census[stage.stratum[stage.unit]] & ~variable.counted
        return np.asarray(self.totals.counted(silent, by) > 0)

    def deff(self, solution: Solution, exact: FloatArray, n: FloatArray, *, replacement: bool) -> FloatArray:
        """Design effect: `exact` variance over that of a simple random sample of as many respondents.

        Notes
        -----
        V_srs = (Σw)²/n · s²_u [· (1 - n/Σw)], s²_u = n/(n-1) Σ w (u - ū)²/Σw with u the linear variable,
        all over the respondents of the domain; as R's `svymean(deff = TRUE)` and `deff = "replace"`.
        """
        counted, by = solution.variable.counted, solution.by
        size = self.totals.weighted(counted, by)
        spread = self._spread(solution, size)
        with np.errstate(invalid="ignore", divide="ignore"):
            simple = spread * size / (n - 1)
            if not replacement:
                simple = simple * (1 - n / size)
            return np.where(simple > (_ROUNDING * solution.estimate) ** 2, exact / simple, np.nan)

    def _spread(self, solution: Solution, size: FloatArray) -> FloatArray:
        """Σ w (u - ū)² over the respondents of each domain."""
        level, variable = self.totals.levels[solution.by], solution.variable
        if len(variable.terms) == 1 and not variable.unit and all(pair.binary for pair in variable.terms[0]):
            return self._spread_of_share(solution)
        rows = self.linear_rows(solution)
        if variable.total:
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = solution.estimate / size
            rows = rows - level.spread(np.nan_to_num(mean))[self.totals.fine] * variable.counted
        fine = sums(self.totals.fine, self.totals.weight * rows**2, self.totals.fine_size)
        return level.per_domain(fine)

    def _spread_of_share(self, solution: Solution) -> FloatArray:
        """The same for a share of pooled answers, from sums of small whole numbers that serve every level."""
        (term,) = solution.variable.terms
        nn, nd, dd = self._products(term, solution.by)
        ratio, total = solution.estimate, self._term(term, "den", solution.by)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((nn - 2 * ratio * nd + ratio**2 * dd) / total**2)

    def _products(self, term: tuple[Pair, ...], by: By) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weighted sums of num², num·den and den² of a share."""
        if len(term) == 1:  # 0 and 1 are their own squares
            satisfied = self._term(term, "num", by)
            return satisfied, satisfied, self._term(term, "den", by)
        num, den = (self._pooled_rows(term, side) for side in ("num", "den"))

        def product(name: str, a: Column, b: Column) -> FloatArray:
            kept = self.totals.pooled((name, *(id(pair.num) for pair in term)), lambda: a * b)
            return self.totals.weighted(kept, by)

        return product("nn", num, num), product("nd", num, den), product("dd", den, den)


def _at_rows(values: FloatArray, fine: IntArray) -> FloatArray:
    """Values of the combinations of keys at rows; one number where they are all the same."""
    return values[:1] if (values == values[0]).all() else np.take(values, fine)
