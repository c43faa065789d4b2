"""Smooth functions of estimates. Authority: the same statistic estimated directly."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.run import Run
from analysis.smooth import smooth
from analysis.spec import parse

DATA = pd.read_csv(Path(__file__).parents[1] / "oracles" / "analysis_survey.csv")
FACTORS = {"F1": ["q1", "q2"], "F2": ["q3", "q4"]}
DESIGN = {
    "weights": "v",
    "strata": "district",
    "psu": ["office"],
    "lonely_psu": "adjust",
    "estimates": [
        {"name": "late", "statistic": "total", "of": "late"},
        {"name": "done", "statistic": "total", "of": "done"},
        {"name": "rate", "statistic": "ratio", "of": "late", "over": "done"},
        {"name": "f1", "statistic": "index", "formula": "t2b_pooled@1", "factors": {"F1": FACTORS["F1"]}},
        {"name": "f2", "statistic": "index", "formula": "t2b_pooled@1", "factors": {"F2": FACTORS["F2"]}},
        {"name": "index", "statistic": "index", "formula": "t2b_mean_of_factors@1", "factors": FACTORS},
        {"name": "channel", "statistic": "proportion", "of": "channel"},
    ],
    "domains": [["agency"]],
}
RAKE = {"method": "rake", "margins": {"group": {"nam": 900, "nữ": 1100}}}


def run(**more: object) -> Run:
    design = {**DESIGN, **more}
    return Run(DATA, parse(design), design)


@pytest.mark.parametrize(
    "more", [{}, {"calibration": [RAKE]}, {"domains": [["channel"]]}], ids=["base", "raked", "channel"]
)
@pytest.mark.parametrize(
    ("names", "function", "same"),
    [
        (["late", "done"], lambda t: t[0] / t[1], "rate"),
        (["f1", "f2"], lambda t: (t[0] + t[1]) / 2, "index"),
        (["rate"], lambda t: t[0], "rate"),
    ],
    ids=["ratio-of-totals", "mean-of-factors", "identity"],
)
def test_a_function_has_the_standard_error_of_the_statistic_it_is(names, function, same: str, more: dict) -> None:
    solved = run(**more)
    (by,) = solved.spec.domains
    direct = [r for r in solved.result(None)["results"] if r["name"] == same]
    for mine, theirs in zip(smooth(solved, names, by, function), direct, strict=True):
        assert mine["domain"] == theirs["domain"]
        assert mine["estimate"] == pytest.approx(theirs["estimate"], rel=1e-12)
        assert mine["se"] == pytest.approx(theirs["se"], rel=1e-7, abs=1e-9)
        assert mine["df"] == theirs["df"]


def test_a_given_gradient_is_used() -> None:
    solved = run()
    found = smooth(
        solved, ["f1", "f2"], ("agency",), lambda t: t[0] - t[1], gradient=lambda _: np.array([1.0, -1.0])
    )
    again = smooth(solved, ["f1", "f2"], ("agency",), lambda t: t[0] - t[1])
    assert [r["se"] for r in found] == pytest.approx([r["se"] for r in again], rel=1e-7)


@pytest.mark.parametrize(("name", "message"), [("zz", "is called 'zz'"), ("channel", "has 3 variables")])
def test_what_has_no_single_linear_variable_is_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        smooth(run(), [name], ("agency",), lambda t: t[0])
