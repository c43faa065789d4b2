"""Sampford, cube and joint probabilities by enumeration of every path, against Tillé's example and R."""

import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from sampling.errors import RefusalError
from sampling.selection import (
    Chooser,
    chooser,
    cube,
    hajek,
    inclusion_probabilities,
    joint_of_sample,
    joint_probabilities,
    pps_systematic,
    sampford,
)

R = json.loads((Path(__file__).parents[1] / "oracles" / "sampling.json").read_text())
TILLE = np.array([0.2, 0.7, 0.8, 0.5, 0.4, 0.4])
Y = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])


class Script:
    """A chooser that follows a list of outcomes, adds to it where it ends, and keeps the chance of the path."""

    def __init__(self, outcomes: list[int]) -> None:
        self.outcomes, self.step, self.chance = outcomes, 0, 1.0
        self.untried: list[list[int]] = []

    def __call__(self, weights: Sequence[float]) -> int:
        if self.step == len(self.outcomes):
            possible = [i for i, weight in enumerate(weights) if weight > 0]
            self.untried += [[*self.outcomes, other] for other in possible[1:]]
            self.outcomes.append(possible[0])
        outcome = self.outcomes[self.step]
        self.step, self.chance = self.step + 1, self.chance * weights[outcome] / sum(weights)
        return outcome


def every_sample(draw: Callable[[Chooser], npt.NDArray[np.int64]]) -> dict[tuple[int, ...], float]:
    """Probability of each sample, by walking all outcomes of all choices."""
    design: dict[tuple[int, ...], float] = {}
    pending: list[list[int]] = [[]]
    while pending:
        script = Script(pending.pop())
        sample = tuple(draw(script).tolist())
        design[sample] = design.get(sample, 0.0) + script.chance
        pending += script.untried
    return design


def joint_of(design: dict[tuple[int, ...], float], units: int) -> npt.NDArray[np.float64]:
    joint = np.zeros((units, units))
    for sample, chance in design.items():
        joint[np.ix_(sample, sample)] += chance
    return joint


def test_sampford_draws_its_design() -> None:
    design = every_sample(lambda choose: sampford(TILLE, choose))
    odds = TILLE / (1 - TILLE)
    law = {s: np.prod(odds[list(s)]) * (1 - TILLE[list(s)]).sum() for s in itertools.combinations(range(6), 3)}
    assert design == pytest.approx({s: weight / sum(law.values()) for s, weight in law.items()}, rel=1e-12)


@pytest.mark.parametrize("method", ["systematic", "sampford"])
def test_joint_probabilities_equal_those_of_r(method: str) -> None:
    ours = joint_probabilities("pps_systematic" if method == "systematic" else method, TILLE)
    np.testing.assert_allclose(ours, np.array(R["joint"][method]), rtol=0, atol=1e-14)


def test_joint_probabilities_of_sampford_equal_enumeration() -> None:
    design = every_sample(lambda choose: sampford(TILLE, choose))
    np.testing.assert_allclose(joint_probabilities("sampford", TILLE), joint_of(design, 6), atol=1e-14)


@pytest.mark.parametrize("method", ["sampford", "srs", "poisson"])
def test_horvitz_thompson_and_its_variance_estimator_are_unbiased(method: str) -> None:
    pi = np.full(6, 0.5) if method == "srs" else TILLE
    if method == "sampford":
        design = every_sample(lambda choose: sampford(pi, choose))
    elif method == "srs":
        design = dict.fromkeys(itertools.combinations(range(6), 3), 1 / 20)
    else:
        subsets = [s for k in range(7) for s in itertools.combinations(range(6), k)]
        design = {s: np.prod([p if i in s else 1 - p for i, p in enumerate(pi)]) for s in subsets}
    joint = joint_probabilities(method, pi)
    spread = (joint - np.outer(pi, pi)) / joint
    z = Y / pi
    totals = {s: z[list(s)].sum() for s in design}
    variances = {s: z[list(s)] @ spread[np.ix_(s, s)] @ z[list(s)] for s in design}
    mean = sum(design[s] * totals[s] for s in design)
    variance = sum(design[s] * (totals[s] - mean) ** 2 for s in design)
    assert mean == pytest.approx(Y.sum(), rel=1e-12)
    assert sum(design[s] * variances[s] for s in design) == pytest.approx(variance, rel=1e-12)


