"""Standard errors after the non-response adjustment, against closed forms and against brute repetition.

Authority: for classes equal to the strata of a simple random sample the textbook's two-phase variance
N² (1 - n_r/N) s²/n_r (Särndal, Swensson and Wretman 1992, section 15.6), which is R's answer for the respondents
alone with fpc N; elsewhere repeated draws from a known population.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import Refusal
from analysis.run import estimate

STEP = {"method": "nonresponse_classes", "by": ["h"], "respondent": "r"}


def sample(seed: int = 3, take_all: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    h = np.repeat(["A", "B", "C"], [12, 20, 30])
    population = {"A": 12 if take_all else 40, "B": 90, "C": 200}
    size = {"A": 12, "B": 20, "C": 30}
    return pd.DataFrame(
        {
            "h": h,
            "N": [population[x] for x in h],
            "w": [population[x] / size[x] for x in h],
            "r": rng.random(62) < 0.6,
            "y": rng.integers(1, 6, 62).astype(float),
            "d": rng.choice(["x", "y"], 62),
        }
    )


def result(data: pd.DataFrame, **more: object) -> list[dict]:
    design = {
        "weights": "w",
        "strata": "h",
        "fpc": ["N"],
        "estimates": [
            {"name": "mean", "statistic": "mean", "of": "y"},
            {"name": "total", "statistic": "total", "of": "y"},
        ],
        "domains": [[], ["h"], ["d"]],
        **more,
    }
    return estimate(data, design)["results"]


@pytest.mark.parametrize("take_all", [False, True], ids=["sample", "census"])
def test_classes_equal_to_strata_give_the_standard_errors_of_respondents_against_the_population(take_all) -> None:
    data = sample(take_all=take_all)
    alone = data[data.r].copy()
    alone["w"] = alone.N / alone.groupby("h").h.transform("size")
    ours, textbook = result(data, calibration=[STEP]), result(alone)
    for a, b in zip(ours, textbook, strict=True):
        assert a["domain"] == b["domain"]
        assert a["estimate"] == pytest.approx(b["estimate"], rel=1e-12)
        assert a["se"] == pytest.approx(b["se"], rel=1e-12)
        assert (a["df"], a["n"]) == (b["df"], b["n"])


def test_a_stratum_taken_whole_but_half_answered_has_a_standard_error() -> None:
    (row,) = [
        r
        for r in result(sample(take_all=True), calibration=[STEP])
        if r["domain"] == {"h": "A"} and r["name"] == "mean"
    ]
    assert row["se"] > 0.1


def test_without_a_step_silence_in_a_stratum_taken_whole_is_flagged() -> None:
    data = sample(take_all=True).assign(y=lambda d: d.y.where(d.r))
    flags = {tuple(r["domain"].values()): r["flags"] for r in result(data) if r["name"] == "mean"}
    assert "census_nonresponse" in flags["A",]
    assert "census_nonresponse" not in flags["B",]


def test_an_equal_weight_sample_equals_r_twophase_full() -> None:
    """R survey 4.1, twophase(method = "full"): the synthetic survey taken as a simple random sample of 1,000."""
    folder = Path(__file__).parents[1] / "oracles"
    data = pd.read_csv(folder / "analysis_survey.csv").assign(N=1000)
    data["w"], data["r"] = 1000 / len(data), (np.arange(len(data)) + 1) % 3 != 1
    what = [{"name": n, "statistic": n, "of": "visits"} for n in ("mean", "total")]
    design = {"weights": "w", "fpc": ["N"], "calibration": [{**STEP, "by": ["group"]}], "estimates": what}
    rows = estimate(data, {**design, "domains": [[], ["agency"]]})["results"]
    mine = {(r["name"], tuple(r["domain"].values())): r for r in rows}
    theirs = json.loads((folder / "analysis_weights.json").read_text())["twophase"]
    assert len(theirs) == 4
    for record in theirs:
        for name in ("mean", "total"):
            row = mine[name, tuple(dict(record["domain"] or {}).values())]
            assert row["estimate"] == pytest.approx(record[name], rel=1e-9)
            assert row["se"] == pytest.approx(record[f"{name}_se"], rel=1e-9)


def test_full_response_changes_nothing() -> None:
    data = sample().assign(r=1)
    for a, b in zip(result(data, calibration=[STEP]), result(data), strict=True):
        assert a["se"] == pytest.approx(b["se"], rel=1e-12)


def test_weights_of_respondents_sum_to_the_weights_of_their_class() -> None:
    data = sample()
    total = {"name": "t", "statistic": "total", "of": "one"}
    rows = result(data.assign(one=1.0), calibration=[STEP], estimates=[total], domains=[["h"]])
    assert [r["estimate"] for r in rows] == pytest.approx([40, 90, 200], rel=1e-12)
    assert [r["se"] for r in rows] == [0, 0, 0]


def test_classes_across_strata_reproduce_the_variance_of_repeated_response() -> None:
    rng = np.random.default_rng(11)
    population = pd.DataFrame({"h": np.repeat(["A", "B"], [60, 140]), "c": rng.choice(["k", "l"], 200)})
    population["y"] = rng.normal(3, 1, 200) + (population.c == "k") * 2
    size, count = {"A": 30, "B": 40}, {"A": 60, "B": 140}
    means, variances = [], []
    for _ in range(400):
        units = pd.concat([g.sample(size[h], random_state=rng) for h, g in population.groupby("h")])
        units["N"], units["w"] = units.h.map(count), units.h.map(count) / units.h.map(size)
        units["r"] = rng.random(len(units)) < np.where(units.c == "k", 0.4, 0.8)
        step = {**STEP, "by": ["c"]}
        row = result(units, calibration=[step], domains=[[]])[0]
        means.append(row["estimate"])
        variances.append(row["se"] ** 2)
    assert np.mean(means) == pytest.approx(population.y.mean(), abs=4 * np.std(means) / 20)
    assert np.mean(variances) == pytest.approx(np.var(means), rel=0.2)


def test_a_class_without_respondents_is_refused_or_joined_with_its_neighbours() -> None:
    data = sample().assign(r=lambda d: d.r & ~((d.h == "A") & (d.d == "x")))
    step = {**STEP, "by": ["h", "d"]}
    with pytest.raises(Refusal, match=r"calibration\[0\]: class 'A\|x' of h\|d has no respondent"):
        result(data, calibration=[step])
    joined = result(data, calibration=[{**step, "collapse": True}], domains=[["h"]])
    by_stratum = result(data, calibration=[STEP], domains=[["h"]])
    assert joined[0]["estimate"] == pytest.approx(by_stratum[0]["estimate"], rel=1e-12)
