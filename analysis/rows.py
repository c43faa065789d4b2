"""The rows of RESULT.json: numbers with their domain and the reasons where one is missing."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from analysis.codes import FloatArray
from analysis.estimate import Estimator, Solution
from analysis.intervals import Uncertain, implied_variance, interval

Row = dict[str, Any]


def domain_of(by: tuple[str, ...], key: tuple[object, ...]) -> dict[str, object]:
    """The domain as an object: key column to value."""
    return dict(zip(by, key, strict=True))


def number(value: float, *, whole: bool = False) -> float | int | None:
    """A JSON number: null for nan and infinities, an integer for counts."""
    if not np.isfinite(value):
        return None
    return round(value) if whole else float(value)


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

    def effective_variance(self) -> FloatArray:
        """The variance with which an estimate enters comparisons and ranks."""
        return implied_variance(self.uncertain) if self.solution.variable.bounded else self.variance

    def rows(self) -> Iterator[Row]:
        """One row a domain, in the order of RESULT.json."""
        variable, by = self.solution.variable, self.solution.by
        for d, key in enumerate(self.level.keys):
            yield {
                "name": variable.name,
                "statistic": variable.statistic,
                "variable": variable.label,
                "domain": domain_of(by, key),
                "estimate": number(self.solution.estimate[d]),
                "se": number(np.sqrt(self.variance[d])),
                "df": number(self.members.df[d], whole=True),
                "ci_low": number(self.low[d]),
                "ci_high": number(self.high[d]),
                "n": number(self.members.n[d], whole=True),
                "n_answers": None if self.answers is None else number(self.answers[d], whole=True),
                "n_psu": number(self.members.n_psu[d], whole=True),
                "deff": number(self.deff[d]),
                "flags": self._flags(d),
            }

    def _flags(self, d: int) -> list[str]:
        tests: Mapping[str, bool] = {
            "empty": self.members.n[d] == 0,
            "zero_denominator": bool(self.members.n[d] > 0 and np.isnan(self.solution.estimate[d])),
            "negative_variance": bool(self.negative[d]),
            "lonely_psu": bool(
                np.isfinite(self.solution.estimate[d]) and np.isnan(self.variance[d]) and not self.negative[d]
            ),
            "partial": bool(self.solution.partial[d]) and not self.solution.variable.total,
            "boundary": bool(self.boundary[d]),
            "census_nonresponse": bool(self.unanswered[d]),
            "zero_se": bool(self.variance[d] == 0),
            "no_df": bool(self.members.n[d] > 0 and self.members.df[d] <= 0),
        }
        return [flag for flag, holds in tests.items() if holds]