def test_sampford_stays_exact_with_hundreds_of_units() -> None:
    pi = inclusion_probabilities(np.random.default_rng(1).gamma(2, 1, 300), 90)
    joint = joint_probabilities("sampford", pi)
    np.testing.assert_allclose(joint.sum(axis=1), pi * 90, rtol=1e-9)
    sample = sampford(pi, chooser(5))
    assert len(set(sample.tolist())) == 90
    assert (pi[joint.diagonal() >= 1] == 1).all()


def test_sampford_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(RefusalError, match="use pareto"):
        sampford(np.full(100_000, 0.01), chooser(1))


def test_cube_reaches_its_probabilities_exactly_with_fixed_size() -> None:
    balance = np.array([[1.0, 5.0], [2.0, 1.0], [3.0, 2.0], [4.0, 8.0], [5.0, 3.0], [6.0, 1.0]])
    design = every_sample(lambda choose: cube(TILLE, balance, choose))
    assert {len(sample) for sample in design} == {3}
    np.testing.assert_allclose(joint_of(design, 6).diagonal(), TILLE, atol=1e-12)


def test_cube_balances_exactly_where_whole_units_allow() -> None:
    balance = np.repeat([[0.0], [1.0]], 10, axis=0)
    for key in range(20):
        sample = cube(np.full(20, 0.3), balance, chooser(key))
        assert balance[sample].sum() == 3


def test_cube_comes_closer_than_chance() -> None:
    rng = np.random.default_rng(4)
    x = rng.gamma(2, 1, (400, 2))
    pi = np.full(400, 0.1)
    errors, by_chance = [], []
    for key in range(30):
        sample = cube(pi, x, chooser(key))
        assert len(sample) == 40
        errors.append(np.abs(x[sample].sum(axis=0) * 10 / x.sum(axis=0) - 1).max())
        by_chance.append(np.abs(x[rng.choice(400, 40, False)].sum(axis=0) * 10 / x.sum(axis=0) - 1).max())
    assert np.mean(errors) < np.mean(by_chance) / 3


def test_cube_leaves_alone_what_is_sure_or_impossible() -> None:
    pi = np.array([1.0, 0.0, 0.5, 0.5])
    assert set(every_sample(lambda choose: cube(pi, np.ones((4, 1)), choose))) == {(0, 2), (0, 3)}


def test_systematic_joint_probabilities_are_those_of_all_starts() -> None:
    pi = inclusion_probabilities(np.array([1.0, 2.0, 4.0, 4.0, 9.0, 30.0]), 4)
    grid = (np.arange(20_000) + 0.5) / 20_000
    design: dict[tuple[int, ...], float] = {}
    for start in grid:
        sample = tuple(pps_systematic(pi, float(start)).tolist())
        design[sample] = design.get(sample, 0) + 1 / 20_000
    np.testing.assert_allclose(joint_probabilities("pps_systematic", pi), joint_of(design, 6), atol=3e-4)


@pytest.mark.parametrize("method", ["sampford", "pps_systematic", "poisson"])
def test_joint_probabilities_of_a_sample_are_those_of_its_units(method: str) -> None:
    rng = np.random.default_rng(8)
    group, position, taken = np.repeat([0, 1], [6, 9]), rng.permutation(15), rng.random(15) < 0.5
    pi = np.r_[TILLE, inclusion_probabilities(rng.gamma(2, 1, 9), 4)]
    found = joint_of_sample(method, pi, group, position, taken)
    expected = np.outer(pi, pi)
    for g in (0, 1):
        listed = sorted(np.flatnonzero(group == g), key=lambda unit: position[unit])
        expected[np.ix_(listed, listed)] = joint_probabilities(method, pi[listed])
    np.testing.assert_allclose(found, expected[np.ix_(taken, taken)], rtol=1e-12)


def test_joint_probabilities_of_huge_groups_are_refused() -> None:
    many = np.arange(5001)
    with pytest.raises(RefusalError, match="5001 units are too many; use `hajek`"):
        joint_of_sample("srs", np.full(5001, 0.1), many * 0, many, many < 9)


def test_hajek_is_close_to_sampford() -> None:
    pi = inclusion_probabilities(np.random.default_rng(2).gamma(3, 1, 80), 20)
    np.testing.assert_allclose(hajek(pi), joint_probabilities("sampford", pi), rtol=0.02)


@pytest.mark.parametrize("method", ["pareto", "sequential_poisson", "cube"])
def test_methods_without_closed_form_say_so(method: str) -> None:
    with pytest.raises(RefusalError, match="use `hajek`"):
        joint_probabilities(method, TILLE)
