"""The one pass: weighted sums per cell of (domain keys, sampling unit), from which everything else follows.

A *cell* is a combination of all domain keys with a unit of the deepest stage. Where each row is its own unit
the rows themselves are the cells. A *level* is one list of keys (`by`); its domains are unions of cells, its
*groups* the pairs (domain, unit) that occur.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from analysis.codes import BoolArray, Codes, FloatArray, IntArray, combine, compress, sums, tally
from analysis.design import Design

Column = npt.NDArray[Any]
By = tuple[str, ...]


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
    """Sums of columns over cells and domains; each column is scanned once, whatever the number of domains."""

    def __init__(self, design: Design, keys: Mapping[str, Codes], levels: Sequence[By]) -> None:
        self.design = design
        self.weight = design.weight
        names = sorted({name for by in levels for name in by})
        self.fine, table = combine([keys[name] for name in names], len(design.weight))
        self._units = design.stages[-1].unit
        self._size = len(design.stages[-1].stratum)
        self._code_cells(len(table))
        columns = {name: (keys[name].labels, table[:, j]) for j, name in enumerate(names)}
        self.levels = {by: self._level(by, columns, len(table)) for by in levels}
        self._cell_sums: dict[int, tuple[Column, FloatArray]] = {}
        self._fine_sums: dict[int, tuple[object, FloatArray]] = {}

    def _code_cells(self, fine_size: int) -> None:
        if self.design.rows_are_units:
            self.cell: IntArray | None = None
            self.cell_fine, self.cell_unit = self.fine, self._units
        else:
            self.cell, present = compress(self.fine * self._size + self._units, fine_size * self._size)
            self.cell_fine, self.cell_unit = present // self._size, present % self._size
        self.fine_size = fine_size

    def _level(self, by: By, columns: Mapping[str, tuple[tuple[object, ...], IntArray]], fine_size: int) -> Level:
        parts = [Codes(columns[name][1], columns[name][0]) for name in by]
        of_fine, table = combine(parts, fine_size)
        whole = (table >= 0).all(axis=1)
        renumber = np.where(whole, np.cumsum(whole) - 1, int(whole.sum()))
        of_fine = renumber[of_fine]
        keys = tuple(tuple(p.labels[k] for p, k in zip(parts, row, strict=True)) for row in table[whole])
        domain = of_fine[self.cell_fine]
        if self.cell is None or fine_size == len(keys):
            return Level(by, keys, of_fine, None, domain, self.cell_unit)
        group, present = compress(domain * self._size + self.cell_unit, (len(keys) + 1) * self._size)
        return Level(by, keys, of_fine, group, present // self._size, present % self._size)

    def cells(self, column: Column) -> FloatArray:
        """Sum of weight · column in each cell, (C,)."""
        if self.cell is None:
            return np.asarray(self.weight * column)
        known = self._cell_sums.get(id(column))
        if known is None:
            added = sums(self.cell, self.weight * column, len(self.cell_fine))
            self._cell_sums[id(column)] = known = (column, added)
        return known[1]

    def fine_sums(self, column: Column) -> FloatArray:
        """Sum of weight · column for each combination of all keys, (F,)."""
        known = self._fine_sums.get(id(column))
        if known is None:
            added = sums(self.cell_fine, self.cells(column), self.fine_size)
            self._fine_sums[id(column)] = known = (column, added)
        return known[1]

    def weighted(self, column: Column, by: By) -> FloatArray:
        """Sum of weight · column in each domain, (D,)."""
        return self.levels[by].per_domain(self.fine_sums(column))

    def counts(self, member: BoolArray) -> FloatArray:
        """Rows of `member` in each cell, (C,)."""
        if self.cell is None:
            return member.astype(np.float64)
        if member.all():
            return tally(self.cell, len(self.cell_fine))
        return tally(self.cell[member], len(self.cell_fine))

    def counted(self, number: Column, by: By) -> FloatArray:
        """Unweighted sum of a column of counts in each domain, (D,)."""
        key = -id(number)
        known = self._fine_sums.get(key)
        if known is None:
            added = sums(self.fine, number, self.fine_size)
            self._fine_sums[key] = known = (number, added)
        return self.levels[by].per_domain(known[1])


@dataclass(frozen=True)
class Membership:
    """How many rows, first-stage units and strata have a valid answer in each domain, (D,) each."""

    n: FloatArray
    n_psu: FloatArray
    df: FloatArray


def membership(totals: Totals, counted: BoolArray, by: By) -> Membership:
    """Count rows, PSUs and strata with members of each domain.

    Parameters
    ----------
    totals : Totals
    counted : (n,) array of bool   rows with a valid answer
    by : the level

    Returns
    -------
    Membership                     df = PSUs - strata, both with members of the domain

    Raises
    ------
    KeyError
        If the level is not among those of `totals`.

    References
    ----------
    .. [1] Korn, E. and Graubard, B. (1999). Analysis of Health Surveys, section 5.2 (subpopulation df).

    Examples
    --------
    See `analysis.run.estimate`.
    """
    level, first = totals.levels[by], totals.design.stages[0]
    rows = totals.counts(counted)
    n = level.per_domain(sums(totals.cell_fine, rows, totals.fine_size))
    present = level.per_group(rows) > 0
    domain, unit = level.domain[present], _first_stage_unit(totals.design, level.unit[present])
    if not (totals.design.rows_are_units and len(totals.design.stages) == 1):
        _, found = compress(domain * len(first.stratum) + unit, (level.size + 1) * len(first.stratum))
        domain, unit = found // len(first.stratum), found % len(first.stratum)
    n_psu = tally(domain, level.size + 1)[: level.size]
    h = len(first.sampled)
    _, strata = compress(domain * h + first.stratum[unit], (level.size + 1) * h)
    n_strata = tally(strata // h, level.size + 1)[: level.size]
    return Membership(n, n_psu, n_psu - n_strata)


def _first_stage_unit(design: Design, unit: IntArray) -> IntArray:
    for stage in design.stages[:0:-1]:
        unit = stage.stratum[unit]
    return unit


def union_df(totals: Totals, counted: BoolArray, by: By) -> FloatArray:
    """PSUs - strata with members of either of two domains, (D, D)."""
    level, first = totals.levels[by], totals.design.stages[0]
    present = (level.per_group(totals.counts(counted)) > 0) & (level.domain < level.size)
    domain, psu = level.domain[present], _first_stage_unit(totals.design, level.unit[present])

    def either(unit: IntArray, size: int) -> FloatArray:
        table = sparse.csr_array((np.ones(len(unit)), (domain, unit)), shape=(level.size, size))
        table.sum_duplicates()
        table.data[:] = 1.0
        both = np.asarray((table @ table.T).todense())
        return np.asarray(np.add.outer(np.diag(both), np.diag(both)) - both)

    return either(psu, len(first.stratum)) - either(first.stratum[psu], len(first.sampled))
