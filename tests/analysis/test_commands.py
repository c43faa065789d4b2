"""The commands as outsiders call them; authority: the formats in docs/statistics.md."""

import hashlib
import json
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from analysis.release import pack
from tests.analysis.command_case import DATA, DESIGN, estimate, run


def test_estimate_writes_every_figure_and_the_weights(tmp_path: Path) -> None:
    done = estimate(tmp_path, DATA, DESIGN, "--weights-out", "weights.csv")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads((tmp_path / "result.json").read_text())
    first = result["results"][0]
    assert (first["name"], first["variable"], first["domain"], first["n"], first["df"]) == ("m", "y", {}, 6, 4)
    assert [round(first[k], 3) for k in ("estimate", "se", "ci_low", "ci_high")] == [3.7, 0.322, 2.805, 4.595]
    assert result["meta"]["n_strata"] == 2
    for name, file in (("data_sha256", "data.csv"), ("design_sha256", "design.json")):
        assert result["meta"][name] == hashlib.sha256((tmp_path / file).read_bytes()).hexdigest()
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


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,40,1e-200,4", "row 1: `weights` 'w' must be positive and finite; found 1e-200"),
        ("A,40,10,1e200", "row 1: `y` must lie within ±1e+60"),
    ],
)
def test_numbers_whose_squares_are_no_doubles_are_refused(tmp_path: Path, row: str, message: str) -> None:
    header, _first, *rest = DATA.splitlines()
    done = estimate(tmp_path, "\n".join([header, row, *rest]) + "\n", DESIGN)
    assert (done.returncode, done.stderr) == (2, f"error: data.csv: {message}\n")
