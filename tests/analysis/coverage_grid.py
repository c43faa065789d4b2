"""Coverage of every interval method on a grid: share p, clustering, one proportion or an index of six items.

Run ``python -m tests.analysis.coverage_grid`` from the top folder to print the table of docs/statistics.md, with a
number of people (a multiple of 5) after it for smaller samples.
"""

import sys

import numpy as np
import pandas as pd

from analysis.intervals import INTERVALS, interval
from analysis.run import Run
from analysis.spec import parse
from tests.analysis.coverage import markdown

SHARES = (0.5, 0.9, 0.95, 0.98)
PEOPLE, CLUSTER, ITEMS = 100, 5, 6
WHAT = {
    "proportion": {"name": "x", "statistic": "index", "formula": "general_item@1", "item": "q0"},
    "index": {
        "name": "x",
        "statistic": "index",
        "formula": "t2b_mean_of_factors@1",
        "factors": {"F1": ["q0", "q1", "q2"], "F2": ["q3", "q4", "q5"]},
    },
}


def samples(p: float, clustered: bool, number: int, people: int, rng: np.random.Generator) -> pd.DataFrame:
    """Independent samples of people (in clusters of 5), each its own domain and stratum."""
    n = number * people
    sample = np.repeat(np.arange(number), people)
    cluster = np.arange(n) // CLUSTER
    shared = rng.normal(0, 1, n // CLUSTER)[cluster] * (0.3 if clustered else 0.0)
    person = rng.normal(0, 1, n) * np.sqrt(0.5 - (0.09 if clustered else 0.0))
    mood = (shared + person)[:, None] + rng.normal(0, np.sqrt(0.5), (n, ITEMS))
    cut = -float(np.sqrt(2)) * _inverse_erf(2 * p - 1)
    answers = pd.DataFrame(np.where(mood > cut, 5.0, 2.0), columns=[f"q{i}" for i in range(ITEMS)])
    return answers.assign(sample=sample, psu=cluster if clustered else np.arange(n), w=1.0)


def _inverse_erf(x: float) -> float:
    from scipy.special import erfinv

    return float(erfinv(x))


def grid(number: int, people: int = PEOPLE, seed: int = 2) -> pd.DataFrame:
    """Coverage in per cent by statistic, clustering and method (rows) and p (columns)."""
    rng, rows = np.random.default_rng(seed), []
    for p in SHARES:
        for clustered in (False, True):
            data = samples(p, clustered, number, people, rng)
            for statistic, what in WHAT.items():
                design = {"weights": "w", "strata": "sample", "psu": ["psu"], "estimates": [what]}
                spec = parse({**design, "domains": [["sample"]]})
                (solved,) = Run(data, spec, design).tables(spec.estimates[0], ("sample",))
                for method in INTERVALS:
                    low, high, _ = interval(solved.uncertain, method, 0.95)
                    covered = float(((low <= p) & (p <= high)).mean() * 100)
                    kind = f"{statistic}, {'clusters of 5' if clustered else 'independent'}, {method}"
                    rows.append({"method": kind, "p": p, "coverage": round(covered, 1)})
    table = pd.DataFrame(rows).pivot_table("coverage", "method", "p", sort=False)
    table.columns = pd.MultiIndex.from_tuples([("p =", p) for p in table.columns])
    return table


if __name__ == "__main__":
    print(markdown(grid(4000, *map(int, sys.argv[1:]))))
