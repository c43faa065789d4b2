"""Every possible sample of small populations. Authority: the definition of unbiasedness, to 1e-12.

For designs with positive exact joint probabilities the estimates of a total average to the total, and the variance
estimates to the true variance of the estimates over all samples.
"""

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from analysis.pps import Pps, quadratic
from analysis.run import estimate

TOTAL = [{"name": "t", "statistic": "total", "of": "y"}]
Draw = tuple[float, pd.DataFrame, dict]


def srs() -> Iterator[Draw]:
    y = np.array([3.0, 7, 1, 12, 5, 5])
    for chosen in combinations(range(6), 3):
        yield 1 / 20, pd.DataFrame({"y": y[list(chosen)], "N": 6}), {"fpc": ["N"]}


def stratified() -> Iterator[Draw]:
    strata = {"A": np.array([3.0, 7, 1, 12]), "B": np.array([100.0, 90, 120])}
    draws = list(product(combinations(range(4), 2), combinations(range(3), 2)))
    for a, b in draws:
        y = np.concatenate([strata["A"][list(a)], strata["B"][list(b)]])
        data = pd.DataFrame({"y": y, "h": list("AABB"), "N": [4, 4, 3, 3]})
        yield 1 / len(draws), data, {"strata": "h", "fpc": ["N"]}


def two_stage() -> Iterator[Draw]:
    units = {"p": np.array([3.0, 7, 1]), "q": np.array([10.0, 12, 4]), "r": np.array([5.0, 5, 9])}
    pairs = list(combinations(range(3), 2))
    for two in combinations(units, 2):
        for inside in product(pairs, pairs):
            rows = [(u, 3, 3, units[u][i]) for u, chosen in zip(two, inside, strict=True) for i in chosen]
            data = pd.DataFrame(rows, columns=["u", "N1", "N2", "y"])
            yield 1 / 27, data, {"psu": ["u"], "fpc": ["N1", "N2"]}


def unequal(method: str) -> Iterator[Draw]:
    y = np.array([3.0, 7, 1, 12, 5])
    samples = list(combinations(range(5), 3))
    p = np.arange(1.0, 11) / 55
    joint = np.zeros((5, 5))
    for chance, chosen in zip(p, samples, strict=True):
        joint[np.ix_(chosen, chosen)] += chance
    for chance, chosen in zip(p, samples, strict=True):
        units = [str(i) for i in chosen]
        data = pd.DataFrame({"y": y[list(chosen)], "u": units, "p": np.diag(joint)[list(chosen)]})
        values = joint[np.ix_(chosen, chosen)].tolist()
        pps = {"probability": "p", "method": method, "joint": {"units": units, "values": values}}
        yield chance, data, {"psu": ["u"], "pps": pps}


@pytest.mark.parametrize(
    ("draws", "total"),
    [
        (srs(), 33),
        (stratified(), 333),
        (two_stage(), 56),
        (unequal("syg"), 28),
    ],
    ids=["srs", "stratified", "two-stage", "syg"],
)
def test_totals_and_their_variances_are_unbiased(draws: Iterator[Draw], total: float) -> None:
    chances, estimates, variances = [], [], []
    for chance, data, design in draws:
        (row,) = estimate(data, {**design, "estimates": TOTAL})["results"]
        chances.append(chance)
        estimates.append(row["estimate"])
        variances.append(row["se"] ** 2 if row["se"] is not None else np.nan)
    p, t, v = np.array(chances), np.array(estimates), np.array(variances)
    assert p.sum() == pytest.approx(1, rel=1e-12)
    assert p @ t == pytest.approx(total, rel=1e-12)
    assert p @ v == pytest.approx(p @ (t - total) ** 2, rel=1e-12)


def test_horvitz_thompson_variances_are_unbiased_and_may_be_negative() -> None:
    chances, estimates, variances = [], [], []
    for chance, data, design in unequal("ht"):
        joint = np.array(design["pps"]["joint"]["values"])
        z = (data.y / data.p).to_numpy()
        pps = Pps(data.p.to_numpy(), "ht", joint)
        chances.append(chance)
        estimates.append(z.sum())
        variances.append(quadratic(z[None, :], pps, np.zeros(3, dtype=int), np.array([3.0]))[0, 0])
        (row,) = estimate(data, {**design, "estimates": TOTAL})["results"]
        assert (row["se"] is None) == (variances[-1] < 0) == ("negative_variance" in row["flags"])
    p, t, v = np.array(chances), np.array(estimates), np.array(variances)
    assert v.min() < 0
    assert p @ v == pytest.approx(p @ (t - 28) ** 2, rel=1e-12)


def test_the_bias_of_a_ratio_is_small_and_its_variance_near() -> None:
    """A ratio is biased of order 1/n; reported, not hidden: here 3 of 6 units."""
    y, x = np.array([3.0, 7, 1, 12, 5, 5]), np.array([4.0, 9, 3, 13, 6, 8])
    rows = []
    for chosen in combinations(range(6), 3):
        data = pd.DataFrame({"y": y[list(chosen)], "x": x[list(chosen)], "N": 6})
        what = [{"name": "r", "statistic": "ratio", "of": "y", "over": "x"}]
        (row,) = estimate(data, {"fpc": ["N"], "estimates": what})["results"]
        rows.append((row["estimate"], row["se"] ** 2))
    t, v = np.array(rows).T
    truth = y.sum() / x.sum()
    assert t.mean() == pytest.approx(truth, rel=0.02)
    assert v.mean() == pytest.approx(np.mean((t - truth) ** 2), rel=0.25)
