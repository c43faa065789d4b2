"""The table of totals from data that do not fit one machine's memory: one Ibis expression, then the same algebra.

The expression runs where the data are (Parquet and DuckDB, PostgreSQL, Spark); what comes back is one row per
(domain keys, sampling unit). Optional: needs `ibis-framework` with a backend.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.rows import Row
from analysis.run import Run
from analysis.spec import EstimateSpec, Spec, parse
from analysis.variables import Pair, Variable

_PART = "part{}"
_FORMULAS = ("t2b_mean_of_factors@1", "t2b_pooled@1", "t2b_mean_of_items@1", "general_item@1")


def estimate_table(table: Any, design: Mapping[str, Any]) -> dict[str, Any]:
    """The RESULT of a DESIGN from an Ibis table.

    Parameters
    ----------
    table : ibis Table          one row per sampled unit, in any backend
    design : mapping            means, totals, ratios and top-two-box indices; `psu` named; no calibration,
                                no replicates, deff false

    Returns
    -------
    dict                        as `analysis.run.estimate`

    Raises
    ------
    InputError
        If the design asks for what needs the rows themselves, or names a column the table has not.

    Notes
    -----
    Counts are exact; sums differ from those of numpy by the order of addition, under 1e-12 relative.

    References
    ----------
    docs/statistics.md, "The one pass".

    Examples
    --------
    See tests/analysis/test_engine.py.
    """
    spec = parse(design)
    _check(spec, table)
    parts = _Parts(table, spec)
    cells = parts.collect()
    return _CellRun(cells, spec, design, parts).result(None)


def _check(spec: Spec, table: Any) -> None:
    if spec.calibration or spec.replicates or spec.pps or spec.deff != "none":
        raise InputError(
            "design", "calibration, replicates, pps and deff need the rows; use analysis.run.estimate"
        )
    if not spec.psu or len(spec.fpc) > 1 or spec.weights is None:
        raise InputError("psu", "totals from an engine need `weights` and one stage of `psu`")
    for e in spec.estimates:
        if e.statistic in ("quantile", "proportion") or (e.statistic == "index" and e.formula not in _FORMULAS):
            raise InputError(e.where, "needs the rows; use analysis.run.estimate")
    named = {*spec.strata, *spec.psu[:1], *spec.fpc, spec.weights, *(k for by in spec.domains for k in by)}
    items = {i for e in spec.estimates for _, of in e.factors for i in of}
    named |= items | {n for e in spec.estimates for n in (e.of, e.over, e.item) if n}
    missing = sorted(named - set(table.columns))
    if missing:
        raise InputError("design", f"no column {missing[0]!r} in the table")


class _Parts:
    """The sums an estimate needs, each an aggregate of the table under a name of its own."""

    def __init__(self, table: Any, spec: Spec) -> None:
        self.table, self.spec = table, spec
        self.aggregates: dict[str, Any] = {}
        self.names: dict[object, str] = {}
        self.summary: Row = {}
        for e in spec.estimates:
            self.estimate(e)

    def column(self, key: object, expression: Any) -> str:
        """The name of an aggregate, made once."""
        if key not in self.names:
            self.names[key] = _PART.format(len(self.names))
            self.aggregates[self.names[key]] = expression
        return self.names[key]

    def valid(self, name: str) -> Any:
        """Rows with an answer: neither null nor nan."""
        column = self.table[name]
        answered = column.notnull()  # noqa: PD004  Ibis has no notna
        return answered & ~column.isnan().fill_null(False) if column.type().is_floating() else answered

    def weighted(self, key: object, value: Any, where: Any) -> str:
        """Name of Σ weight · value over the rows of `where`."""
        product = self.table[self.spec.weights] * value
        return self.column(key, product.sum(where=where).fill_null(0.0).cast("float64"))

    def count(self, key: object, where: Any) -> str:
        """Name of the number of rows of `where`."""
        return self.column(key, self.table.count(where=where))

    def pair(self, e: EstimateSpec, item: str) -> tuple[str, str, str]:
        """Names of the numerator, the denominator and the count of an item, a mean, a total or a ratio."""
        valid, over = self.valid(item), 1.0
        if e.statistic == "ratio":
            valid, over = valid & self.valid(e.over), self.table[e.over]
        key = (e.statistic, item, e.over, e.satisfied)
        if e.statistic == "index":
            satisfied = self.table[item].isin(list(e.satisfied))
            num = self.weighted(("num", *key), 1.0, valid & satisfied)
        else:
            num = self.weighted(("num", *key), self.table[item], valid)
        return num, self.weighted(("den", *key), over, valid), self.count(("count", *key), valid)

    def items(self, e: EstimateSpec) -> dict[str, tuple[str, ...]]:
        """Factor to items; of other statistics the column itself."""
        if e.statistic != "index":
            return {e.of: (e.of,)}
        return dict(e.factors) or {e.item: (e.item,)}

    def estimate(self, e: EstimateSpec) -> None:
        """Ask for everything an estimate and its components need."""
        groups = self.items(e)
        for items in (*groups.values(), tuple(i for of in groups.values() for i in of)):
            for item in items:
                self.pair(e, item)
            self.any_of(e, items)

    def any_of(self, e: EstimateSpec, items: tuple[str, ...]) -> str:
        """Name of the number of rows with an answer to at least one item."""
        if len(items) == 1:
            return self.pair(e, items[0])[2]
        some = self.valid(items[0])
        for item in items[1:]:
            some = some | self.valid(item)
        return self.count(("any", items), some)

    def collect(self) -> pd.DataFrame:
        """Run the expression: one row per (domain keys, strata, PSU), in the order of these keys."""
        spec, w = self.spec, self.table[self.spec.weights].cast("float64")
        keys = list(
            dict.fromkeys([*(k for by in self.levels() for k in by), *spec.strata, spec.psu[0], *spec.fpc])
        )
        extra = {"rows": w.count(), "w": w.sum(), "w2": (w * w).sum(), "low": w.min(), "high": w.max()}
        cells: pd.DataFrame = self.table.group_by(keys).aggregate(**self.aggregates, **extra).to_pandas()
        cells = cells.sort_values(keys, kind="stable", ignore_index=True)
        total = float(cells["w"].sum())
        kish = int(cells["rows"].sum()) * float(cells["w2"].sum()) / total**2
        self.summary = {"sum": total, "min": float(cells["low"].min()), "max": float(cells["high"].max())}
        self.summary |= {"kish_deff": kish}
        self.rows = int(cells["rows"].sum())
        return cells.assign(**{str(spec.weights): 1.0})

    def levels(self) -> list[tuple[str, ...]]:
        """Every list of keys that the design names."""
        requests = (*self.spec.compare, *self.spec.rank, *self.spec.covariance)
        return [*self.spec.domains, *(request.by for request in requests)]


class _CellRun(Run):
    """A `Run` whose rows are cells: sums are columns, and counts of people stand beside them."""

    def __init__(self, cells: pd.DataFrame, spec: Spec, design: Mapping[str, Any], parts: _Parts) -> None:
        self.parts, self.cells = parts, cells
        super().__init__(cells, spec, design)

    def variables(self, estimate_spec: EstimateSpec) -> tuple[list[Variable], list[Variable]]:
        """The variables of an estimate from the sums of its parts."""
        known = self._variables.get(estimate_spec.name)
        if known is None:
            known = self._variables[estimate_spec.name] = self._from_parts(estimate_spec)
        return known

    def _from_parts(self, e: EstimateSpec) -> tuple[list[Variable], list[Variable]]:
        groups = self.parts.items(e)
        everything = tuple(i for items in groups.values() for i in items)
        label = {"index": e.name, "ratio": f"{e.of}/{e.over}"}.get(e.statistic, e.of)
        whole = self._variable(e, label, self._terms(e, groups), everything)
        if e.statistic != "index" or e.formula == "general_item@1":
            return [whole], []
        named = dict(groups) | {i: (i,) for i in everything if i not in groups}
        return [whole], [
            self._variable(e, n, (tuple(self._pair(e, i) for i in items),), items) for n, items in named.items()
        ]

    def _terms(self, e: EstimateSpec, groups: Mapping[str, tuple[str, ...]]) -> tuple[tuple[Pair, ...], ...]:
        pairs = {f: tuple(self._pair(e, i) for i in items) for f, items in groups.items()}
        if e.formula == "t2b_mean_of_factors@1":
            return tuple(pairs.values())
        every = tuple(pair for of in pairs.values() for pair in of)
        return tuple((pair,) for pair in every) if e.formula == "t2b_mean_of_items@1" else (every,)

    def _variable(
        self, e: EstimateSpec, label: str, terms: tuple[tuple[Pair, ...], ...], items: tuple[str, ...]
    ) -> Variable:
        index = e.statistic == "index"
        counted = self._present(self.parts.any_of(e, items))
        total = e.statistic == "total"
        return Variable(
            e.name, e.statistic, label, terms, counted, e.interval, total=total, bounded=index, answers=index
        )

    def _pair(self, e: EstimateSpec, item: str) -> Pair:
        num, den, count = self.parts.pair(e, item)
        key = (num, den)
        if key not in self._items:
            top, bottom = (self.cells[name].to_numpy(dtype=np.float64) for name in key)
            self._items[key] = Pair(top, bottom, self._present(count))
        return self._items[key]

    def _present(self, name: str) -> Any:
        """Cells with any row of a count, and the count remembered for them."""
        counts = self.cells[name].to_numpy(dtype=np.float64)
        return self.totals.remember_counts(counts > 0, counts)

    def result(self, data_sha256: str | None) -> dict[str, Any]:
        """The RESULT, with the weights and the number of rows of the table."""
        found = super().result(data_sha256)
        meta = {**found["meta"], "n": self.parts.rows}
        return {**found, "weights": self.parts.summary, "meta": meta}
