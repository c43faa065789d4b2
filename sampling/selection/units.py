"""One calling convention for all methods: the units of a stage, in groups, and what was chosen of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from sampling.arrays import Floats, Ints
from sampling.selection.choice import chooser
from sampling.selection.cube import cube
from sampling.selection.equal import srs, systematic
from sampling.selection.probabilities import inclusion_probabilities
from sampling.selection.sampford import sampford
from sampling.selection.unequal import (
    Ranking,
    order_sample,
    pareto_ranking,
    poisson,
    pps_systematic,
    sequential_poisson_ranking,
)


@dataclass(frozen=True)
class Units:
    """N units of one stage in G groups (strata, or parents drawn before), rows sorted by label.

    `u` is the number of each unit, `start` one number and `stream` one 128-bit key a group, `position`
    the place of the unit in the order systematic methods follow, `balance` the (N, q) variables of cube.
    """

    group: Ints
    u: Floats
    start: Floats
    position: Ints
    stream: tuple[int, ...] = ()
    size: Floats | None = None
    balance: Floats | None = None
    certainty: float = 1.0

    def counts(self) -> Ints:
        """Units of each group."""
        return np.bincount(self.group, minlength=len(self.start)).astype(np.int64)


@dataclass(frozen=True)
class Chosen:
    """Positions drawn, ascending, and the inclusion probability of every unit."""

    taken: Ints
    probability: Floats


Method = Callable[[Units, Ints], Chosen]


def _equal_probability(units: Units, n: Ints) -> Floats:
    counts = units.counts()
    return np.divide(n, counts, out=np.zeros(len(n)), where=counts > 0)[units.group]


def _probability(units: Units, n: Ints) -> Floats:
    if units.size is None:
        return _equal_probability(units, n)
    return inclusion_probabilities(units.size, n, group=units.group, certainty=units.certainty)


def _by_group(units: Units, draw: Callable[[Ints, int], Ints]) -> Ints:
    """Draw in each group: `draw` gets the group's units in list order and the group's number."""
    order = np.lexsort((units.position, units.group))
    ends = np.cumsum(units.counts())
    parts = [members[draw(members, g)] for g, members in enumerate(np.split(order, ends[:-1]))]
    return np.sort(np.concatenate(parts)).astype(np.int64)


def _srs(units: Units, n: Ints) -> Chosen:
    return Chosen(srs(units.u, n, group=units.group), _equal_probability(units, n))


def _systematic(units: Units, n: Ints) -> Chosen:
    taken = _by_group(units, lambda members, g: systematic(len(members), int(n[g]), float(units.start[g])))
    return Chosen(taken, _equal_probability(units, n))


def _pps_systematic(units: Units, n: Ints) -> Chosen:
    pi = _probability(units, n)
    return Chosen(_by_group(units, lambda members, g: pps_systematic(pi[members], float(units.start[g]))), pi)


def _poisson(units: Units, n: Ints) -> Chosen:
    pi = _probability(units, n)
    return Chosen(poisson(pi, units.u), pi)


def _ordered(ranking: Ranking, units: Units, n: Ints) -> Chosen:
    pi = _probability(units, n)
    return Chosen(order_sample(ranking, pi, units.u, n, units.group), pi)


def _sampford(units: Units, n: Ints) -> Chosen:
    pi = _probability(units, n)
    return Chosen(_by_group(units, lambda members, g: sampford(pi[members], chooser(units.stream[g]))), pi)


def _cube(units: Units, n: Ints) -> Chosen:
    """Units come in the order of their numbers, so that neighbours in a file are not decided together."""
    if units.balance is None:
        raise ValueError("`balance` must be given for the cube method")
    pi, balance = _probability(units, n), units.balance

    def draw(members: Ints, g: int) -> Ints:
        order = np.argsort(units.u[members], kind="stable")
        chosen = members[order]
        return order[cube(pi[chosen], balance[chosen], chooser(units.stream[g]))]

    return Chosen(_by_group(units, draw), pi)


METHODS: dict[str, Method] = {
    "srs": _srs,
    "systematic": _systematic,
    "pps_systematic": _pps_systematic,
    "poisson": _poisson,
    "pareto": partial(_ordered, pareto_ranking),
    "sequential_poisson": partial(_ordered, sequential_poisson_ranking),
    "sampford": _sampford,
    "cube": _cube,
}
