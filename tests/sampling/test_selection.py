"""Selection by enumeration of all samples or starts, and against R `sampling` (tests/oracles/sampling.R)."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.errors import RefusalError
from sampling.selection import (
    inclusion_probabilities,
    pareto,
    poisson,
    pps_systematic,
    replicate_numbers,
    sequential_poisson,
    srs,
    systematic,
)

R = json.loads((Path(__file__).parents[1] / "oracles" / "sampling.json").read_text())


def test_every_subset_is_equally_likely_under_srs() -> None:
    drawn = [tuple(srs(np.array(order) / 10, 2).tolist()) for order in itertools.permutations(range(5))]
    times = {pair: drawn.count(pair) for pair in itertools.combinations(range(5), 2)}
    assert set(times.values()) == {math.factorial(5) // math.comb(5, 2)}


def test_srs_by_threshold_is_the_srs_of_a_full_sort() -> None:
    rng = np.random.default_rng(3)
    u, group = rng.random(20_000), rng.integers(0, 7, 20_000)
    n = np.array([0, 1, 5, 40, 300, 1000, 2500])
    slow = [np.flatnonzero(group == g)[np.argsort(u[group == g])][: n[g]] for g in range(7)]
    assert srs(u, n, group=group).tolist() == sorted(np.concatenate(slow).tolist())


def test_srs_finds_its_units_when_none_lies_under_the_threshold() -> None:
    u = np.r_[np.full(999, 0.999), 0.998]
    assert srs(u, 3).tolist() == [0, 1, 999]


def test_srs_refuses_more_than_a_group_has() -> None:
    with pytest.raises(RefusalError, match="3 units are asked of a group of 2"):
        srs(np.array([0.1, 0.2, 0.3]), np.array([1, 3]), group=np.array([0, 1, 1]))


@pytest.mark.parametrize(("units", "n"), [(10, 4), (7, 7), (100, 33), (5, 1), (3, 0)])
def test_systematic_takes_each_unit_with_the_same_probability(units: int, n: int) -> None:
    starts = 10_000
    taken = np.zeros(units)
    for start in (np.arange(starts) + 0.5) / starts:
        chosen = systematic(units, n, float(start))
        assert len(set(chosen.tolist())) == n
        taken[chosen] += 1
    assert np.abs(taken / starts - n / units).max() < 2 / starts


@pytest.mark.parametrize("case", R["inclusion_probabilities"], ids=lambda case: str(case["name"]))
def test_probabilities_equal_those_of_r(case: dict[str, object]) -> None:
    found = inclusion_probabilities(np.array(case["size"], dtype=float), int(str(case["n"])))
    np.testing.assert_allclose(found, np.array(case["probability"]), rtol=0, atol=1e-10)


def test_probabilities_of_groups_are_those_of_each_group_alone() -> None:
    rng = np.random.default_rng(5)
    size, group, n = rng.gamma(0.4, 9, 300), rng.integers(0, 3, 300), np.array([10, 25, 60])
    alone = np.empty(300)
    for g in range(3):
        alone[group == g] = inclusion_probabilities(size[group == g], int(n[g]))
    np.testing.assert_allclose(inclusion_probabilities(size, n, group=group), alone, rtol=1e-12)


def test_certainty_takes_large_units_for_sure_and_repeats() -> None:
    size = np.array([1.0, 1.0, 1.0, 1.0, 4.0, 8.0])
    # n·x/Σx = 0.1875 … 0.75, 1.5: 8 is sure; then 2·4/8 = 1: sure; then 0.25 for each of the rest.
    assert inclusion_probabilities(size, 3, certainty=0.8).tolist() == [0.25, 0.25, 0.25, 0.25, 1.0, 1.0]


def test_certainty_that_takes_too_many_is_refused() -> None:
    with pytest.raises(RefusalError, match="4 units reach it where 2 are asked"):
        inclusion_probabilities(np.ones(4), 2, certainty=0.4)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_sizes_that_are_no_sizes_are_named(bad: float) -> None:
    with pytest.raises(ValueError, match="`size` must be finite and at least 0; unit 1"):
        inclusion_probabilities(np.array([1.0, bad]), 1)


def test_sizes_all_zero_are_refused() -> None:
    with pytest.raises(RefusalError, match="only 0 units have a positive size; 1 are asked"):
        inclusion_probabilities(np.zeros(3), 1)


def test_systematic_pps_draws_what_r_draws() -> None:
    probability = np.array(R["pps_systematic"]["probability"])
    for draw in R["pps_systematic"]["draws"]:
        ours = pps_systematic(probability, float(draw["start"]))
        assert (ours + 1).tolist() == draw["chosen"]


@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=60), st.data())
def test_systematic_pps_always_draws_n_distinct_units(sizes: list[float], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(sizes)))
    start = data.draw(st.floats(0, 1, exclude_max=True))
    chosen = pps_systematic(inclusion_probabilities(np.array(sizes), n), start)
    assert len(set(chosen.tolist())) == n
    assert chosen.max() < len(sizes)


def test_systematic_pps_reaches_its_probabilities() -> None:
    probability = np.array([0.2, 0.7, 0.8, 0.5, 0.4, 0.4])
    taken = np.zeros(6)
    for start in (np.arange(1000) + 0.5) / 1000:
        taken[pps_systematic(probability, float(start))] += 1
    np.testing.assert_allclose(taken / 1000, probability, atol=1e-12)


@pytest.mark.parametrize("units", [640, 1000, 6401])
def test_systematic_pps_of_few_among_many_is_that_of_the_plain_sums(units: int) -> None:
    rng = np.random.default_rng(units)
    size = np.where(rng.random(units) < 0.2, 0.0, rng.gamma(0.3, 1, units))
    probability = inclusion_probabilities(size, 8)
    for start in rng.random(50):
        plain = np.searchsorted(np.cumsum(probability), start + np.arange(8), side="right")
        assert pps_systematic(probability, float(start)).tolist() == plain.tolist()


def test_probabilities_that_sum_to_no_whole_number_are_refused() -> None:
    with pytest.raises(ValueError, match="must sum to a whole number"):
        pps_systematic(np.array([0.5, 0.7]), 0.1)


@pytest.mark.parametrize("method", [pareto, sequential_poisson], ids=["pareto", "sequential_poisson"])
def test_order_methods_with_equal_probabilities_are_srs(method: object) -> None:
    u = np.random.default_rng(2).random(50)
    chosen = method(np.full(50, 0.2), u, np.array([10]))  # type: ignore[operator]
    assert chosen.tolist() == srs(u, 10).tolist()


@pytest.mark.parametrize("method", [pareto, sequential_poisson], ids=["pareto", "sequential_poisson"])
def test_order_methods_take_what_is_sure_and_never_what_is_impossible(method: object) -> None:
    u = np.array([0.999999, 0.0001, 0.5, 0.4])
    chosen = method(np.array([1.0, 0.0, 0.5, 0.5]), u, np.array([2]))  # type: ignore[operator]
    assert chosen.tolist() == [0, 3]


def test_poisson_takes_each_unit_by_its_own_number() -> None:
    assert poisson(np.array([0.0, 1.0, 0.3]), np.array([0.0, 0.99, 0.3])).tolist() == [1]


def test_replicates_are_dealt_evenly_and_each_is_equally_likely() -> None:
    block = np.array([0] * 5 + [1] * 3)
    times = np.zeros((8, 4))
    for order in itertools.permutations(range(5)):
        for step in range(4):
            u = np.r_[np.array(order) / 5, 0.1, 0.2, 0.3]
            found = replicate_numbers(block, u, 4, step / 4)
            assert sorted(np.bincount(found, minlength=5)[1:].tolist()) == [2, 2, 2, 2]
            times[np.arange(8), found - 1] += 1
    assert (times == 120).all()
