"""The table of totals from data that do not fit one machine's memory: one Ibis expression, then the same algebra.

The expression runs where the data are (Parquet and DuckDB, PostgreSQL, Spark); what comes back is one row per
(domain keys, sampling unit), or per (domain keys, stratum) where each row is its own unit. Optional: needs
`ibis-framework` with a backend (extra ``scale``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.codes import BoolArray, FloatArray, sums
from analysis.design import CENSUS, Design, from_frame
from analysis.errors import InputError
from analysis.estimate import Estimator, Solution
from analysis.expressions import Cells, check_scales
from analysis.rows import Row
from analysis.run import Run, levels_of
from analysis.spec import EstimateSpec, Spec, parse
from analysis.totals import By, Remembered
from analysis.variables import Pair, Variable
from analysis.variance import CANCELLED, Influence

_WEIGHT = "weight of the cell"

Products = dict[object, FloatArray]


def estimate_table(table: Any, design: Mapping[str, Any]) -> dict[str, Any]:
    """The RESULT of a DESIGN from an Ibis table.

    Parameters
    ----------
    table : ibis Table          one row per sampled unit, in any backend
    design : mapping            without quantiles, calibration, replicates and pps, which need the rows

    Returns
    -------
    dict                        as `analysis.run.estimate`

    Raises
    ------
    InputError
        If the design asks for what needs the rows themselves, or names a column the table has not.

    Notes
    -----
    Counts are exact; sums differ from those of numpy by the order of addition, under 1e-12 relative. Where each
    row is its own unit the sums of products Σ w² a b of the numerators and denominators take the place of the
    rows: they give Σ z² of any linear variable z = Σ c a.

    References
    ----------
    docs/statistics.md, "The one pass".

    Examples
    --------
    See tests/analysis/test_engine.py.
    """
    spec = parse(design)
    _check(spec, table)
    return _CellRun(Cells(table, spec), spec, design).result(None)


def table_of_totals(table: Any, design: Mapping[str, Any]) -> pd.DataFrame:
    """The table itself: a row per (domain keys, sampling unit), with the sums and counts under names of their own.

    Parameters
    ----------
    table : ibis Table
    design : mapping       as for `estimate_table`

    Returns
    -------
    DataFrame              sorted by its keys; ``rows``, ``w``, ``w2`` and the parts

    Raises
    ------
    InputError
        As `estimate_table`.

    References
    ----------
    docs/statistics.md, "The one pass".

    Examples
    --------
    See tests/analysis/engine_case.py.
    """
    spec = parse(design)
    _check(spec, table)
    return Cells(table, spec).frame


def _check(spec: Spec, table: Any) -> None:
    if spec.calibration or spec.replicates or spec.pps:
        raise InputError("design", "calibration, replicates and pps need the rows; use analysis.run.estimate")
    if spec.adjust_domain_lonely and max(1, len(spec.fpc)) > len(spec.psu):
        raise InputError("adjust_domain_lonely", "needs the rows where they are the units")
    for e in spec.estimates:
        if e.statistic == "quantile":
            raise InputError(e.where, "needs the rows; use analysis.run.estimate")
    named = {*spec.strata, *spec.psu, *spec.fpc, *(k for by in levels_of(spec) for k in by)}
    items = {i for e in spec.estimates for _, of in e.factors for i in of}
    named |= items | {n for e in spec.estimates for n in (e.of, e.over, e.item) if n}
    missing = sorted((named | ({spec.weights} if spec.weights else set())) - set(table.columns))
    if missing:
        raise InputError("design", f"no column {missing[0]!r} in the table")
    check_scales(table, spec)


@dataclass(frozen=True)
class _CellEstimator(Estimator):
    """An `Estimator` of sums: what it would square row by row it takes from the sums of products."""

    rows: FloatArray = field(default_factory=lambda: np.zeros(0))
    people: Remembered = field(default_factory=Remembered)
    products: Mapping[int, Products] = field(default_factory=dict)

    def _influence(self, solution: Solution) -> Influence:
        """As ever, with the squares of the rows of each cell where rows are units."""
        found = super()._influence(solution)
        if not self.design.rows_are_units:
            return found
        raw = self._squares(solution, 2)
        squares = raw - found.value**2 / self.rows
        squares = np.where(squares <= CANCELLED * raw, 0.0, squares)
        return replace(found, strata=None, units=self.rows, squares=squares)

    def _squares(self, solution: Solution, power: int) -> FloatArray:
        """Σ weight^power u² of the rows of each cell, u the linear variable."""
        products = self.products[power][solution.variable.key]
        sides = [solution.slope] if solution.variable.total else [solution.slope, -solution.slope * solution.ratio]
        c = np.stack(sides, axis=1).reshape(len(products), -1)[:, self.totals.fine]
        found = np.einsum("ic,ijc,jc->c", c, products, c)
        parts = np.einsum("ic,ijc,jc->c", np.abs(c), np.abs(products), np.abs(c))
        return np.asarray(np.where(found <= CANCELLED * parts, 0.0, found) * self.totals.weight**power)

    def _spread(self, solution: Solution, size: FloatArray) -> FloatArray:
        """Σ w (u - ū)² over the respondents of each domain."""
        fine = sums(self.totals.fine, self._squares(solution, 1), self.totals.fine_size)
        squares = self.totals.levels[solution.by].per_domain(fine)
        if not solution.variable.total:
            return squares
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(squares - solution.estimate**2 / size)

    def unanswered_census(self, variable: Variable, by: By) -> BoolArray:
        """Domains with rows of strata taken whole that give no answer."""
        stage = self.design.stages[0]
        census = (stage.fraction > 1 - CENSUS)[stage.stratum[stage.unit]]
        silent = census & (self.rows > self.people.get(variable.counted))
        fine = sums(self.totals.fine, silent, self.totals.fine_size)
        return np.asarray(self.totals.levels[by].per_domain(fine) > 0)


class _CellRun(Run):
    """A `Run` whose rows are cells: sums are columns, and counts of people stand beside them."""

    joins_rows = False

    def __init__(self, cells: Cells, spec: Spec, design: Mapping[str, Any]) -> None:
        self.cells, self.frame = cells, cells.frame
        self.people = Remembered()
        self._columns: dict[str, FloatArray] = {}
        self._presence: dict[str, BoolArray] = {}
        self.products: dict[int, Products] = {1: {}, 2: {}}
        super().__init__(self.frame, spec, design)

    def _base(self, data: pd.DataFrame) -> Design:
        spec = self.spec
        if spec.weights is not None:  # the sums are weighted already
            data = data.assign(**{_WEIGHT: 1.0})
        return from_frame(
            data,
            weights=None if spec.weights is None else _WEIGHT,
            strata=spec.strata,
            psu=spec.psu,
            fpc=spec.fpc,
            lonely_psu=spec.lonely_psu,
            rows=self._column("rows"),
        )

    def _estimator(self, data: pd.DataFrame) -> Estimator:
        return _CellEstimator(self.totals, self.design, None, self._column("rows"), self.people, self.products)

    def _column(self, name: str) -> FloatArray:
        """A column of the table, always the same array: sums of it are remembered."""
        if name not in self._columns:
            self._columns[name] = self.frame[name].to_numpy(dtype=np.float64)
        return self._columns[name]

    def variables(self, estimate_spec: EstimateSpec) -> tuple[list[Variable], list[Variable]]:
        """The variables of an estimate from the sums of its parts."""
        if estimate_spec.name not in self._variables:
            whole, parts = self.cells.variables[estimate_spec.name]
            self._variables[estimate_spec.name] = self._summed(whole), self._summed(parts)
        return self._variables[estimate_spec.name]

    def _summed(self, variables: Sequence[Variable]) -> list[Variable]:
        return [self._variable(variable) for variable in variables]

    def _variable(self, asked: Variable) -> Variable:
        terms = tuple(tuple(self._pair(pair) for pair in term) for term in asked.terms)
        counted = self._present(self.cells.aggregates.count(asked.counted))
        made = replace(asked, terms=terms, counted=counted)
        if self.spec.deff != "none":
            weights = self._column(self.cells.aggregates.weighted(asked.counted, asked.counted))
            self.totals.remember_weights(counted, weights)
        for power, names in self.cells.squares.items():
            if id(asked) in names:
                self.products[power][made.key] = self._matrix(names[id(asked)])
        return made

    def _pair(self, asked: Pair) -> Pair:
        names = self.cells.names(asked)
        if names not in self._items:
            self._items[names] = Pair(self._column(names[0]), self._column(names[1]), self._present(names[2]))
        return self._items[names]

    def _present(self, name: str) -> BoolArray:
        """Cells with any row of a count, and the count remembered for them."""
        counts = self._column(name)
        present = self._presence.setdefault(name, counts > 0)
        self.people.keep(present, counts)
        return self.totals.remember_counts(present, counts)

    def _matrix(self, names: Mapping[tuple[int, int], str]) -> FloatArray:
        """(m, m, C) symmetric sums of products."""
        size = 1 + max(i for i, _ in names)
        made = np.zeros((size, size, len(self.frame)))
        for (i, j), name in names.items():
            made[i, j] = made[j, i] = self._column(name)
        return made

    def result(self, data_sha256: str | None) -> dict[str, Any]:
        """The RESULT, with the weights and the number of rows of the table."""
        found = super().result(data_sha256)
        meta = {**found["meta"], "n": int(self._column("rows").sum())}
        return {**found, "weights": self._weights(), "meta": meta}

    def _weights(self) -> Row:
        weight, rows = self.design.weight, self._column("rows")
        total = float((weight * self._column("w")).sum())
        kish = float(rows.sum() * (weight**2 * self._column("w2")).sum() / total**2)
        low, high = (weight, weight) if self.spec.weights is None else map(self._column, ("low", "high"))
        return {"sum": total, "min": float(low.min()), "max": float(high.max()), "kish_deff": kish}
