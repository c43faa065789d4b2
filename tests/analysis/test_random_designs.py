"""Random designs: unequal weights, lonely units, silence, thin domains. Authority: R survey 4.1, run beside.

Estimates agree to 1e-9, standard errors to 1e-8, df and n exactly, for every rule and with domain-lonely handling.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.run import estimate

SCRIPT = Path(__file__).parents[1] / "oracles" / "analysis_random.R"
DESIGNS = {
    "replacement": {"weights": "w", "psu": ["psu"]},
    "onestage": {"weights": "w", "psu": ["psu"], "fpc": ["N"]},
    "twostage": {"weights": None, "psu": ["psu", "ssu"], "fpc": ["N", "M"]},
    "element": {"weights": "w"},
}
WHAT = [
    {"name": "q", "statistic": "mean", "of": "q"},
    {"name": "x", "statistic": "total", "of": "x"},
    {"name": "r", "statistic": "ratio", "of": "q", "over": "z"},
    {"name": "ok", "statistic": "index", "formula": "general_item@1", "item": "q"},
]


def survey(number: int, rng: np.random.Generator) -> pd.DataFrame:
    """Up to five strata of one to four units (two in the first) of one to five subunits; a seventh is silent."""
    rows = []
    for h in range(int(rng.integers(1, 6))):
        units, beyond = int(rng.integers(1 if h else 2, 5)), int(rng.integers(0, 8))
        for i in range(units):
            members, more = int(rng.integers(1, 6)), int(rng.integers(0, 6))
            for j in range(members):
                names = number, f"h{h}", f"h{h}p{i}", f"h{h}p{i}u{j}"
                rows.append((*names, units + beyond, members + more, "abc"[int(rng.integers(3))]))
    data = pd.DataFrame(rows, columns=["set", "h", "psu", "ssu", "N", "M", "d"])
    answers = {
        "q": rng.integers(1, 6, len(data)),
        "x": rng.normal(5, 2, len(data)),
        "z": rng.uniform(1, 3, len(data)),
    }
    silent = rng.random(len(data)) < 1 / 7
    return data.assign(w=rng.uniform(0.5, 9, len(data)), **answers).assign(q=lambda t: t.q.where(~silent))


def ours(data: pd.DataFrame, design: str, rule: str, adjusted: bool) -> dict:
    spec = {**DESIGNS[design], "strata": "h", "lonely_psu": rule, "estimates": WHAT, "domains": [[], ["d"]]}
    # under the other rules R ignores its option
    spec["adjust_domain_lonely"] = adjusted and rule != "remove"
    return {(r["name"], r["domain"].get("d", "all")): r for r in estimate(data, spec)["results"]}


@pytest.mark.oracle
@pytest.mark.parametrize("sets", [5, pytest.param(60, marks=pytest.mark.slow)])
def test_random_designs_equal_r(sets: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(sets)
    data = [survey(number, rng) for number in range(sets)]
    pd.concat(data).to_csv(tmp_path / "data.csv", index=False)
    subprocess.run(["Rscript", "--vanilla", str(SCRIPT), str(tmp_path)], check=True, capture_output=True)
    records = json.loads((tmp_path / "r.json").read_text())
    known: dict[tuple, dict] = {}
    wrong = []
    for r in records:
        case = r["set"], r["design"], r["rule"], r["adjusted"]
        if case not in known:
            known[case] = ours(data[r["set"]].reset_index(drop=True), *case[1:])
        row = known[case][r["what"], r["key"]]
        good = (row["df"], row["n"]) == (r["df"], r["n"])
        good &= row["estimate"] == pytest.approx(r["estimate"], rel=1e-9)
        if r["se"] is not None:  # NaN in R: no stratum, or none inside a unit, is left under "average"
            good &= row["se"] == pytest.approx(r["se"], rel=1e-8, abs=1e-9 * abs(r["estimate"]))
        wrong += [] if good else [(r, row)]
    assert len(records) > 300 * sets
    assert not wrong, (len(wrong), wrong[:3])
