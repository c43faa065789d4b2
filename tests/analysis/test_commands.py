"""The commands as outsiders call them; authority: the formats in docs/statistics.md."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from analysis.release import pack

ROOT = Path(__file__).parents[2]
DESIGN = {
    "weights": "w",
    "strata": "h",
    "fpc": ["N"],
    "estimates": [{"name": "m", "statistic": "mean", "of": "y"}],
    "domains": [[], ["h"]],
}
DATA = "h,N,w,y\nA,40,10,4\nA,40,10,5\nA,40,10,3\nA,40,10,4\nB,10,5,2\nB,10,5,3\n"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "analysis", *arguments]
    environment = {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def estimate(
    folder: Path, data: str = DATA, design: object = DESIGN, *more: str
) -> subprocess.CompletedProcess[str]:
    (folder / "data.csv").write_text(data, encoding="utf-8")
    (folder / "design.json").write_text(
        design if isinstance(design, str) else json.dumps(design), encoding="utf-8"
    )
    files = ("--data", "data.csv", "--design", "design.json", "--out", "result.json")
    return run(folder, "estimate", *files, *more)


def test_estimate_writes_every_figure_and_the_weights(tmp_path: Path) -> None:
    done = estimate(tmp_path, DATA, DESIGN, "--weights-out", "weights.csv")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads((tmp_path / "result.json").read_text())
    first = result["results"][0]
    assert (first["name"], first["variable"], first["domain"], first["n"], first["df"]) == ("m", "y", {}, 6, 4)
    assert [round(first[k], 3) for k in ("estimate", "se", "ci_low", "ci_high")] == [3.7, 0.322, 2.805, 4.595]
    assert result["meta"]["n_strata"] == 2
    assert len(result["meta"]["data_sha256"]) == 64
    assert pd.read_csv(tmp_path / "weights.csv").weight.tolist() == [10, 10, 10, 10, 5, 5]


def test_nothing_is_written_where_one_of_the_files_cannot_be(tmp_path: Path) -> None:
    estimate(tmp_path)
    files = ("--data", "data.csv", "--design", "design.json", "--out", "nowhere/result.json")
    done = run(tmp_path, "estimate", *files, "--weights-out", "weights.csv")
    assert (done.returncode, done.stderr) == (2, "error: nowhere/result.json: folder: is not there\n")
    assert not (tmp_path / "weights.csv").exists()


@pytest.mark.parametrize("words", [[], ["guess"], ["estimate"], ["rank", "--level", "x"], ["verify"]])
def test_a_wrong_command_line_is_one_line(tmp_path: Path, words: list[str]) -> None:
    done = run(tmp_path, *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("error: command line: python -m analysis")


def test_a_column_of_a_csv_that_says_true_and_false_is_numbers(tmp_path: Path) -> None:
    data = "h,N,w,y\nA,40,10,True\nA,40,10,False\nA,40,10,True\nA,40,10,True\nB,10,5,True\nB,10,5,\n"
    assert estimate(tmp_path, data).returncode == 0
    first = json.loads((tmp_path / "result.json").read_text())["results"][0]
    assert (first["estimate"], first["n"]) == (35 / 45, 5)


def test_answers_and_categories_are_the_same_decomposed_or_not(tmp_path: Path) -> None:
    design = {**DESIGN, "domains": [["giới"]], "calibration": [{"method": "poststratify", "by": ["giới"],
              "totals": {"nữ": 30, "nam": 20}}]}  # fmt: skip
    data = "h,N,w,y,giới\nA,40,10,4,nữ\nA,40,10,5,nam\nB,10,5,2,nữ\nB,10,5,3,nam\n"
    results = []
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, json.dumps(design, ensure_ascii=False))
        assert estimate(tmp_path, data, written).stderr == ""
        results.append(json.loads((tmp_path / "result.json").read_text())["results"])
        data = unicodedata.normalize("NFD", data)
    assert [row["domain"] for row in results[0]] == [{"giới": "nam"}, {"giới": "nữ"}]
    assert results[0] == results[1]


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
    "wrong type": (DATA, {**DESIGN, "level": "95%"}, 2, "design.json: level: must be a number between 0 and 1"),
    "not JSON": (DATA, "{", 2, "design.json: line 1: is not JSON"),
    "key twice": (DATA, '{"level": 0.9, "level": 0.95}', 2, "design.json: JSON: key 'level' stands twice"),
    "no estimates": (DATA, {"weights": "w"}, 2, "design.json: estimates: must name at least one estimate"),
    "negative weight": (DATA.replace("A,40,10,5", "A,40,-1,5"), DESIGN, 2, "data.csv: row 2: `weights` 'w'"),
    "zero weight": (DATA.replace("A,40,10,5", "A,40,0,5"), DESIGN, 2, "must be positive and finite; found 0.0"),
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


def test_rank_of_three_estimates(tmp_path: Path) -> None:
    known = {
        "keys": ["A", "B", "C"],
        "estimate": [0.9, 0.5, 0.88],
        "covariance": [[1e-4, 0, 0], [0, 1e-4, 0], [0, 0, 1e-4]],
    }
    (tmp_path / "est.json").write_text(json.dumps(known))
    done = run(tmp_path, "rank", "--estimates", "est.json", "--out", "ranks.json", "--seed", "x")
    assert (done.returncode, done.stderr) == (0, "")
    ranks = json.loads((tmp_path / "ranks.json").read_text())
    assert ranks["ranks"][1] == {"key": "B", "rank": 3, "marginal": [3, 3], "simultaneous": [3, 3]}
    assert ranks["seed"] == "x"


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"keys": ["A"], "estimate": [1, 2], "covariance": [[1]]}, "estimate: must hold 1 numbers, found 2"),
        ({"keys": ["A", "A"], "estimate": [1, 2], "covariance": []}, "keys: names 'A' twice"),
        ({"keys": ["A"], "estimate": [1], "covariance": [[-1]]}, "covariance: must be positive semi-definite"),
        (
            {"keys": ["A", "B"], "estimate": [1, 2], "covariance": [[1, 0], [1, 1]]},
            "covariance: must be symmetric",
        ),
    ],
    ids=["length", "twice", "negative", "asymmetric"],
)
def test_rank_refuses_what_is_no_estimate(tmp_path: Path, known: dict, message: str) -> None:
    (tmp_path / "est.json").write_text(json.dumps(known))
    done = run(tmp_path, "rank", "--estimates", "est.json", "--out", "ranks.json")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: est.json: {message}")


def test_verify_tells_agreement_difference_and_damage_apart(tmp_path: Path) -> None:
    estimate(tmp_path)
    result = json.loads((tmp_path / "result.json").read_text())
    files = {"design.json": json.dumps(DESIGN).encode(), "data.csv": DATA.encode()}
    pack({**files, "results.json": json.dumps(result).encode()}, tmp_path / "good.zip")
    result["results"][0]["se"] *= 1.001
    pack({**files, "results.json": json.dumps(result).encode()}, tmp_path / "wrong.zip")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "good.zip").read_bytes()[:200])
    good, wrong, cut = (run(tmp_path, "verify", name) for name in ("good.zip", "wrong.zip", "cut.zip"))
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    assert (wrong.returncode, wrong.stdout.count("\n")) == (1, 1)
    assert wrong.stdout.startswith('results: "m" "y" {}: se published 0.32')
    assert (cut.returncode, cut.stderr.count("\n")) == (2, 1)
    assert cut.stderr.startswith("error: cut.zip: zip: cannot be read")
