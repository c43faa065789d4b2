"""The one pass: weighted sums per cell of (domain keys, sampling unit), from which everything else follows.

A *cell* is a combination of all domain keys with a unit of the deepest stage; where each row is its own unit,
with a stratum: its rows are then *joined*, and one of them stands for all. A *level* is one list of keys (`by`);
its domains are unions of cells, its *groups* the pairs (domain, unit) that occur.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.codes import BoolArray, Codes, FloatArray, IntArray, combine, compress, sums, tabulate, tally
from analysis.design import Design
from analysis.variance import Strata, strata_of

Column = npt.NDArray[Any]
By = tuple[str, ...]
_PART = 1 << 16


@dataclass(frozen=True)
class Level:
    """The domains of one list of keys.

    Attributes
    ----------
    by, keys : names of the keys, and the D domains as tuples of their values, sorted
    of_fine : (F,) array of int      domain of each combination of all keys; D where a key is missing
    group : (C,) array of int, None  group of each cell; None: cells are groups
    domain, unit : (G,) arrays       domain (D: none) and deepest-stage unit of each group
    """

    by: By
    keys: tuple[tuple[object, ...], ...]
    of_fine: IntArray
    group: IntArray | None
    domain: IntArray
    unit: IntArray

    @property
    def size(self) -> int:
        """Number of domains D."""
        return len(self.keys)

    def per_domain(self, fine: FloatArray) -> FloatArray:
        """Sums over all keys, added up to this level's domains."""
        return sums(self.of_fine, fine, self.size + 1)[: self.size]

    def per_group(self, cell: FloatArray) -> FloatArray:
        """Sums over cells, added up to groups."""
        if self.group is None:
            return cell
        return sums(self.group, cell, len(self.domain))

    def spread(self, values: FloatArray) -> FloatArray:
        """Values of the domains, carried back to the combinations of all keys (0 where there is none)."""
        return np.append(values, 0.0)[self.of_fine]


