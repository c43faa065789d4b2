"""Quantiles of the largest of many standardised differences, from draws of the estimates.

The largest |Z_j - Z_k|/σ_jk over all k, made once for each j and draw, tells in which draws the quantile over
*fewer* pairs can lie: those above a *floor*. Only there the pairs above it are looked for; a quantile above the
floor is exactly that of all draws; one that is not above it is asked for again with a lower floor.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.codes import BoolArray, FloatArray, IntArray

Singles = npt.NDArray[np.float32]
_BLOCK = 16  # estimates looked for together: one cache line
_LOOSE = 1.1  # blocks are halved until their bounds are this near to the pairs, on average
_CACHED = 1 << 17  # differences worked on at once: they stay in the cache
_SPARE = 3  # draws above the first floor for each at or above the quantile of all pairs: one side alone needs 2


@dataclass(frozen=True)
class Exceeding:
    """Differences above a floor: draw, number of the hypothesis that each would reject, and size."""

    draw: IntArray
    hypothesis: IntArray
    size: Singles


class Draws:
    """Draws of p estimates, and for each j the largest |Z_j - Z_k|/σ_jk over all k in each draw.

    Estimates of like variance stand in blocks: no difference to a member of a block exceeds that to its highest or
    lowest value times its largest 1/σ_jk, in floating point either, whose rounding keeps order.
    """

    def __init__(self, sample: Singles, inverse: Singles, level: float) -> None:
        self.sample, self.level = sample, level
        self._member, self._inverse = _blocks(inverse)
        self._reach = self._inverse.max(axis=2)
        self._rows = np.ascontiguousarray(sample.T)[:, self._member]
        self._high, self._low = self._rows.max(axis=2), self._rows.min(axis=2)
        self.largest = np.zeros_like(sample)
        width = max(_CACHED // len(sample), 1)
        for start in range(0, sample.shape[1], width):
            self._fill(slice(start, start + width), inverse)

    def _fill(self, part: slice, inverse: Singles) -> None:
        z = np.ascontiguousarray(self.sample[:, part])
        top, buffer = np.zeros_like(z), np.empty_like(z)
        for j in range(len(z) - 1):
            gap = np.subtract(z[j + 1 :], z[j], out=buffer[j + 1 :])
            np.abs(gap, out=gap)
            np.multiply(gap, inverse[j, j + 1 :, None], out=gap)
            np.maximum(top[j], gap.max(axis=0), out=top[j])
            np.maximum(top[j + 1 :], gap, out=top[j + 1 :])
        self.largest[:, part] = top

    def differences(self, j: int, floor: float) -> tuple[IntArray, IntArray, Singles]:
        """Draw, k and (Z_j - Z_k)/σ_jk wherever its size is above a floor."""
        near = np.flatnonzero(self.largest[j] > floor)
        z = self.sample[j, near][:, None]
        furthest = np.maximum(self._high[near] - z, z - self._low[near]) * self._reach[j]
        i, block = _places(furthest > floor)
        value = (z[i] - self._rows[near[i], block]) * self._inverse[j, block]
        cell, place = _places(np.abs(value) > floor)
        return near[i[cell]], self._member[block[cell], place], value[cell, place]

    def rejected(
        self, observed: FloatArray, largest: Singles, exceeding: Callable[[float], Exceeding]
    ) -> BoolArray:
        """The stepwise test of one-sided hypotheses.

        Parameters
        ----------
        observed : (H,) array of float    statistics of the hypotheses
        largest : (draws,) array          largest difference over all of them in each draw
        exceeding : callable              floor to the differences above it

        Returns
        -------
        (H,) array of bool

        Raises
        ------
        ValueError
            Never for finite draws.

        References
        ----------
        .. [1] Romano, J. and Wolf, M. (2005). Exact and approximate stepdown methods. JASA 100, 94-108.

        Examples
        --------
        See `analysis.ranks.rank_sets`.
        """
        first = max(len(largest) - _SPARE * self._tail, 0)
        floor = float(np.partition(largest, first)[first])
        while (found := self._steps(observed, exceeding(floor), floor)) is None:
            floor = 0.8 * floor if floor > 1e-3 else 0.0
        return found

    def _steps(self, observed: FloatArray, found: Exceeding, floor: float) -> BoolArray | None:
        """The steps of `rejected`; None where a quantile is not above the floor."""
        rejected = np.zeros(len(observed), dtype=bool)
        while True:
            is_open = ~rejected[found.hypothesis]
            critical = self._quantile(found.draw[is_open], found.size[is_open], floor)
            if critical is None:
                return None
            more = (observed > critical) & ~rejected
            if not more.any():
                return rejected
            rejected |= more

    @property
    def _tail(self) -> int:
        """How many draws lie at or above the quantile."""
        number = int(self.sample.shape[1])
        return number - int(np.ceil(self.level * (number - 1)))

    def _quantile(self, draw: IntArray, size: Singles, floor: float) -> float | None:
        """The quantile of the largest size in each draw, at least 0; None where it is not above the floor."""
        top = np.zeros(self.sample.shape[1], dtype=np.float32)
        np.maximum.at(top, draw, size)
        high = top[top > floor]
        if len(high) < self._tail:
            return None if floor > 0 else 0.0
        return float(np.partition(high, len(high) - self._tail)[-self._tail])


def _places(holds: BoolArray) -> tuple[IntArray, IntArray]:
    """Rows and columns where a table holds: `numpy.nonzero`, several times sooner."""
    row, column = np.divmod(np.flatnonzero(holds), holds.shape[1])
    return row, column


def _blocks(inverse: Singles) -> tuple[IntArray, Singles]:
    """(G, size) members of blocks of like 1/σ, and their (p, G, size) inverses, 0 where a block is filled up."""
    order = np.argsort(inverse.sum(axis=0), kind="stable")
    size = _BLOCK
    while True:
        fill = -len(order) % size
        member = np.append(order, np.repeat(order[-1:], fill)).reshape(-1, size)
        blocked = inverse[:, member]
        blocked[:, -1, size - fill :] = 0.0
        reach = blocked.max(axis=2, keepdims=True)
        if size == 1 or (reach * (blocked > 0)).sum() <= _LOOSE * blocked.sum():
            return member, blocked
        size //= 2
