"""The variables of a DESIGN as Ibis expressions, and the aggregates of each sampling unit that they need."""

from collections.abc import Callable, Iterator
from functools import reduce
from itertools import combinations_with_replacement
from operator import add
from typing import Any

import numpy as np
import pandas as pd

from analysis.codes import encode
from analysis.errors import InputError, data_error
from analysis.index import index_variable
from analysis.run import levels_of
from analysis.spec import EstimateSpec, Spec
from analysis.variables import Pair, Variable

_PART = "part{}"


class Columns:
    """Pairs and variables as `analysis.variables` makes them from arrays, of columns that stay where they are."""

    def __init__(self, table: Any) -> None:
        self.table = table
        self._items: dict[object, Pair] = {}

    def variables(self, e: EstimateSpec) -> tuple[list[Variable], list[Variable]]:
        """The variables of an estimate and their components."""
        if e.statistic == "index":
            whole, parts = index_variable(self._item_of(e), e)
            return [whole], list(parts)
        return list(self._categories(e) if e.statistic == "proportion" else self._simple(e)), []

    def answered(self, name: str) -> Any:
        """Rows with an answer: neither null nor nan."""
        column = self.table[name]
        known = column.notnull()  # noqa: PD004  Ibis has no notna
        return known & ~column.isnan().fill_null(False) if column.type().is_floating() else known

    def number(self, name: str, where: str) -> Any:
        """A column of numbers, or of true and false."""
        kind = self.table[name].type()
        if not (kind.is_numeric() or kind.is_boolean()):
            raise InputError(where, f"`{name}` must hold numbers; it holds {kind}")
        return self.table[name]

    def _simple(self, e: EstimateSpec) -> Iterator[Variable]:
        y, valid, label = self.number(e.of, f"{e.where}.of"), self.answered(e.of), e.of
        over = valid
        if e.statistic == "ratio":
            over, label = self.number(e.over, f"{e.where}.over"), f"{e.of}/{e.over}"
            valid = valid & self.answered(e.over)
        pair = Pair(y, over, valid)
        total = e.statistic == "total"
        yield Variable(e.name, e.statistic, label, ((pair,),), valid, e.interval, total=total)

    def _categories(self, e: EstimateSpec) -> Iterator[Variable]:
        """One share a category; the categories are asked for first."""
        valid, found = self.answered(e.of), self.table.select(e.of).distinct().to_pandas()[e.of].dropna()
        codes = encode(found)
        shares = [
            (f"{e.of}[{label}]", Pair(self.table[e.of] == found[codes.code == k].iloc[0], valid, valid))
            for k, label in enumerate(codes.labels)
        ]
        for label, pair in shares or [(e.of, Pair(valid, valid, valid))]:
            yield Variable(e.name, e.statistic, label, ((pair,),), valid, e.interval, bounded=True)

    def _item_of(self, e: EstimateSpec) -> Callable[[str], Pair]:
        def read(item: str) -> Pair:
            key = (item, e.scale or e.satisfied)
            if key not in self._items:
                self._items[key] = self._item(item, e)
            return self._items[key]

        return read

    def _item(self, item: str, e: EstimateSpec) -> Pair:
        x, valid = self.number(item, f"{e.where}.factors"), self.answered(item)
        if e.scale:
            low, high = e.scale
            return Pair((x.cast("float64") - low) / (high - low), valid, valid)
        return Pair(valid & x.isin(list(e.satisfied)), valid, valid)


class Aggregates:
    """Sums and counts of the rows of each unit, under names; the same expression is asked for once.

    Parameters
    ----------
    table : ibis Table
    weights : str, None     column of weights; None: each row counts once, for the design to weigh
    """

    def __init__(self, table: Any, weights: str | None) -> None:
        self.table = table
        self.weight = None if weights is None else table[weights].cast("float64")
        self.named: dict[str, Any] = {}
        self._names: dict[object, str] = {}

    def _name(self, expression: Any) -> str:
        key = expression.op()
        if key not in self._names:
            self._names[key] = _PART.format(len(self._names))
            self.named[self._names[key]] = expression
        return self._names[key]

    def count(self, where: Any) -> str:
        """Name of the number of rows of `where`."""
        return self._name(self.table.count(where=where))

    def weighted(self, value: Any, where: Any) -> str:
        """Name of Σ weight · value over the rows of `where`."""
        if value.type().is_boolean():
            where = value if value is where else where & value
            if self.weight is None:
                return self._name(self.table.count(where=where).cast("float64"))
            return self._name(self.weight.sum(where=where).fill_null(0.0))
        product = _real(value) * (1.0 if self.weight is None else self.weight)
        return self._name(product.sum(where=where).fill_null(0.0))

    def products(self, variable: Variable, power: int) -> dict[tuple[int, int], str]:
        """Names of Σ weight^power · a · b for the numerators and denominators of a variable's terms, in turn."""
        sides = ("num",) if variable.total else ("num", "den")
        columns = [self._pooled(term, side) for term in variable.terms for side in sides]
        scale = 1.0 if self.weight is None else self.weight**power if power > 1 else self.weight
        return {
            (i, j): self._name((columns[i] * columns[j] * scale).sum().fill_null(0.0).cast("float64"))
            for i, j in combinations_with_replacement(range(len(columns)), 2)
        }

    @staticmethod
    def _pooled(term: tuple[Pair, ...], side: str) -> Any:
        pairs: list[tuple[Any, Any]] = [(pair.valid, getattr(pair, side)) for pair in term]
        return reduce(add, (valid.ifelse(_real(value), 0.0) for valid, value in pairs))

    def rows(self) -> dict[str, Any]:
        """What is known of the rows and their weights in each unit."""
        everyone = self.table.count()
        if self.weight is None:
            ones = everyone.cast("float64")
            return {"rows": everyone, "weighted_rows": everyone, "w": ones, "w2": ones}
        w = self.weight
        spread = {"w": w.sum(), "w2": (w * w).sum(), "low": w.min(), "high": w.max()}
        return {"rows": everyone, "weighted_rows": w.count(), **spread}