class Totals:
    """Sums of columns over cells and domains; each column is scanned once, whatever the number of domains.

    Rows that are units are joined where `joins_rows`, unless their own probabilities enter the variance.
    """

    def __init__(
        self, design: Design, keys: Mapping[str, Codes], levels: Sequence[By], *, joins_rows: bool = True
    ) -> None:
        self.design = design
        self.weight = design.weight
        names = sorted({name for by in levels for name in by})
        self.fine, table = combine([keys[name] for name in names], len(design.weight))
        self._size = len(design.stages[-1].stratum)
        self.joined = joins_rows and design.rows_are_units and design.stages[-1].pps is None
        self._code_cells(len(table))
        columns = {name: (keys[name].labels, table[:, j]) for j, name in enumerate(names)}
        self.levels = {by: self._level(by, columns, len(table)) for by in levels}
        self._sums = Remembered()
        self._counts = Remembered()
        self._fine_sums = Remembered()
        self._fine_counts = Remembered()
        self._pooled: dict[tuple[object, ...], Column] = {}
        self._strata: dict[By, Strata] = {}

    def _code_cells(self, fine_size: int) -> None:
        """Cell of each row; combination of keys, unit and rows of each cell."""
        stage, self.fine_size = self.design.stages[-1], fine_size
        if self.design.rows_are_units and not self.joined:
            self.cell, self.cell_fine, self.cell_unit = stage.unit, self.fine, stage.unit
            self.rows = np.ones(len(self.fine))
            return
        code, size = (stage.stratum, len(stage.sampled)) if self.joined else (stage.unit, self._size)
        self.cell, present, often = tabulate(self.fine * size + code, fine_size * size)
        self.cell_fine, self.cell_unit = present // size, present % size
        self.rows = often.astype(np.float64)
        if self.joined:
            self.cell_unit = np.empty(len(present), dtype=np.intp)
            self.cell_unit[self.cell] = stage.unit

    def _level(self, by: By, columns: Mapping[str, tuple[tuple[object, ...], IntArray]], fine_size: int) -> Level:
        parts = [Codes(columns[name][1], columns[name][0]) for name in by]
        of_fine, table = combine(parts, fine_size)
        whole = (table >= 0).all(axis=1)
        renumber = np.where(whole, np.cumsum(whole) - 1, int(whole.sum()))
        of_fine = renumber[of_fine]
        keys = tuple(tuple(p.labels[k] for p, k in zip(parts, row, strict=True)) for row in table[whole])
        domain = of_fine[self.cell_fine]
        if self.design.rows_are_units or fine_size == len(keys):
            return Level(by, keys, of_fine, None, domain, self.cell_unit)
        group, present = compress(domain * self._size + self.cell_unit, (len(keys) + 1) * self._size)
        return Level(by, keys, of_fine, group, present // self._size, present % self._size)

    def share(self, num: BoolArray, den: BoolArray) -> None:
        """Scan a 0/1 numerator with its 0/1 denominator at once: one pass gives both sums and the counts."""
        if den in self._counts:
            return
        size = len(self.cell_fine)
        state = self.cell * 3 + (num.view(np.uint8) + den.view(np.uint8))
        weighted = sums(state, self.weight, 3 * size).reshape(size, 3)
        self._sums.keep(num, weighted[:, 2])
        self._sums.keep(den, weighted[:, 1] + weighted[:, 2])
        self._counts.keep(den, tally(state, 3 * size).reshape(size, 3)[:, 1:].sum(axis=1))

    def cells(self, column: Column) -> FloatArray:
        """Sum of weight · column in each cell, (C,)."""

        def scan() -> FloatArray:
            if column.dtype == np.bool_ and column.all():
                return sums(self.cell, self.weight, len(self.rows))
            return self.add_up(lambda part: self.weight[part] * column[part])

        return self._sums.get(column, scan)

    def add_up(self, values: Callable[[slice], FloatArray]) -> FloatArray:
        """Sum of the values of the rows of each cell, (C,), made in parts that stay in the processor's cache."""
        found, step = np.zeros(len(self.rows)), max(_PART, 4 * len(self.rows))
        for start in range(0, len(self.cell), step):
            part = slice(start, start + step)
            found += sums(self.cell[part], values(part), len(found))
        return found

    def fine_sums(self, column: Column) -> FloatArray:
        """Sum of weight · column for each combination of all keys, (F,)."""
        return self._fine_sums.get(column, lambda: sums(self.cell_fine, self.cells(column), self.fine_size))

    def weighted(self, column: Column, by: By) -> FloatArray:
        """Sum of weight · column in each domain, (D,)."""
        return self.levels[by].per_domain(self.fine_sums(column))

    def pooled(self, key: tuple[object, ...], compute: Callable[[], Column]) -> Column:
        """A column made of others, kept for the life of these totals (which keep the others)."""
        if key not in self._pooled:
            self._pooled[key] = compute()
        return self._pooled[key]

    def strata(self, by: By) -> Strata | None:
        """The (domain, stratum) pairs of a level's groups; None where units of several stages are merged."""
        if len(self.design.stages) > 1:
            return None
        if by not in self._strata:
            level, units = self.levels[by], self.rows if self.joined else None
            self._strata[by] = strata_of(level.domain, level.unit, level.size, self.design.stages[0], units)
        return self._strata[by]

    def counts(self, member: BoolArray) -> FloatArray:
        """Rows of `member` in each cell, (C,)."""
        size = len(self.cell_fine)
        return self._counts.get(member, lambda: self.rows if member.all() else sums(self.cell, member, size))

    def remember_counts(self, member: BoolArray, rows: FloatArray) -> BoolArray:
        """Say how many people the cells of `member` hold, where each row here is a cell already."""
        self._counts.keep(member, sums(self.cell, rows, len(self.cell_fine)))
        return member

    def remember_weights(self, member: BoolArray, weights: FloatArray) -> None:
        """Say what the people of `member` weigh, where each row here is a cell already."""
        self._fine_sums.keep(member, sums(self.fine, self.weight * weights, self.fine_size))

    def counted(self, member: BoolArray, by: By) -> FloatArray:
        """Rows of `member` in each domain, (D,)."""
        fine = self._fine_counts.get(member, lambda: sums(self.cell_fine, self.counts(member), self.fine_size))
        return self.levels[by].per_domain(fine)


class Remembered:
    """Sums of arrays already scanned, by the identity of the array (which is kept, so that it stays unique)."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Column, FloatArray]] = {}

    def __contains__(self, column: Column) -> bool:
        return id(column) in self._known

    def keep(self, column: Column, value: FloatArray) -> None:
        """Remember the sums of a column."""
        self._known[id(column)] = (column, value)

    def get(self, column: Column, compute: Callable[[], FloatArray] | None = None) -> FloatArray:
        """The sums of a column, computed the first time."""
        if compute is not None and column not in self:
            self.keep(column, compute())
        return self._known[id(column)][1]
