"""The satisfaction index: a registry of named, versioned formulas, one function each.

A formula turns item columns (codes of the answers, missing outside the base) into terms of a `Variable`.
Once published a formula is never changed: a change is a new name after the ``@``.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import and_, or_

import numpy as np
import pandas as pd

from analysis.codes import FloatArray
from analysis.design import numbers
from analysis.errors import data_error
from analysis.spec import EstimateSpec
from analysis.variables import Pair, Variable, any_valid

Terms = tuple[tuple[Pair, ...], ...]
Factors = Mapping[str, tuple[Pair, ...]]


def mean_of_factors(factors: Factors) -> Terms:
    """Mean over factors of Σ w·satisfied answers / Σ w·answers in the factor."""
    return tuple(factors.values())


def pooled(factors: Factors) -> Terms:
    """All answers in one ratio: Σ w·satisfied answers / Σ w·answers."""
    return (tuple(pair for items in factors.values() for pair in items),)


def mean_of_items(factors: Factors) -> Terms:
    """Mean over items of each item's share of satisfied answers."""
    return tuple((pair,) for items in factors.values() for pair in items)


def all_satisfied(factors: Factors) -> Terms:
    """Share of people whose every answer is satisfied, among those who answered anything."""
    pairs = [pair for items in factors.values() for pair in items]
    answered = reduce(or_, (pair.valid for pair in pairs))
    content = reduce(and_, (pair.num | ~pair.valid for pair in pairs))
    return ((Pair(answered & content, answered, answered),),)


REGISTRY: Mapping[str, Callable[[Factors], Terms]] = {
    "t2b_mean_of_factors@1": mean_of_factors,
    "t2b_pooled@1": pooled,
    "t2b_mean_of_items@1": mean_of_items,
    "general_item@1": pooled,
    "mean_score@1": pooled,
    "all_satisfied@1": all_satisfied,
}
"""Formula by name; ``mean_of_agencies@1`` averages one of these over a unit and is made in `estimate`."""

_WITH_COMPONENTS = ("t2b_mean_of_factors@1", "t2b_pooled@1", "t2b_mean_of_items@1", "mean_score@1")


def index_variable(read: Callable[[str], Pair], spec: EstimateSpec) -> tuple[Variable, tuple[Variable, ...]]:
    """The index as a variable, and its components: each factor, then each item.

    Parameters
    ----------
    read : callable             the pair of an item: satisfied over answered; the same object each time
    spec : EstimateSpec with statistic ``"index"``

    Returns
    -------
    index : Variable
    components : tuple of Variable

    Raises
    ------
    InputError
        If an item is not a column of numbers, or a code lies outside `scale`.

    Notes
    -----
    With x_ri the answer of person r to item i, a_ri = 1 where given, s_ri = 1 where x_ri is satisfied,
    factor f: p_f = Σ_{i in f} Σ_r w_r s_ri / Σ_{i in f} Σ_r w_r a_ri; index = mean over the factors asked.
    For ``mean_score@1`` s_ri is replaced by (x_ri - min)/(max - min).

    References
    ----------
    docs/statistics.md, "The index formulas".

    Examples
    --------
    See `analysis.run.estimate`.
    """
    inner = spec.of_formula or spec.formula
    pairs: dict[str, Pair] = {}
    factors = {
        factor: tuple(pairs.setdefault(item, read(item)) for item in items)
        for factor, items in (spec.factors or ((spec.item, (spec.item,)),))
    }
    terms = REGISTRY[inner](factors)
    counted = any_valid([pair for items in factors.values() for pair in items])
    whole = Variable(
        spec.name,
        "index",
        spec.name,
        terms,
        counted,
        spec.interval,
        bounded=True,
        answers=True,
        unit=spec.unit,
    )
    return whole, tuple(_components(spec, factors, pairs)) if inner in _WITH_COMPONENTS else ()


def _components(spec: EstimateSpec, factors: Factors, pairs: Mapping[str, Pair]) -> Iterator[Variable]:
    named: dict[str, tuple[Pair, ...]] = {**factors}
    named |= {item: (pair,) for item, pair in pairs.items() if item not in named}
    for label, items in named.items():
        yield Variable(
            spec.name,
            "index",
            label,
            (items,),
            any_valid(items),
            spec.interval,
            bounded=True,
            answers=True,
            unit=spec.unit,
        )


def item_reader(data: pd.DataFrame, spec: EstimateSpec, known: dict[object, Pair]) -> Callable[[str], Pair]:
    """Items of an estimate from a frame; missing (not asked, not applicable, no answer) is outside the base.

    `known` holds the items already read for other estimates, and is added to.
    """

    def read(item: str) -> Pair:
        key = (item, spec.scale or spec.satisfied)
        if key not in known:
            known[key] = _item(data, item, spec)
        return known[key]

    return read


def _item(data: pd.DataFrame, item: str, spec: EstimateSpec) -> Pair:
    x = numbers(data, item, f"{spec.where}.factors")
    valid = ~np.isnan(x)
    if spec.scale:
        _check_scale(x, item, spec.scale)
        low, high = spec.scale
        return Pair(np.where(valid, (x - low) / (high - low), 0.0), valid, valid)
    satisfied = np.zeros(len(x), dtype=bool)
    for code in spec.satisfied:
        satisfied |= x == code
    return Pair(satisfied, valid, valid)


def _check_scale(x: FloatArray, item: str, scale: tuple[float, ...]) -> None:
    bad = np.flatnonzero((x < scale[0]) | (x > scale[1]))
    if len(bad):
        row = int(bad[0])
        raise data_error(f"row {row + 1}", f"`{item}` must lie in {scale[0]:g}..{scale[1]:g}, found {x[row]:g}")
