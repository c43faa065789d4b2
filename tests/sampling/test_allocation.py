"""Allocation against Cochran's formulas, brute force over all whole allocations, and official practice."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.allocation import census_below, equal, neyman, optimal, power, proportional
from sampling.allocation.sharing import share
from sampling.errors import RefusalError


def test_proportional_rounds_by_largest_remainder() -> None:
    assert proportional(np.array([50, 30, 20]), 7).tolist() == [4, 2, 1]


def test_small_strata_get_their_minimum_and_no_more_than_they_have() -> None:
    assert proportional(np.array([8, 92, 900]), 100, low=20).tolist() == [8, 20, 72]


def test_maximum_passes_the_rest_on() -> None:
    assert proportional(np.array([100, 100, 800]), 100, high=50).tolist() == [25, 25, 50]


def test_equal_gives_all_of_a_stratum_that_is_too_small() -> None:
    assert equal(np.array([4, 50, 50]), 30).tolist() == [4, 13, 13]


def test_power_lies_between_equal_and_proportional() -> None:
    N = np.array([100, 10_000])
    assert power(N, 110, 0.0).tolist() == [55, 55]
    assert power(N, 110, 0.5).tolist() == [10, 100]
    assert power(N, 101, 1.0).tolist() == [1, 100]


def test_optimal_takes_fewer_where_an_interview_costs_more() -> None:
    assert optimal(np.array([100, 100]), 30, np.ones(2), np.array([4.0, 1.0])).tolist() == [10, 20]


def test_bands_take_the_share_of_the_whole_stratum_rounded_half_up() -> None:
    bands = [(200, 1.0), (1000, 0.3), (5000, 0.2), (None, 0.1)]
    N = np.array([1, 200, 201, 205, 1000, 1001, 5000, 5005])
    assert census_below(N, bands).tolist() == [1, 200, 60, 62, 300, 200, 1000, 501]


def _variance(N: tuple[int, ...], sd: tuple[float, ...], n: tuple[int, ...]) -> float:
    return sum(a * a * s * s * (1 / k - 1 / a) for a, s, k in zip(N, sd, n, strict=True))


@pytest.mark.parametrize(
    ("N", "sd", "n"),
    [
        ((10, 12, 15), (1.0, 3.0, 2.0), 12),
        ((4, 12, 15), (9.0, 1.0, 2.0), 14),
        ((6, 6, 20), (5.0, 5.0, 0.5), 16),
    ],
)
def test_neyman_is_within_one_unit_of_the_best_of_all_allocations(
    N: tuple[int, ...], sd: tuple[float, ...], n: int
) -> None:
    every = [k for k in itertools.product(*(range(1, a + 1) for a in N)) if sum(k) == n]
    best = min(every, key=lambda k: _variance(N, sd, k))
    found = neyman(np.array(N), n, np.array(sd), low=1)
    assert np.abs(found - np.array(best)).max() <= 1
    assert _variance(N, sd, tuple(found.tolist())) <= 1.03 * _variance(N, sd, best)  # rounding costs a little


def test_neyman_box_is_the_kuhn_tucker_point() -> None:
    N = np.array([100, 1000, 1000])
    found = neyman(N, 400, np.array([50.0, 2.0, 1.0]))
    assert found.tolist() == [100, 200, 100]


def test_a_stratum_of_score_zero_waits_until_the_others_are_full() -> None:
    assert share(np.array([0.0, 1.0]), np.array([10, 10]), 8, low=1).tolist() == [1, 7]
    assert share(np.array([0.0, 1.0]), np.array([10, 10]), 15, low=1).tolist() == [5, 10]


@pytest.mark.parametrize(
    ("n", "low", "high", "message"),
    [(61, 0, None, "allow 0 to 60"), (5, 2, None, "allow 6 to 60"), (30, 0, 5, "allow 0 to 15")],
)
def test_totals_that_the_bounds_forbid_are_refused(n: int, low: int, high: int | None, message: str) -> None:
    with pytest.raises(RefusalError, match=message):
        proportional(np.array([10, 20, 30]), n, low=low, high=high)


def test_minimum_above_maximum_is_refused() -> None:
    with pytest.raises(RefusalError, match="exceeds `max`: 5 > 3"):
        proportional(np.array([10, 20]), 8, low=5, high=3)


def test_scores_all_zero_are_refused() -> None:
    with pytest.raises(RefusalError, match="0 in every stratum"):
        neyman(np.array([10, 10]), 5, np.zeros(2))


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 1e6)), min_size=1, max_size=40),
    st.integers(0, 50),
    st.integers(0, 500),
    st.floats(0, 1),
)
def test_rounding_keeps_the_total_and_the_bounds(
    strata: list[tuple[int, float]], low: int, extra: int, part: float
) -> None:
    N = np.array([size for size, _ in strata])
    score = np.array([value for _, value in strata]) + 1e-6
    lower, upper = np.minimum(N, low), np.minimum(N, low + extra)
    n = int(lower.sum() + round(part * (upper.sum() - lower.sum())))
    found = share(score, N, n, low=low, high=low + extra)
    assert found.sum() == n
    assert (lower <= found).all()
    assert (found <= upper).all()
