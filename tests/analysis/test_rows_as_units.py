"""Rows that are their own units. Authority: the same design with a column of row numbers as units."""

import numpy as np
import pandas as pd
import pytest

from analysis.run import estimate

FACTORS = {"F1": ["a", "b"], "F2": ["c"]}
ESTIMATES = [
    {"name": "m", "statistic": "mean", "of": "y"},
    {"name": "t", "statistic": "total", "of": "y"},
    {"name": "r", "statistic": "ratio", "of": "y", "over": "w"},
    {"name": "p", "statistic": "proportion", "of": "a"},
    {"name": "i", "statistic": "index", "formula": "t2b_mean_of_factors@1", "factors": FACTORS},
]
DOMAINS = [[], ["agency"], ["agency", "channel"]]
ASKED = {"covariance": [{"estimate": "i", "by": ["agency"]}], "compare": [{"estimate": "m", "by": ["agency"]}]}


def sample(n: int = 400) -> pd.DataFrame:
    """Strata of 1 to some 80 rows, domains across them, answers missing here and there, agency 5 never answers."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"stratum": np.sort(rng.integers(1, 12, n)), "agency": rng.integers(0, 6, n)})
    data.loc[0, "stratum"] = 0
    data["channel"], data["w"] = rng.integers(0, 2, n), rng.uniform(1, 9, n)
    data["y"] = np.where(rng.random(n) < 0.2, np.nan, rng.normal(50, 3, n))
    for item in "abc":
        data[item] = np.where(rng.random(n) < 0.3, np.nan, rng.integers(1, 6, n))
    data.loc[data.agency == 5, ["y", "a", "b", "c"]] = np.nan
    return data.assign(row=np.arange(n), N=5 * data.groupby("stratum").stratum.transform("size"))


def alike(ours: object, theirs: object) -> bool:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(alike(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    return ours == (pytest.approx(theirs, rel=1e-9, abs=1e-12) if isinstance(theirs, float) else theirs)


@pytest.mark.parametrize("fpc", [None, ["N"]], ids=["replacement", "fpc"])
@pytest.mark.parametrize(
    "rule",
    [
        {"lonely_psu": "remove"},
        {"lonely_psu": "center"},
        {"lonely_psu": "adjust"},
        {"lonely_psu": "average"},
        {"lonely_psu": "adjust", "adjust_domain_lonely": True},
        {"lonely_psu": "average", "adjust_domain_lonely": True},
    ],
    ids=["remove", "center", "adjust", "average", "adjust in domains", "average in domains"],
)
def test_rows_give_what_units_of_one_row_give(rule: dict, fpc: list | None) -> None:
    design = {"weights": "w", "strata": "stratum", "fpc": fpc, **rule, **ASKED}
    design |= {"estimates": ESTIMATES, "domains": DOMAINS, "deff": True}
    data = sample()
    ours, theirs = estimate(data, design), estimate(data, {**design, "psu": ["row"]})
    for part in ("results", "components", "covariance", "compare"):
        assert alike(ours[part], theirs[part]), part


def test_rows_of_the_last_stage_give_what_units_of_one_row_give() -> None:
    data = sample().assign(office=lambda d: d.stratum * 10 + d.row % 4)
    data["N_office"] = data.groupby("stratum").office.transform("nunique") + 3
    data["N_row"] = 2 * data.groupby("office").row.transform("size")
    design = {"weights": "w", "strata": "stratum", "fpc": ["N_office", "N_row"], "lonely_psu": "adjust", **ASKED}
    design |= {"estimates": ESTIMATES, "domains": DOMAINS}
    ours = estimate(data, {**design, "psu": ["office"]})
    theirs = estimate(data, {**design, "psu": ["office", "row"]})
    for part in ("results", "components", "covariance", "compare"):
        assert alike(ours[part], theirs[part]), part


def test_answers_that_are_constant_in_each_stratum_have_standard_error_zero() -> None:
    data = sample(30_000)
    data["y"] = 1e6 + data.stratum / 3
    what = [{"name": "m", "statistic": "mean", "of": "y"}]
    design = {"weights": "w", "strata": "stratum", "lonely_psu": "remove", "estimates": what}
    equal = estimate(data.assign(w=2.5), design)["results"][0]
    assert (equal["se"], equal["flags"]) == (0.0, ["zero_se"])


def test_small_spread_inside_strata_far_apart_keeps_its_digits() -> None:
    data = sample(2_000).assign(w=1.0)
    data = data[data.stratum > 0]
    spread = np.random.default_rng(4).normal(0, 1, len(data))
    what = [{"name": "t", "statistic": "total", "of": "y"}]
    design = {"weights": "w", "strata": "stratum", "estimates": what}
    near = estimate(data.assign(y=spread), design)["results"][0]
    far = estimate(data.assign(y=spread + 1e6 * data.stratum), design)["results"][0]
    assert far["se"] == pytest.approx(near["se"], rel=1e-8)
