"""How far the order methods miss their target probabilities: computed exactly, by integration over the unit's
own number, of the chance that fewer than n of the others rank before it."""

import numpy as np
import numpy.typing as npt
import pytest

from sampling.selection import inclusion_probabilities, pareto, sequential_poisson

Floats = npt.NDArray[np.float64]


def before(method: str, pi: Floats, own_pi: float, own_u: float) -> Floats:
    """Chance that each unit's ranking is below that of a unit with probability own_pi and number own_u."""
    if method == "sequential_poisson":
        return np.minimum(pi * own_u / own_pi, 1.0)
    odds = pi / (1 - pi) * own_u / (1 - own_u) * (1 - own_pi) / own_pi
    return odds / (1 + odds)


def fewer_than(n: int, chances: Floats) -> float:
    """P(fewer than n successes) of independent trials with these chances."""
    mass = np.zeros(n)
    mass[0] = 1.0
    for chance in chances:
        mass[1:] = mass[1:] * (1 - chance) + mass[:-1] * chance
        mass[0] *= 1 - chance
    return float(mass.sum())


def reached(method: str, pi: Floats, n: int, points: int = 40) -> Floats:
    nodes, weights = np.polynomial.legendre.leggauss(points)
    u, w = (nodes + 1) / 2, weights / 2
    return np.array(
        [
            sum(w[k] * fewer_than(n, before(method, np.delete(pi, i), pi[i], u[k])) for k in range(points))
            for i in range(len(pi))
        ]
    )


def bias(method: str, n: int) -> float:
    pi = inclusion_probabilities(np.linspace(1, 6, 4 * n), n)
    return float(np.abs(reached(method, pi, n) / pi - 1).max())


@pytest.mark.parametrize(("method", "at_ten"), [("pareto", 0.000410), ("sequential_poisson", 0.02217)])
def test_targets_are_missed_by_no_more_than_order_one_over_n(method: str, at_ten: float) -> None:
    assert bias(method, 10) == pytest.approx(at_ten, rel=0.01)
    assert bias(method, 20) < 0.65 * bias(method, 10)


@pytest.mark.parametrize(("name", "method"), [("pareto", pareto), ("sequential_poisson", sequential_poisson)])
def test_draws_reach_the_probabilities_computed(name: str, method: object) -> None:
    pi, numbers, rounds = inclusion_probabilities(np.linspace(1, 6, 16), 4), np.random.default_rng(3), 6000
    taken = np.zeros(16)
    for _ in range(rounds):
        taken[method(pi, numbers.random(16), np.array([4]))] += 1  # type: ignore[operator]
    exact = reached(name, pi, 4)
    assert (np.abs(taken / rounds - exact) < 4.5 * np.sqrt(exact * (1 - exact) / rounds)).all()
