"""Sizes against Krejcie and Morgan (1970), R's power.prop.test and the exact finite-population formula."""

import json
import math
from pathlib import Path

import pytest

from sampling.size import difference, mean, proportion, slovin

R = json.loads((Path(__file__).parents[1] / "oracles" / "sampling.json").read_text())


@pytest.mark.parametrize(("population", "n"), [(None, 385), (100, 80), (1000, 278), (10_000, 370), (100_000, 383)])
def test_proportion_repeats_the_table_of_krejcie_and_morgan(population: int | None, n: int) -> None:
    assert proportion(0.05, population=population).n == n


def test_contract_example() -> None:
    found = proportion(0.05, level=0.95, p=0.5, population=1200, deff=1.4, response_rate=0.4)
    assert (found.n, found.n_to_draw, found.feasible) == (372, 930, True)


@pytest.mark.parametrize("population", [30, 500, 20_000])
@pytest.mark.parametrize("margin", [0.02, 0.05, 0.1])
def test_size_is_the_smallest_that_meets_the_margin(population: int, margin: float) -> None:
    z, p, deff = 1.959963984540054, 0.3, 1.3

    def reached(n: int) -> float:
        return z * math.sqrt(deff * p * (1 - p) / n * (population - n) / (population - 1))

    found = proportion(margin, p=p, population=population, deff=deff)
    assert reached(found.n) <= margin < reached(found.n - 1)
    assert found.margin_reached == pytest.approx(reached(found.n), rel=1e-12)


def test_a_population_too_small_says_what_it_can_reach() -> None:
    found = proportion(0.05, population=100, response_rate=0.4)
    assert (found.n, found.n_to_draw, found.feasible) == (80, 100, False)
    assert found.margin_reached == pytest.approx(1.959963984540054 * math.sqrt(0.25 / 40 * 60 / 99), rel=1e-12)


def test_mean_of_an_infinite_population() -> None:
    assert mean(0.5, 2.0).n == math.ceil((1.959963984540054 * 2 / 0.5) ** 2)


@pytest.mark.parametrize("case", R["difference"], ids=lambda case: f"{case['p1']}-{case['p2']}")
def test_difference_equals_power_prop_test(case: dict[str, float]) -> None:
    found = difference(case["p1"], case["p2"], power=case["power"])
    assert found.n == math.ceil(case["n"])


def test_slovin_is_shown_as_officers_know_it() -> None:
    known = {50: 44, 100: 80, 200: 133, 500: 222, 1000: 286, 5000: 370, 20_000: 392, 100_000: 398}
    assert {N: slovin(N, 0.05) for N in known} == known


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"margin": 0}, "`margin`"),
        ({"margin": 1.2}, "`margin`"),
        ({"p": 1}, "`p`"),
        ({"level": 1}, "`level`"),
        ({"deff": 0}, "`deff`"),
        ({"response_rate": 0}, "`response_rate`"),
        ({"population": 0}, "`population`"),
    ],
)
def test_arguments_out_of_range_are_named(given: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        proportion(**({"margin": 0.05} | given))  # type: ignore[arg-type]
