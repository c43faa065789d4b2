"""Bad input at the command line: one line, its exit status, nothing written. Authority: docs/statistics.md."""

from pathlib import Path

import pytest

from tests.analysis.command_case import DATA, DESIGN, estimate

BAD = {
    "no replicates": (DATA, {**DESIGN, "replicates": {"columns": []}}, 2, "must name at least one column"),
    "overflow": (
        DATA,
        {**DESIGN, "calibration": [{"method": "raking", "totals": {"(Intercept)": 9, "y": 1e6}}]},
        3,
        "cannot be met",
    ),
    "unknown column": (DATA, {**DESIGN, "weights": "ww"}, 2, "design.json: weights: no column 'ww' in the data"),
    "unknown key of a comparison": (
        DATA,
        {**DESIGN, "compare": [{"estimate": "m", "by": ["zz"]}]},
        2,
        "design.json: compare[0].by: no column 'zz' in the data",
    ),
    "unknown key": (DATA, {**DESIGN, "fcp": ["N"]}, 2, "design.json: fcp: unknown key"),
    "key of another statistic": (
        DATA,
        {**DESIGN, "estimates": [{**DESIGN["estimates"][0], "over": "w"}]},
        2,
        "design.json: estimates[0].over: is not used by the statistic 'mean'; it has name, statistic,",
    ),
    "key of another formula": (
        DATA,
        {
            **DESIGN,
            "estimates": [
                {
                    "name": "i",
                    "statistic": "index",
                    "formula": "t2b_pooled@1",
                    "unit": "h",
                    "factors": {"F": ["y"]},
                }
            ],
        },
        2,
        "design.json: estimates[0].unit: is a key of mean_of_agencies@1; the formula is t2b_pooled@1",
    ),
    "key of another request": (
        DATA,
        {**DESIGN, "rank": [{"estimate": "m", "by": ["h"], "adjust": "holm"}]},
        2,
        "design.json: rank[0].adjust: unknown key; known are estimate, by, level",
    ),
    "half-samples": (
        DATA,
        {**DESIGN, "replicates": {"method": "brr"}},
        3,
        "design.json: replicates.method: brr needs two PSUs in every stratum; stratum 'A' has 4",
    ),
    "wrong type": (DATA, {**DESIGN, "level": "95%"}, 2, "design.json: level: must be a number between 0 and 1"),
    "not JSON": (DATA, "{", 2, "design.json: line 1: is not JSON"),
    "key twice": (DATA, '{"level": 0.9, "level": 0.95}', 2, "design.json: JSON: key 'level' stands twice"),
    "no estimates": (DATA, {"weights": "w"}, 2, "design.json: estimates: must name at least one estimate"),
    "negative weight": (DATA.replace("A,40,10,5", "A,40,-1,5"), DESIGN, 2, "data.csv: row 2: `weights` 'w'"),
    "zero weight": (DATA.replace("A,40,10,5", "A,40,0,5"), DESIGN, 2, "must be positive and finite; found 0\n"),
    "no weight": (DATA.replace("A,40,10,5", "A,40,,5"), DESIGN, 2, "must be positive and finite; found nan"),
    "fpc below n": (DATA.replace(",40,", ",3,"), DESIGN, 2, "at least the 4 units sampled; found 3"),
    "fpc varies": (
        DATA.replace("A,40,10,5", "A,41,10,5"),
        DESIGN,
        2,
        "`fpc` 'N' must be the same within its stratum",
    ),
    "text answers": (DATA.replace("10,5\n", "10,tốt\n"), DESIGN, 2, "row 2: `y` must hold numbers; found 'tốt'"),
    "PSU in two strata": (DATA, {**DESIGN, "psu": ["y"], "fpc": []}, 2, "row 3: `psu` 3 of 'y' lies in two"),
    "lonely": (DATA.replace("B,10,5,3\n", ""), DESIGN, 3, "stratum 'B' has one unit at stage 1"),
    "empty": ("", DESIGN, 2, "data.csv: file: is empty"),
    "header only": ("h,N,w,y\n", DESIGN, 2, "data.csv: rows: the data hold no rows"),
}


@pytest.mark.parametrize(("data", "design", "status", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_nothing_is_written(
    tmp_path: Path, data, design, status: int, message: str
) -> None:
    done = estimate(tmp_path, data, design)
    assert done.returncode == status
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr
    assert not (tmp_path / "result.json").exists()
