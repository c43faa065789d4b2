"""The rows of RESULT.json: numbers with their domain and the reasons where one is missing."""

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.codes import FloatArray
from analysis.estimate import Estimator, Solution
from analysis.intervals import Uncertain, implied_variance, interval
from analysis.variables import Variable

Row = dict[str, Any]


def domain_of(by: tuple[str, ...], key: tuple[object, ...]) -> dict[str, object]:
    """The domain as an object: key column to value."""
    return dict(zip(by, key, strict=True))


def number(value: float, *, whole: bool = False) -> float | int | None:
    """A JSON number: null for nan and infinities, an integer for counts."""
    if not np.isfinite(value):
        return None
    return round(value) if whole else float(value)


def numbers(values: FloatArray, *, whole: bool = False) -> list[float | int | None]:
    """A column of JSON numbers.

    >>> numbers(np.array([1.5, np.nan])), numbers(np.array([3.0]), whole=True)
    ([1.5, None], [3])
    """
    if np.isfinite(values).all():
        return list((np.rint(values).astype(np.int64) if whole else values).tolist())
    return [number(value, whole=whole) for value in values.tolist()]


class Table:
    """One solved variable over the domains of a level, as columns."""

    def __init__(self, estimator: Estimator, solution: Solution, level: float, deff: str) -> None:
        variable, by = solution.variable, solution.by
        self.solution = solution
        self.level = estimator.totals.levels[by]
        self.members = estimator.members(variable, by)
        variance = estimator.variance(solution)
        self.negative = variance < 0  # joint probabilities can estimate one; it is no standard error
        self.variance = np.where(self.negative, np.nan, variance)
        self.answers: FloatArray | None = None
        if variable.answers:
            self.answers = estimator.answers(variable, by)
        self.uncertain = Uncertain(
            solution.estimate,
            self.variance,
            self.members.df,
            self.members.n,
            self.members.n if self.answers is None else self.answers,
        )
        self.low, self.high, self.boundary = interval(self.uncertain, variable.interval, level)
        self.unanswered = estimator.unanswered_census(variable, by)
        self.deff = np.full(self.level.size, np.nan)
        if deff != "none":
            self.deff = estimator.deff(solution, self.variance, self.members.n, replacement=deff == "replace")

    def named(self, variable: Variable) -> "Table":
        """The same table under the name of another variable with the same terms."""
        if variable is self.solution.variable:
            return self
        same = copy(self)
        same.solution = replace(self.solution, variable=variable)
        return same

    def effective_variance(self) -> FloatArray:
        """The variance with which an estimate enters comparisons and ranks."""
        return implied_variance(self.uncertain) if self.solution.variable.bounded else self.variance

    def rows(self) -> Iterator[Row]:
        """One row a domain, in the order of RESULT.json."""
        variable, by = self.solution.variable, self.solution.by
        same = {"name": variable.name, "statistic": variable.statistic, "variable": variable.label}
        flags = self._flags()
        with np.errstate(invalid="ignore"):
            se = np.sqrt(self.variance)
        figures = {
            "estimate": numbers(self.solution.estimate),
            "se": numbers(se),
            "df": numbers(self.members.df, whole=True),
            "ci_low": numbers(self.low),
            "ci_high": numbers(self.high),
            "n": numbers(self.members.n, whole=True),
            "n_answers": [None] * self.level.size if self.answers is None else numbers(self.answers, whole=True),
            "n_psu": numbers(self.members.n_psu, whole=True),
            "deff": numbers(self.deff),
        }
        columns = list(figures.values())
        for d, (key, *values) in enumerate(zip(self.level.keys, *columns, strict=True)):
            domain = {"domain": domain_of(by, key)}
            yield {**same, **domain, **dict(zip(figures, values, strict=True)), "flags": flags.get(d, [])}

    def _flags(self) -> dict[int, list[str]]:
        """The flags of the domains that have any."""
        estimate, n = self.solution.estimate, self.members.n
        tests = {
            "empty": n == 0,
            "zero_denominator": (n > 0) & np.isnan(estimate),
            "negative_variance": self.negative,
            "lonely_psu": np.isfinite(estimate) & np.isnan(self.variance) & ~self.negative,
            "partial": self.solution.partial & (not self.solution.variable.total),
            "boundary": self.boundary,
            "census_nonresponse": self.unanswered,
            "zero_se": self.variance == 0,
            "no_df": (n > 0) & (self.members.df <= 0),
        }
        found: dict[int, list[str]] = {}
        for flag, holds in tests.items():
            for d in np.flatnonzero(holds):
                found.setdefault(int(d), []).append(flag)
        return found
