"""Waves one after another: permanent numbers spread the burden, contact rules keep the weights right."""

import pandas as pd
import pytest

from sampling.coordination import overlap
from sampling.draw import draw
from sampling.errors import FrameError, HistoryError, RefusalError
from tests.sampling.draw_case import FRAME, PERSON, plan_of
from tests.sampling.repeated import check_unbiased, rounds


def test_waves_started_apart_do_not_share_a_person_until_the_circle_is_full() -> None:
    drawn = []
    for start in (0.0, 0.25, 0.5, 0.75):
        rule = {"key": "person", "mode": "prn", "start": start}
        plan = plan_of(strata=[], person=PERSON, coordinate=rule,
                       allocation={"method": "proportional", "n": 6})  # fmt: skip
        drawn += draw(FRAME, plan, "programme").sample["person"].tolist()
    assert len(drawn) == 24
    assert len(set(drawn)) >= 22  # 45 persons on the circle: a quarter holds 11 ± 3, so 6 seldom overrun it


def test_history_corrects_the_probability_of_those_left_free() -> None:
    rule = {"key": "person", "mode": "history", "history": "h.csv", "gap_days": 90}
    plan = plan_of(coordinate=rule, person=PERSON)
    past = pd.DataFrame({"person": ["p0", "p1"], "p": [0.5, 0.25], "invited": [1, 0]})
    made = draw(FRAME, plan, "wave-2", history=past)
    assert "p0" not in set(made.sample["person"])
    assert made.summary["strata"]["A"]["N"] - made.summary["strata"]["A"]["available"] == 1
    others = made.sample[made.sample["stratum"] == "A"].set_index("person")["inclusion_probability"]
    expected = made.summary["strata"]["A"]["n"] / 14
    assert {p: round(v, 12) for p, v in others.items()} == {
        p: round(expected * (0.75 if p == "p1" else 1.0), 12) for p in others.index
    }


def test_persons_invited_for_sure_stop_the_draw_or_lose_the_rule() -> None:
    rule = {"key": "person", "mode": "history", "history": "h.csv", "gap_days": 90}
    past = pd.DataFrame({"person": ["q1"], "p": [1.0], "invited": [1]})
    with pytest.raises(RefusalError, match="1 persons were invited with certainty"):
        draw(FRAME, plan_of(coordinate=rule, person=PERSON), "s", history=past)
    lenient = plan_of(coordinate=rule | {"on_impossible": "allow"}, person=PERSON)
    made = draw(FRAME, lenient, "s", history=past)
    assert made.summary["strata"]["B"]["uncovered"] == 1
    assert made.summary["strata"]["B"]["available"] == 20


def test_history_is_given_exactly_when_the_plan_asks() -> None:
    rule = {"key": "person", "mode": "history", "history": "h.csv", "gap_days": 90}
    with pytest.raises(HistoryError, match="is needed"):
        draw(FRAME, plan_of(coordinate=rule), "s")
    with pytest.raises(HistoryError, match="does not coordinate"):
        draw(FRAME, plan_of(), "s", history=FRAME)
    with pytest.raises(FrameError, match="'p0' has several dossiers; a contact rule needs `person`"):
        draw(FRAME, plan_of(coordinate=rule), "s", history=FRAME)


@rounds(80, 500)
def test_three_waves_under_a_contact_rule_give_unbiased_totals(rounds: int) -> None:
    rule = {"key": "person", "mode": "history", "history": "h.csv", "gap_days": 60}
    frame = FRAME.drop_duplicates("person")
    first, later = plan_of(person=PERSON), plan_of(person=PERSON, coordinate=rule)
    estimates = []
    for seed in range(rounds):
        one = draw(frame, first, f"{seed}-1")
        two = draw(frame, later, f"{seed}-2", history=one.history)
        # wave 1 has left the gap: those it barred from wave 2 could not be invited then (p = 0)
        three = draw(frame, later, f"{seed}-3", history=two.history)
        assert not set(one.sample["person"]) & set(two.sample["person"])
        assert not set(two.sample["person"]) & set(three.sample["person"])
        estimates.append([float((w.sample["base_weight"] * w.sample["x"]).sum()) for w in (two, three)])
    check_unbiased(estimates, frame["x"].sum())


def test_history_has_one_row_per_person_and_only_the_released_are_invited() -> None:
    made = draw(FRAME, plan_of(person=PERSON, reserve={"replicates": 3, "release": 1}), "s")
    assert sorted(made.history["person"]) == sorted(FRAME["person"].unique())
    assert made.history["invited"].sum() == made.summary["released"] == 4
    assert made.history["p"].sum() == pytest.approx(4)


def test_overlap_counts_released_persons_of_each_pair() -> None:
    a = pd.DataFrame({"person": ["p", "q", "r"], "released": [1, 1, 0]})
    b = pd.DataFrame({"person": ["q", "r", "r"]})
    assert overlap({"a": a, "b": b}, "person").to_dict("records") == [
        {"a": "a", "b": "b", "n_a": 2, "n_b": 2, "common": 1}
    ]


def test_overlap_needs_the_column() -> None:
    with pytest.raises(FrameError, match="column `person`: is missing from the sample a"):
        overlap({"a": pd.DataFrame({"x": [1]})}, "person")


def test_a_panel_keeps_its_people_when_the_start_stays() -> None:
    rule = {"key": "person", "mode": "prn", "start": 0.5}
    plan = plan_of(person=PERSON, coordinate=rule)
    more = pd.concat([FRAME, FRAME.tail(6).assign(code=[f"e{i}" for i in range(6)], person=list("uvwxyz"))])
    once, twice = draw(FRAME, plan, "programme"), draw(more, plan, "programme")
    assert len(set(once.sample["person"]) & set(twice.sample["person"])) >= 10


def test_summary_says_how_far_above_the_start_a_wave_reaches() -> None:
    rule = {"key": "person", "mode": "prn", "start": 0.9}
    made = draw(FRAME, plan_of(person=PERSON, coordinate=rule), "programme")
    distance = (made.sample["u"] - 0.9) % 1.0
    for stratum, reach in made.summary["reach"].items():
        assert reach == pytest.approx(distance[made.sample["stratum"] == stratum].max(), abs=1e-12)
