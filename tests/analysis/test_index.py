"""The index formulas. Authority: their definitions, re-coded as loops over rows; hypothesis for what must hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.run import estimate

FACTORS = {"F1": ["a", "b"], "F2": ["c"]}
ITEMS = ["a", "b", "c"]
ANSWER = st.one_of(st.none(), st.integers(1, 5))
PEOPLE = st.lists(
    st.tuples(ANSWER, ANSWER, ANSWER, st.sampled_from("XY"), st.integers(1, 9)), min_size=3, max_size=25
)


def frame(people: list) -> pd.DataFrame:
    data = pd.DataFrame(people, columns=[*ITEMS, "agency", "w"])
    return data.astype({**dict.fromkeys(ITEMS, float), "w": float})


def result(data: pd.DataFrame, formula: str, **more: object) -> dict:
    spec: dict = {
        "name": "i",
        "statistic": "index",
        "formula": formula,
        "factors": FACTORS,
        "interval": "logit",
        **more,
    }
    return estimate(data, {"weights": "w", "estimates": [spec], "domains": [[], ["agency"]]})


def slowly(data: pd.DataFrame, formula: str) -> float | None:
    """The definition, person by person and answer by answer."""
    num, den = dict.fromkeys(ITEMS, 0.0), dict.fromkeys(ITEMS, 0.0)
    happy = people = score = 0.0
    for row in data.to_dict("records"):
        answers = {i: row[i] for i in ITEMS if not np.isnan(row[i])}
        for item, x in answers.items():
            num[item] += row["w"] * (x >= 4)
            den[item] += row["w"]
            score += row["w"] * (x - 1) / 4
        if answers:
            people += row["w"]
            happy += row["w"] * all(x >= 4 for x in answers.values())
    if formula == "t2b_mean_of_factors@1":
        parts = [(sum(num[i] for i in f), sum(den[i] for i in f)) for f in FACTORS.values()]
    elif formula == "t2b_pooled@1":
        parts = [(sum(num.values()), sum(den.values()))]
    elif formula == "t2b_mean_of_items@1":
        parts = [(num[i], den[i]) for i in ITEMS]
    elif formula == "mean_score@1":
        parts = [(score, sum(den.values()))]
    else:
        parts = [(happy, people)]
    asked = [n / d for n, d in parts if d > 0]
    return sum(asked) / len(asked) if asked else None


FORMULAS = ["t2b_mean_of_factors@1", "t2b_pooled@1", "t2b_mean_of_items@1", "mean_score@1", "all_satisfied@1"]


@pytest.mark.parametrize("formula", FORMULAS)
@settings(max_examples=40, deadline=None)
@given(people=PEOPLE)
def test_every_formula_equals_its_definition_row_by_row(formula: str, people: list) -> None:
    data = frame(people)
    more = {"scale": [1, 5]} if formula == "mean_score@1" else {}
    for row in result(data, formula, **more)["results"]:
        part = data if not row["domain"] else data[data.agency == row["domain"]["agency"]]
        expected = slowly(part, formula)
        assert row["estimate"] == (None if expected is None else pytest.approx(expected, abs=1e-12))
        assert ("empty" in row["flags"]) == (expected is None)
        assert row["n"] == part[ITEMS].notna().any(axis=1).sum()


@settings(max_examples=40, deadline=None)
@given(people=PEOPLE, shift=st.integers(2, 9))
def test_order_and_scale_of_weights_change_nothing(people: list, shift: int) -> None:
    data = frame(people)
    one = result(data, "t2b_mean_of_factors@1")
    other = result(
        data.sample(frac=1, random_state=shift).assign(w=lambda d: d.w * shift), "t2b_mean_of_factors@1"
    )
    for a, b in zip(one["results"], other["results"], strict=True):
        assert a["estimate"] == (None if b["estimate"] is None else pytest.approx(b["estimate"], abs=1e-12))
        assert a["se"] == (None if b["se"] is None else pytest.approx(b["se"], abs=1e-9))


@settings(max_examples=40, deadline=None)
@given(people=PEOPLE)
def test_intervals_hold_the_estimate_and_stay_between_0_and_1(people: list) -> None:
    for row in result(frame(people), "t2b_pooled@1")["results"]:
        if row["ci_low"] is not None:
            assert 0 <= row["ci_low"] <= row["estimate"] <= row["ci_high"] <= 1


def test_an_agency_with_every_answer_satisfied_has_standard_error_0_and_a_boundary_interval() -> None:
    data = frame([(5, 4, 5, "X", w) for w in range(1, 9)] + [(5, 1, 2, "Y", 3), (4, 4, 4, "Y", 2)])
    row = result(data, "t2b_mean_of_factors@1")["results"][1]
    assert (row["estimate"], row["se"], row["ci_high"]) == (1, 0, 1)
    assert row["ci_low"] == pytest.approx(0.025 ** (1 / 8), rel=1e-9)  # Clopper-Pearson, 8 of 8
    assert {"boundary", "zero_se"} <= set(row["flags"])


def test_a_factor_never_asked_leaves_the_index_of_that_agency() -> None:
    data = frame([(5, 1, None, "X", 1), (4, 4, None, "X", 1), (5, 5, 1, "Y", 1), (2, 4, 1, "Y", 1)])
    found = result(data, "t2b_mean_of_factors@1")
    row = found["results"][1]
    assert row["estimate"] == 0.75
    assert "partial" in row["flags"]
    missing = [r for r in found["components"] if r["variable"] == "F2" and r["domain"] == {"agency": "X"}]
    assert [(r["estimate"], r["flags"]) for r in missing] == [(None, ["empty"])]


def test_the_official_habit_is_the_plain_mean_of_agencies_with_its_own_standard_error() -> None:
    rng = np.random.default_rng(5)
    data = pd.DataFrame({i: rng.integers(1, 6, 60).astype(float) for i in ITEMS})
    data["agency"], data["w"] = rng.choice(["X", "Y", "Z"], 60), rng.uniform(1, 5, 60)
    more = {"unit": "agency", "of_formula": "t2b_mean_of_factors@1"}
    whole, *_ = result(data, "mean_of_agencies@1", **more)["results"]
    design = {"weights": "w", "domains": [["agency"]], "covariance": [{"estimate": "i", "by": ["agency"]}]}
    spec = {"name": "i", "statistic": "index", "formula": "t2b_mean_of_factors@1", "factors": FACTORS}
    inner = estimate(data, {**design, "estimates": [spec]})
    assert whole["estimate"] == pytest.approx(np.mean([r["estimate"] for r in inner["results"]]), rel=1e-12)
    assert whole["se"] ** 2 == pytest.approx(np.sum(inner["covariance"][0]["values"]) / 9, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"factors": {"F1": ["a"], "F2": ["a"]}}, "item 'a' stands in two factors"),
        ({"factors": {"F1": []}}, "factor 'F1' has no items"),
        ({"factors": {"F1": ["zz"]}}, "no column 'zz' in the data"),
        ({"formula": "t2b@2"}, r"estimates\[0\].formula: must be one of"),
        ({"formula": "mean_score@1"}, r"scale: must be \[lowest, highest\]"),
        ({"formula": "mean_score@1", "scale": [1, 4]}, r"row 1: `a` must lie in 1..4, found 5"),
        ({"interval": "exact"}, "interval: must be one of t, normal, logit"),
    ],
)
def test_bad_index_is_named(change: dict, message: str) -> None:
    spec = {"name": "i", "statistic": "index", "formula": "t2b_pooled@1", "factors": FACTORS, **change}
    with pytest.raises(InputError, match=message):
        estimate(frame([(5, 1, 2, "X", 1), (4, 4, 4, "Y", 1)]), {"weights": "w", "estimates": [spec]})
