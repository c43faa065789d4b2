"""Unequal probabilities. Authority: R survey 4.1 on its election data (analysis_weights.R); formulas in pps.py."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, Refusal
from analysis.run import estimate

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "analysis_weights.json").read_text())
WHAT = [
    {"name": "t", "statistic": "total", "of": "Bush"},
    {"name": "r", "statistic": "ratio", "of": "Bush", "over": "votes"},
]


@pytest.mark.oracle
@pytest.mark.parametrize("method", ["brewer", "syg", "ht", "wr"])
def test_election_totals_equal_r(method: str, r_data) -> None:
    data = r_data("election_pps")
    pps: dict = {"probability": "p", "method": method}
    if method in ("syg", "ht"):
        units = [str(i) for i in range(1, len(data) + 1)]
        pps["joint"] = {"units": units, "values": r_data("election_jointprob").to_numpy().tolist()}
    total, ratio = estimate(data, {"pps": pps, "estimates": WHAT})["results"]
    theirs = next(r for r in ORACLE["election"] if r["name"] == method)
    assert total["estimate"] == pytest.approx(theirs["total"], rel=1e-9)
    assert total["se"] == pytest.approx(theirs["total_se"], rel=1e-6)
    assert ratio["se"] == pytest.approx(theirs["ratio_se"], rel=1e-6)


DATA = pd.DataFrame({"p": [0.5, 0.4, 0.8, 0.6], "y": [3.0, 1.0, 5.0, 2.0], "u": list("abcd"), "d": list("xxyy")})
MEAN = [{"name": "m", "statistic": "total", "of": "y"}]


def test_hajek_by_hand() -> None:
    (row,) = estimate(DATA, {"pps": {"probability": "p", "method": "hajek"}, "psu": ["u"], "estimates": MEAN})[
        "results"
    ]
    z, free = DATA.y / DATA.p, 1 - DATA.p
    centre = (z * free).sum() / free.sum()
    assert row["se"] ** 2 == pytest.approx(4 / 3 * (free * (z - centre) ** 2).sum(), rel=1e-12)


def test_covariance_of_domains_adds_up_to_the_variance_of_the_whole() -> None:
    design = {"pps": {"probability": "p", "method": "brewer"}, "estimates": MEAN, "domains": [[], ["d"]]}
    result = estimate(DATA, {**design, "covariance": [{"estimate": "m", "by": ["d"]}]})
    assert np.sum(result["covariance"][0]["values"]) == pytest.approx(result["results"][0]["se"] ** 2, rel=1e-12)


def joint(value: float) -> dict:
    matrix = np.full((4, 4), value)
    np.fill_diagonal(matrix, DATA.p)
    return {"units": list("abcd"), "values": matrix.tolist()}


@pytest.mark.parametrize(
    ("pps", "error", "message"),
    [
        ({"probability": "q"}, InputError, "pps.probability: no column 'q'"),
        ({"probability": "y"}, InputError, r"row 1: `y` must lie in \(0, 1\]; found 3"),
        ({"probability": "p", "method": "syg"}, InputError, "joint probabilities are for syg and ht"),
        ({"probability": "p", "method": "syg", "joint": joint(0.0)}, Refusal, "units 1 and 2 can never be drawn"),
        (
            {"probability": "p", "method": "ht", "joint": {"units": ["a"], "values": [[0.5]]}},
            InputError,
            "no unit 'b'",
        ),
    ],
    ids=["column", "range", "no-joint", "systematic", "unit"],
)
def test_bad_probabilities_are_named(pps: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        estimate(DATA, {"pps": pps, "psu": ["u"], "estimates": MEAN})
