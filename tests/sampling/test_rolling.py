"""The rolling wave: exact probabilities by enumeration of the rule, unbiased totals by simulation."""

import itertools

import numpy as np
import pandas as pd
import pytest

from sampling.errors import PlanError
from sampling.rolling import DayDraw, RollingPlan, draw_day
from tests.sampling.repeated import check_unbiased, rounds

PLAN = RollingPlan("code", ("agency",), {"A": 0.3, "B": 0.5}, "person")


def make_wave(seed: int) -> dict[str, pd.DataFrame]:
    """Twelve days, forty persons with one to six dossiers, in two agencies; y grows with the dossiers."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(40):
        for k in range(1 + person % 6):
            agency = "AB"[int(rng.integers(2))]
            rows.append((f"d{person}-{k}", agency, f"p{person}", int(rng.integers(12)), 1.0 + person % 6 + k))
    frame = pd.DataFrame(rows, columns=["code", "agency", "person", "day", "y"])
    return {f"2026-01-{d + 1:02d}": part.drop(columns="day") for d, part in frame.groupby("day")}


def play(wave: dict[str, pd.DataFrame], plan: RollingPlan, seed: str) -> list[DayDraw]:
    history, made = None, []
    for day, frame in wave.items():
        made.append(draw_day(frame, plan, seed, day=day, history=history))
        history = pd.concat([one.history for one in made])
    return made


@rounds(36, 200)
def test_a_person_is_asked_once_and_totals_over_all_dossiers_are_unbiased(rounds: int) -> None:
    wave = make_wave(1)
    truth = sum(float(frame["y"].sum()) for frame in wave.values())
    estimates = []
    for seed in range(rounds):
        sample = pd.concat([one.sample for one in play(wave, PLAN, f"s{seed}")])
        assert sample["person"].is_unique
        estimates.append(float((sample["base_weight"] * sample["y"]).sum()))
    check_unbiased(estimates, truth)


@pytest.mark.slow
def test_each_dossier_is_asked_as_often_as_its_probability_says() -> None:
    wave = {
        "2026-01-01": pd.DataFrame({"code": ["a1", "b1"], "agency": ["A", "A"], "person": ["p", "q"]}),
        "2026-01-02": pd.DataFrame({"code": ["a2", "a3"], "agency": ["B", "A"], "person": ["p", "p"]}),
        "2026-01-03": pd.DataFrame({"code": ["a4"], "agency": ["A"], "person": ["p"]}),
    }
    # day 2: half of the time B's dossier (f = .5) is kept, half of the time A's (f = .3)
    free_2 = 1 - 0.3
    expected = {"a1": 0.3, "b1": 0.3, "a2": free_2 * 0.25, "a3": free_2 * 0.15}
    expected["a4"] = free_2 * (0.5 * 0.5 + 0.5 * 0.7) * 0.3
    rounds = 4000
    asked = [code for i in range(rounds) for one in play(wave, PLAN, f"r{i}") for code in one.sample["code"]]
    for code, probability in expected.items():
        assert abs(asked.count(code) / rounds - probability) < 4 * np.sqrt(probability / rounds)


def test_probability_is_known_on_the_day_from_the_days_before() -> None:
    day = pd.DataFrame({"code": ["d1", "d2"], "agency": ["A", "A"], "person": ["p", "p"]})
    past = pd.DataFrame({"person": ["p", "p"], "p": [0.3, 0.5], "invited": [0, 0]})
    plan = RollingPlan("code", ("agency",), 1.0, "person")
    sample = draw_day(day, plan, "s", day="2026-01-03", history=past).sample
    assert sample["inclusion_probability"].tolist() == pytest.approx([0.7 * 0.5], rel=1e-15)
    assert sample["base_weight"].tolist() == pytest.approx([2 / 0.35], rel=1e-15)


def test_number_drawn_is_within_one_of_the_fraction_every_day() -> None:
    for seed, N in itertools.product(range(20), (1, 2, 7, 40)):
        frame = pd.DataFrame({"code": range(N), "person": range(N)})
        n = len(draw_day(frame, RollingPlan("code", (), 0.3, "person"), f"s{seed}", day="2026-01-01").sample)
        assert abs(n - 0.3 * N) < 1


def test_in_a_census_the_later_dossiers_of_a_person_are_counted_as_uncovered() -> None:
    plan = RollingPlan("code", (), 1.0, "person")
    frame = pd.DataFrame({"code": ["a", "b"], "person": ["p", "q"]})
    first = draw_day(frame, plan, "s", day="2026-01-01")
    again = pd.DataFrame({"code": ["c", "d"], "person": ["p", "r"]})
    second = draw_day(again, plan, "s", day="2026-01-02", history=first.history)
    assert second.sample["person"].tolist() == ["r"]
    assert second.summary["strata"][""]["uncovered"] == 1


@pytest.mark.parametrize(
    ("fraction", "message"),
    [({"A": 0.3}, "lacks the stratum 'B'"), (0.0, "must lie in"), ({"A": 0.3, "B": 1.2}, "'B' has 1.2")],
)
def test_a_wrong_fraction_is_named(fraction: object, message: str) -> None:
    frame = pd.DataFrame({"code": ["a", "b"], "agency": ["A", "B"], "person": ["p", "q"]})
    with pytest.raises(PlanError, match=message):
        draw_day(frame, RollingPlan("code", ("agency",), fraction, "person"), "s", day="2026-01-01")
