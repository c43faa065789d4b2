"""Rank confidence sets. Authority: Mogstad, Romano, Shaikh, Wilhelm (2024), re-coded plainly, and simulation."""

import numpy as np
import pandas as pd
import pytest

from analysis.ranks import generator, rank_sets
from analysis.run import estimate


def plainly(
    theta: np.ndarray, sigma: np.ndarray, draws: np.ndarray, pairs: list[tuple[int, int]], level: float
) -> set:
    """The ordered pairs (j, k) with j surely above k: loops, no shortcuts."""
    open_pairs, rejected = set(pairs), set()
    while True:
        top = [max([0.0, *((z[j] - z[k]) / sigma[j, k] for j, k in open_pairs)]) for z in draws.T]
        critical = np.quantile(top, level, method="higher")
        more = {(j, k) for j, k in open_pairs if (theta[j] - theta[k]) / sigma[j, k] > critical}
        if not more:
            return rejected
        rejected |= more
        open_pairs -= more


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sets_equal_the_plain_algorithm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    theta, root = rng.normal(0, 1.2, 6), rng.normal(0, 0.4, (6, 6))
    covariance = root @ root.T + np.eye(6) * 0.05
    found = rank_sets(theta, covariance, generator("s"), draws=300)
    values, vectors = np.linalg.eigh(covariance)
    normal = generator("s").standard_normal((6, 300), dtype=np.float32)
    draws = (vectors * np.sqrt(values)).astype(np.float32) @ normal
    variance = np.diag(covariance)
    sigma = np.sqrt(np.add.outer(variance, variance) - 2 * covariance)
    everyone = [(j, k) for j in range(6) for k in range(6) if j != k]
    above = plainly(theta, sigma, draws, everyone, 0.95)
    assert {(int(j), int(k)) for j, k in np.argwhere(found.above)} == above
    for j in range(6):
        mine = plainly(theta, sigma, draws, [pair for pair in everyone if j in pair], 0.95)
        low = 1 + sum(1 for _, k in mine if k == j)
        high = 6 - sum(1 for i, _ in mine if i == j)
        assert found.marginal[j].tolist() == [low, high]


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_no_pair_is_lost_where_estimates_hang_together(level: float) -> None:
    rng = np.random.default_rng(5)
    offices = np.kron(np.eye(5), np.full((5, 5), 0.9)) + 0.1 * np.eye(25)
    covariance = offices * np.outer(*2 * [rng.uniform(0.1, 2.0, 25)])
    theta = rng.normal(0, 2, 25)
    found = rank_sets(theta, covariance, generator("s"), draws=200, level=level)
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0))).astype(np.float32)
    draws = root @ generator("s").standard_normal((25, 200), dtype=np.float32)
    variance = np.diag(covariance)
    sigma = np.sqrt(np.add.outer(variance, variance) - 2 * covariance)
    everyone = [(j, k) for j in range(25) for k in range(25) if j != k]
    assert {(int(j), int(k)) for j, k in np.argwhere(found.above)} == plainly(theta, sigma, draws, everyone, level)


def test_the_true_ranks_lie_in_the_sets_as_often_as_promised() -> None:
    truth = np.array([0.80, 0.82, 0.85, 0.90, 0.90, 0.95])
    covariance = np.diag([4e-4, 4e-4, 1e-4, 4e-4, 1e-4, 1e-4])
    best = 1 + (truth[:, None] < truth).sum(axis=1)
    worst = 6 - (truth[:, None] > truth).sum(axis=1)
    rng = np.random.default_rng(7)
    inside = []
    for i in range(200):
        sets = rank_sets(rng.multivariate_normal(truth, covariance), covariance, generator(str(i)), draws=1000)
        inside.append(bool(((sets.simultaneous[:, 0] <= best) & (worst <= sets.simultaneous[:, 1])).all()))
    assert np.mean(inside) >= 0.93


def test_few_degrees_of_freedom_widen_the_sets() -> None:
    theta, covariance = np.array([0.0, 2.9]), np.eye(2) * 0.5
    assert rank_sets(theta, covariance, generator("a")).marginal.tolist() == [[2, 2], [1, 1]]
    assert rank_sets(theta, covariance, generator("a"), df=3).marginal.tolist() == [[1, 2], [1, 2]]


def test_equal_estimates_share_the_better_rank_and_are_one_group() -> None:
    sets = rank_sets(np.array([0.5, 0.5, 0.4]), np.eye(3), generator("a"))
    assert sets.rank.tolist() == [1, 1, 3]
    assert sets.groups() == [[0, 1, 2]]


def test_estimates_without_any_uncertainty_are_ranked_exactly() -> None:
    sets = rank_sets(np.array([0.5, 0.5, 0.4]), np.zeros((3, 3)), generator("a"))
    assert sets.simultaneous.tolist() == [[1, 2], [1, 2], [3, 3]]


def test_the_chances_of_the_lowest_tenth_add_up_to_one_place() -> None:
    sets = rank_sets(np.linspace(0, 1, 12), np.eye(12) * 0.04, generator("a"))
    assert sets.lowest_decile.sum() == pytest.approx(1, abs=1e-6)
    assert sets.lowest_decile.argmax() == 0


@pytest.mark.parametrize(
    ("covariance", "message"),
    [(np.eye(3), "`covariance` must be 2 by 2"), (np.diag([1.0, -1.0]), "no negative variance; entry 1 has one")],
)
def test_bad_covariance_is_named(covariance: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rank_sets(np.array([0.1, 0.2]), covariance, generator("a"))


def test_an_agency_that_cannot_be_estimated_leaves_the_others_their_ranks() -> None:
    data = pd.DataFrame(
        {"w": 1.0, "agency": list("AAAABBBBC"), "q": [5, 4, 2, 5, 1, 2, 4, 1, 5]}, dtype=object
    ).astype({"w": float, "q": float})
    spec = {"name": "i", "statistic": "index", "formula": "t2b_pooled@1", "factors": {"F": ["q"]}}
    design = {"weights": "w", "strata": "agency", "lonely_psu": "remove", "estimates": [spec]}
    rows = estimate(data, {**design, "rank": [{"estimate": "i", "by": ["agency"]}]})["rank"]
    assert [(r["rank"], r["flags"]) for r in rows] == [(1, []), (2, []), (None, ["no_df"])]