def _real(value: Any) -> Any:
    """A number, or 1 for true and 0 for false (PostgreSQL casts no boolean)."""
    return value.ifelse(1.0, 0.0) if value.type().is_boolean() else value.cast("float64")


class Cells:
    """The expression of a DESIGN, run: what each variable is called in the frame that came back."""

    def __init__(self, table: Any, spec: Spec) -> None:
        self.spec, columns = spec, Columns(table)
        self.aggregates = Aggregates(table, spec.weights)
        self.variables = {e.name: columns.variables(e) for e in spec.estimates}
        self.squares: dict[int, dict[int, dict[tuple[int, int], str]]] = {1: {}, 2: {}}
        for variable in (v for both in self.variables.values() for part in both for v in part):
            self._ask(variable)
        self.frame = self._collect(table)

    @property
    def rows_are_units(self) -> bool:
        """Whether the deepest stage draws the rows."""
        return max(1, len(self.spec.fpc)) > len(self.spec.psu)

    def _ask(self, variable: Variable) -> None:
        for pair in (pair for term in variable.terms for pair in term):
            self.names(pair)
        self.aggregates.count(variable.counted)
        if self.spec.deff != "none":
            self.aggregates.weighted(variable.counted, variable.counted)
            self.squares[1][id(variable)] = self.aggregates.products(variable, 1)
        if self.rows_are_units:
            self.squares[2][id(variable)] = self.aggregates.products(variable, 2)

    def names(self, pair: Pair) -> tuple[str, str, str]:
        """Names of the numerator, the denominator and the count of a pair."""
        num, den = (self.aggregates.weighted(side, pair.valid) for side in (pair.num, pair.den))
        return num, den, self.aggregates.count(pair.valid)

    def _collect(self, table: Any) -> pd.DataFrame:
        """One row per (domain keys, strata, units), in the order of these keys."""
        spec = self.spec
        units = spec.psu[: max(1, len(spec.fpc))]
        keys = list(dict.fromkeys([*(k for by in levels_of(spec) for k in by), *spec.strata, *units, *spec.fpc]))
        wanted = {**self.aggregates.named, **self.aggregates.rows()}
        found = table.group_by(keys).aggregate(**wanted) if keys else table.aggregate(**wanted)
        frame: pd.DataFrame = found.to_pandas()
        _check_weights(frame, spec.weights)
        return frame.sort_values(keys, kind="stable", ignore_index=True) if keys else frame


def _check_weights(frame: pd.DataFrame, name: str | None) -> None:
    if name is None:
        return
    good = (frame["low"] > 0) & np.isfinite(frame["high"]) & (frame["weighted_rows"] == frame["rows"])
    bad = frame[~good & (frame["rows"] > 0)]
    if len(bad):
        whole = bad["weighted_rows"].iloc[0] == bad["rows"].iloc[0]
        found = f"{bad['low'].iloc[0]:g}" if whole else "a missing one"
        raise data_error("rows", f"`weights` {name!r} must be positive and finite; found {found}")


def check_scales(table: Any, spec: Spec) -> None:
    """Refuse answers outside the `scale` of a mean score, as `index_variable` does row by row."""
    for e in spec.estimates:
        items = [item for _, of_factor in e.factors for item in of_factor] if e.scale else []
        for item in items:
            column = table[item]
            low, high = e.scale
            outside = table.filter((column < low) | (column > high)).select(item).limit(1).to_pandas()
            if len(outside):
                raise data_error(
                    f"column {item!r}", f"must lie in {low:g}..{high:g}, found {outside[item].iloc[0]:g}"
                )
