"""Weighting steps: margins are met, or refused by name. Authority: the totals themselves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError, Refusal
from analysis.run import Run, estimate
from analysis.spec import parse

rng = np.random.default_rng(9)
DATA = pd.DataFrame(
    {
        "w": rng.uniform(1, 4, 80),
        "sex": rng.choice(["nam", "nữ"], 80),
        "age": rng.choice(["a", "b", "c"], 80),
        "x": rng.normal(10, 2, 80),
        "y": rng.normal(3, 1, 80),
    }
)
DATA["r"] = rng.random(80) < 1 / (1 + np.exp(1 - (DATA.sex == "nam") - DATA.x / 10))
MEAN = [{"name": "m", "statistic": "mean", "of": "y"}]
SEX, AGE = {"nam": 120.0, "nữ": 90.0}, {"a": 70.0, "b": 80.0, "c": 60.0}


def weights(*steps: dict) -> pd.Series:
    design = {"weights": "w", "calibration": list(steps), "estimates": MEAN}
    return Run(DATA, parse(design), design).weights().weight


def sums(weight: pd.Series, by: str) -> dict[str, float]:
    return weight.groupby(DATA[by]).sum().to_dict()


def test_raking_meets_both_margins() -> None:
    weight = weights({"method": "rake", "margins": {"sex": SEX, "age": AGE}})
    assert sums(weight, "sex") == pytest.approx(SEX, rel=1e-9)
    assert sums(weight, "age") == pytest.approx(AGE, rel=1e-9)


def test_raking_equals_exponential_calibration() -> None:
    totals = {"(Intercept)": 210, "sex[nam]": 120, "age[a]": 70, "age[b]": 80}
    np.testing.assert_allclose(
        weights({"method": "rake", "margins": {"sex": SEX, "age": AGE}}),
        weights({"method": "raking", "totals": totals}),
        rtol=1e-8,
    )


def test_poststrata_of_two_columns() -> None:
    totals = {f"{s}|{a}": 10.0 + i for i, (s, a) in enumerate((s, a) for s in SEX for a in AGE)}
    weight = weights({"method": "poststratify", "by": ["sex", "age"], "totals": totals})
    assert weight.groupby(DATA.sex + "|" + DATA.age).sum().to_dict() == pytest.approx(totals, rel=1e-12)


@pytest.mark.parametrize("method", ["linear", "raking", "logit"])
@settings(max_examples=20, deadline=None)
@given(shift=st.floats(0.95, 1.05), bounds=st.sampled_from([None, [0.3, 3.0]]))
def test_calibration_meets_its_totals_within_bounds(method: str, shift: float, bounds: list | None) -> None:
    limits = bounds or ([0.1, 10.0] if method == "logit" else None)
    totals = {"(Intercept)": float(DATA.w.sum()), "x": float((DATA.w * DATA.x).sum() * shift)}
    weight = weights({"method": method, "totals": totals, **({"bounds": limits} if limits else {})})
    assert weight.sum() == pytest.approx(totals["(Intercept)"], rel=1e-9)
    assert (weight * DATA.x).sum() == pytest.approx(totals["x"], rel=1e-9)
    if limits:
        g = weight / DATA.w
        assert limits[0] - 1e-9 <= g.min()
        assert g.max() <= limits[1] + 1e-9


def test_the_calibrated_total_has_no_standard_error() -> None:
    step = {"method": "linear", "totals": {"(Intercept)": 200, "x": 2010}}
    what = [{"name": "t", "statistic": "total", "of": "x"}]
    (row,) = estimate(DATA, {"weights": "w", "calibration": [step], "estimates": what})["results"]
    assert row["estimate"] == pytest.approx(2010, rel=1e-9)
    assert row["se"] == pytest.approx(0, abs=1e-6)


def test_trimming_keeps_the_sum_and_the_limit() -> None:
    weight = weights({"method": "trim", "max": 1.3})
    assert weight.sum() == pytest.approx(DATA.w.sum(), rel=1e-12)
    assert weight.max() == pytest.approx(1.3 * DATA.w.mean(), rel=1e-12)


def test_response_then_raking_leaves_weights_of_respondents_only_on_the_margins() -> None:
    response = {"method": "nonresponse_classes", "by": ["age"], "respondent": "r"}
    weight = weights(response, {"method": "rake", "margins": {"sex": SEX, "age": AGE}})
    assert (weight[~DATA.r] == 0).all()
    assert sums(weight, "sex") == pytest.approx(SEX, rel=1e-9)


def test_propensity_classes_keep_the_sum_and_raise_those_like_the_silent() -> None:
    step = {"method": "nonresponse_propensity", "covariates": ["sex", "x"], "respondent": "r", "classes": 4}
    weight = weights(step)
    assert weight.sum() == pytest.approx(DATA.w.sum(), rel=1e-12)
    factor = (weight / DATA.w)[DATA.r]
    assert factor[DATA.sex[DATA.r] == "nữ"].mean() > factor[DATA.sex[DATA.r] == "nam"].mean()


def test_infeasible_totals_are_dropped_or_bent_only_if_asked() -> None:
    step = {"method": "linear", "totals": {"(Intercept)": 200, "x": 9000}, "bounds": [0.5, 2.0]}
    with pytest.raises(Refusal, match=r"calibration\[0\]\.totals\.(x|\(Intercept\)): the total .* cannot be met"):
        weights(step)
    for choice in ("drop", "ridge"):
        design = {"weights": "w", "calibration": [{**step, "on_infeasible": choice}], "estimates": MEAN}
        notes = estimate(DATA, design)["meta"]["notes"]
        assert notes
        assert notes[0].startswith("calibration[0].totals.")


def test_a_level_of_a_calibration_total_is_written_as_categories_print() -> None:
    data = pd.DataFrame({"y": [1, 2, 3, 4], "k": [1.0, 2.0, 1.0, 2.0], "on": pd.to_datetime(["2026-01-02"] * 4)})
    steps = [{"method": "linear", "totals": {"k[1]": 6.0, "on[2026-01-02]": 10.0}}]
    design = {"psu": [], "fpc": ["N"], "calibration": steps, "estimates": MEAN}
    assert Run(data.assign(N=8), parse(design), design).weights().weight.tolist() == pytest.approx([3, 2, 3, 2])


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        (
            {"method": "rake", "margins": {"sex": {"nam": 1, "nữ": 2}, "age": {"a": 1, "b": 3}}},
            Refusal,
            "'age' sums to 4 but 'sex' to 3",
        ),
        ({"method": "rake", "margins": {"sex": {"nam": 5}}}, InputError, "has no total for 'nữ'"),
        (
            {"method": "poststratify", "by": ["sex"], "totals": {**SEX, "khác": 5}},
            Refusal,
            "khác: no respondent, but a total of 5",
        ),
        ({"method": "poststratify", "by": ["zz"], "totals": SEX}, InputError, "no column 'zz'"),
        ({"method": "logit", "totals": {"x": 5}}, InputError, "logit calibration needs bounds"),
        ({"method": "linear", "totals": {"x": 5}, "bounds": [1.2, 2]}, InputError, "bounds: must be"),
        ({"method": "trim", "max": 0.5}, Refusal, "is below the mean weight"),
        ({"method": "cell", "totals": {}}, InputError, "method: must be one of"),
        ({"method": "nonresponse_classes", "by": [], "respondent": "x"}, InputError, "`x` must be 0 or 1"),
    ],
    ids=["sums", "category", "empty", "column", "bounds", "bounds-1", "trim", "method", "respondent"],
)
def test_bad_steps_are_named(step: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        weights(step)
