"""Precision allocation against brute force, the package `bethel`, and the size formula of one domain."""

import itertools

import bethel as peer
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.allocation.precision import Domains, bethel, precision
from sampling.draw import draw
from sampling.errors import PlanError, RefusalError
from sampling.plan import load_plan
from sampling.size import proportion

Z = 1.959963984540054


def half_widths(N: np.ndarray, n: np.ndarray, members: np.ndarray, p: np.ndarray) -> np.ndarray:
    W = np.where(members, N, 0) / np.where(members, N, 0).sum(axis=1, keepdims=True)
    unit = N / (N - 1) * (1 / n - 1 / N)
    return Z * np.sqrt((W**2 * (p * (1 - p))[:, None] * unit).sum(axis=1))


@pytest.mark.parametrize("N", [200, 300, 5000])
@pytest.mark.parametrize(("deff", "rate"), [(1.0, 1.0), (1.4, 1.0), (1.2, 0.5)])
def test_one_stratum_gives_the_size_formula(N: int, deff: float, rate: float) -> None:
    wanted = proportion(0.1, population=N, deff=deff, response_rate=rate)
    whole = domains([[True]], [0.1], [0.5])
    found = precision(np.array([N]), whole, deff=deff, response_rate=rate)
    assert abs(found[0] - wanted.n_to_draw) <= 1 / rate


def domains(members: object, margin: object, p: object) -> Domains:
    groups = np.array(members, dtype=bool)
    return Domains(groups, np.array(margin), np.array(p), tuple(f"domain {d}" for d in range(len(groups))))


CASES = {
    "two domains share a stratum": ([12, 10, 14], [[1, 1, 0], [0, 1, 1]], [0.3, 0.25]),
    "whole and part": ([9, 11, 13], [[1, 1, 1], [0, 0, 1]], [0.2, 0.3]),
    "one domain binds": ([15, 8, 8], [[1, 0, 0], [1, 1, 1]], [0.4, 0.15]),
    "disjoint": ([10, 12, 9], [[1, 0, 0], [0, 1, 1]], [0.3, 0.3]),
}


@pytest.mark.parametrize(("N", "members", "margin"), CASES.values(), ids=CASES)
def test_total_is_that_of_the_best_of_all_allocations(
    N: list[int], members: list[list[int]], margin: list[float]
) -> None:
    sizes, groups, p = np.array(N), np.array(members, dtype=bool), np.full(2, 0.5)
    every = np.array(list(itertools.product(*(range(1, a + 1) for a in N))))
    fit = [n for n in every if (half_widths(sizes, n, groups, p) <= np.array(margin) + 1e-12).all()]
    best = min(int(n.sum()) for n in fit)
    found = precision(sizes, domains(groups, margin, p))
    assert (half_widths(sizes, found, groups, p) <= np.array(margin) + 1e-12).all()
    assert found.sum() == best


def test_continuous_solution_equals_the_package_bethel() -> None:
    population = peer.load_pop()
    names = ["income", "books", "sportDays"]
    strata = peer.prepare_strata(population, "strata", names, min_sample=1, min_rate=1e-9)
    targets = peer.prepare_targets(population, names, cv=[0.02, 0.05, 0.04])
    theirs = peer.bth(strata, targets)["bethel_sample"].to_numpy()
    N = strata["population_size"].to_numpy(dtype=float)
    variance = strata[[c for c in strata if c.startswith("var")]].to_numpy(dtype=float).T
    aim = (targets["cv"] * targets["total"]).to_numpy(dtype=float) ** 2
    a = N**2 * variance / (aim + (N * variance).sum(axis=1))[:, None]
    ours = bethel(a, np.full(len(N), 1e-9), np.full(len(N), np.inf))
    assert np.ceil(ours - 1e-6).tolist() == theirs.tolist()
    assert (a / ours).sum(axis=1).max() == pytest.approx(1.0, abs=1e-9)


def test_hundreds_of_domains_are_met_with_nothing_to_spare() -> None:
    rng = np.random.default_rng(6)
    N = rng.integers(20, 3000, 300)
    agency = np.repeat(np.arange(100), 3)
    members = np.vstack([agency == d for d in range(100)] + [np.ones(300, bool)])
    margin, p = np.r_[np.full(100, 0.1), 0.02], np.full(101, 0.5)
    found = precision(N, domains(members, margin, p))
    reached = half_widths(N, found, members, p)
    assert (reached <= margin + 1e-9).all()
    for h in np.flatnonzero(found > 1)[:40]:
        fewer = found - (np.arange(300) == h)
        assert (half_widths(N, fewer, members, p) > margin).any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(2, 4000), min_size=2, max_size=8), st.floats(0.03, 0.3), st.data())
def test_margins_always_hold(sizes: list[int], margin: float, data: st.DataObject) -> None:
    N = np.array(sizes)
    marks = data.draw(st.lists(st.booleans(), min_size=len(N), max_size=len(N)))
    members = np.vstack([np.ones(len(N), bool), np.array(marks) | (np.arange(len(N)) == 0)])
    found = precision(N, domains(members, [margin, margin], [0.5, 0.2]))
    assert (half_widths(N, found, members, np.array([0.5, 0.2])) <= margin + 1e-9).all()
    assert (found <= N).all()


def test_a_margin_beyond_the_maximum_is_refused_with_its_domain() -> None:
    plan = load_plan(
        {
            "id": "code",
            "strata": ["agency"],
            "method": "srs",
            "allocation": {"method": "precision", "targets": {"agency": {"margin": 0.05}}, "max": 40},
        }
    )
    frame = pd.DataFrame({"code": range(260), "agency": ["A"] * 30 + ["B"] * 230})
    with pytest.raises(RefusalError, match=r"the margin 0\.05 of agency 'B' cannot be met"):
        draw(frame, plan, "s")


def test_non_response_can_make_a_margin_impossible() -> None:
    with pytest.raises(RefusalError, match=r"the margin 0\.05 of domain 0 cannot be met"):
        precision(np.array([50]), domains([[True]], [0.05], [0.5]), response_rate=0.5)


def test_a_target_must_name_a_stratifying_column() -> None:
    plan = load_plan(
        {
            "id": "code",
            "strata": ["agency"],
            "method": "srs",
            "allocation": {"method": "precision", "targets": {"region": {"margin": 0.05}}},
        }
    )
    with pytest.raises(PlanError, match=r"allocation.targets.region: must be one of `strata`: agency"):
        draw(pd.DataFrame({"code": [1, 2], "agency": ["A", "B"]}), plan, "s")
