"""Tables that others printed. Authority: Stata manual ([SVY] svyset), Särndal et al. (1992), R help pages, NCHS.

Small tables stand here as printed; those of R's packages are read from R (marker `oracle`).
"""

import pandas as pd
import pytest

from analysis.run import estimate

STATA = pd.DataFrame(
    {
        "stratum": [1, 1, 1, 1, 1, 2, 2, 2],
        "psu": [1, 2, 3, 4, 5, 6, 7, 8],
        "w": [3, 3, 3, 3, 3, 4, 4, 4],
        "N": [15, 15, 15, 15, 15, 12, 12, 12],
        "x": [2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2],
    }
)
HOSPITALS = pd.DataFrame(
    {
        "level": [1] * 4 + [2] * 5 + [3] * 6,
        "N": [42] * 4 + [99] * 5 + [17] * 6,
        "births": [480, 426, 342, 174, 2022, 576, 1999, 482, 836, 3108, 4674, 2539, 1610, 4618, 1781],
    }
)
MUNICIPALITIES = pd.DataFrame(
    {
        "cluster": [c for c in (19, 45, 47, 50, 31) for _ in range(3)],
        "municipality": [1, 2, 3] * 5,
        "clusters": 50,
        "members": [n for n in (5, 8, 5, 9, 7) for _ in range(3)],
        "y": [41, 49, 49, 49, 49, 45, 31, 31, 35, 39, 41, 61, 49, 51, 33],
    }
)


def first(data: pd.DataFrame, design: dict, statistic: str, of: str) -> dict:
    what = [{"name": "x", "statistic": statistic, "of": of}]
    return estimate(data, {**design, "estimates": what})["results"][0]


@pytest.mark.parametrize(("fpc", "se"), [(["N"], 0.6160407), (None, 0.7412683)])
def test_stata_s_eight_units_with_and_without_finite_populations(fpc: list | None, se: float) -> None:
    row = first(STATA, {"weights": "w", "strata": "stratum", "psu": ["psu"], "fpc": fpc}, "mean", "x")
    assert (round(row["estimate"], 6), round(row["se"], 7)) == (5.448148, se)


def test_two_stages_of_swedish_municipalities() -> None:
    design = {"weights": None, "psu": ["cluster", "municipality"], "fpc": ["clusters", "members"]}
    row = first(MUNICIPALITIES, design, "total", "y")
    assert (round(row["estimate"]), round(row["se"], 2)) == (15080, 2274.25)


def test_births_in_fifteen_hospitals() -> None:
    row = first(HOSPITALS, {"weights": None, "strata": "level", "fpc": ["N"]}, "total", "births")
    assert (round(row["estimate"]), round(row["se"])) == (183983, 34014)


@pytest.mark.oracle
def test_one_in_seven_adults_had_high_cholesterol_in_2009_and_2010(r_data) -> None:
    """NCHS Data Brief 92: 13.4 % age-adjusted to 2000; by Lumley's weights men 12.2, women 14.3."""
    standard = {"(0,19]": 55901, "(19,39]": 77670, "(39,59]": 72816, "(59,Inf]": 45364}
    data = r_data("nhanes").dropna(subset="HI_CHOL")
    data["psu"] = data.SDMVSTRA * 10 + data.SDMVPSU
    data["adult"] = data.agecat != "(0,19]"
    size = data.groupby("RIAGENDR").WTMEC2YR.sum()
    totals = {f"{sex:g}|{age}": n * size[sex] for sex in size.index for age, n in standard.items()}
    scale = sum(standard.values())
    step = {"method": "poststratify", "by": ["RIAGENDR", "agecat"]}
    design = {
        "weights": "WTMEC2YR", "strata": "SDMVSTRA", "psu": ["psu"], "domains": [["adult"], ["adult", "RIAGENDR"]],
        "calibration": [{**step, "totals": {key: n / scale for key, n in totals.items()}}],
        "estimates": [{"name": "high", "statistic": "mean", "of": "HI_CHOL"}],
    }  # fmt: skip
    rows = {tuple(r["domain"].values()): r["estimate"] for r in estimate(data, design)["results"]}
    everyone = {**design, "calibration": [{**step, "by": ["agecat"], "totals": standard}]}
    rows |= {tuple(r["domain"].values()): r["estimate"] for r in estimate(data, everyone)["results"][:2]}
    shares = [round(100 * rows[key], 1) for key in ((True,), (True, 1), (True, 2))]
    assert shares == [13.4, 12.2, 14.3]


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("method", "se"), [("brewer", 2447629), ("syg", 2406526), ("ht", 2604404), ("wr", 2671455)]
)
def test_votes_for_bush_as_the_help_page_prints_them(method: str, se: int, r_data) -> None:
    data, pps = r_data("election_pps"), {"probability": "p", "method": method}
    if method in ("syg", "ht"):
        units = [str(i + 1) for i in range(len(data))]
        pps["joint"] = {"units": units, "values": r_data("election_jointprob").to_numpy().tolist()}
    row = first(data, {"pps": pps}, "total", "Bush")
    assert (round(row["estimate"]), round(row["se"])) == (64518472, se)
