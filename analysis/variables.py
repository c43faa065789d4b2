"""What is estimated, as columns: every statistic is a mean of ratios of totals, or a total."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.codes import BoolArray, FloatArray, encode
from analysis.design import column_of, numbers
from analysis.spec import EstimateSpec
from analysis.totals import Column


@dataclass(frozen=True)
class Pair:
    """Numerator and denominator of a ratio per row, both 0 where the row has no valid answer."""

    num: Column
    den: Column
    valid: BoolArray

    @property
    def binary(self) -> bool:
        """A share: 0/1 over 0/1, whose sums of squares are its sums."""
        return self.num.dtype == np.bool_ and self.den is self.valid


@dataclass(frozen=True)
class Variable:
    """A statistic: the mean over `terms` of (sum of numerators)/(sum of denominators).

    Attributes
    ----------
    name, statistic, label : what the result row says
    terms : tuple of tuples of Pair   a term (factor) pools its pairs (items)
    total : bool                      the numerator alone is meant, not the ratio
    counted : (n,) array of bool      rows that count for n, PSUs and df
    answers : bool                    answers are counted beside people (indices and factors)
    bounded : bool                    lies in [0, 1]
    interval : str
    """

    name: str
    statistic: str
    label: str
    terms: tuple[tuple[Pair, ...], ...]
    counted: BoolArray
    interval: str
    total: bool = False
    bounded: bool = False
    answers: bool = False
    unit: str = ""

    @property
    def key(self) -> tuple[tuple[int, ...], ...]:
        """The same for all variables of the same terms."""
        return tuple(tuple(id(pair) for pair in term) for term in self.terms)

    @property
    def binary(self) -> bool:
        """One share of one question."""
        return len(self.terms) == 1 and len(self.terms[0]) == 1 and self.terms[0][0].binary


def simple_variables(data: pd.DataFrame, spec: EstimateSpec) -> Iterator[Variable]:
    """The variables of a mean, total, ratio or proportion (one per category)."""
    if spec.statistic == "proportion":
        yield from _categories(data, spec)
        return
    y, valid = _filled(numbers(data, spec.of, f"{spec.where}.of"))
    den: Column = valid
    label = spec.of
    if spec.statistic == "ratio":
        x, has_x = _filled(numbers(data, spec.over, f"{spec.where}.over"))
        valid = valid & has_x
        y, den, label = y * valid, x * valid, f"{spec.of}/{spec.over}"
    pair = Pair(y, den, valid)
    total = spec.statistic == "total"
    yield Variable(spec.name, spec.statistic, label, ((pair,),), valid, spec.interval, total=total)


def _filled(values: FloatArray) -> tuple[FloatArray, BoolArray]:
    valid = ~np.isnan(values)
    return values if valid.all() else np.where(valid, values, 0.0), valid


def _categories(data: pd.DataFrame, spec: EstimateSpec) -> Iterator[Variable]:
    codes = encode(column_of(data, spec.of, f"{spec.where}.of"))
    valid = codes.code >= 0
    if not codes.labels:  # a row with nulls and the reason, never a missing row
        nobody = Pair(valid, valid, valid)
        yield Variable(spec.name, spec.statistic, spec.of, ((nobody,),), valid, spec.interval, bounded=True)
    for k, label in enumerate(codes.labels):
        pair = Pair(codes.code == k, valid, valid)
        yield Variable(
            spec.name,
            spec.statistic,
            f"{spec.of}[{label}]",
            ((pair,),),
            valid,
            spec.interval,
            bounded=True,
        )


def quantile_variable(data: pd.DataFrame, spec: EstimateSpec) -> Variable:
    """The mean of the same column: it says who counts, and where the quantile's answers are."""
    y, valid = _filled(numbers(data, spec.of, f"{spec.where}.of"))
    return Variable(spec.name, spec.statistic, spec.of, ((Pair(y, valid, valid),),), valid, spec.interval)


def any_valid(pairs: Sequence[Pair]) -> BoolArray:
    """Rows with a valid answer to at least one pair; of one pair its own array, so that counts are shared."""
    valid = pairs[0].valid
    for pair in pairs[1:]:
        valid = valid | pair.valid
    return valid
