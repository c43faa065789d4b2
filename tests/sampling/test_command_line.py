"""`python -m sampling` as outside scripts call it: files, replay, history, size."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., CompletedProcess[str]]


def test_commands_run_from_outside(folder: Path) -> None:
    def shell(words: str) -> CompletedProcess[str]:
        root = str(Path(__file__).parents[2])
        return subprocess.run(
            [sys.executable, "-m", "sampling", *words.split()], cwd=folder, env={"PYTHONPATH": root, "PATH": ""},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    made = shell("draw --frame frame.csv --plan plan.json --seed s --out o.csv --summary s.json")
    again = shell("replay --frame frame.csv --summary s.json --sample o.csv")
    refused = shell("draw --frame frame.csv --plan none.json --seed s --out o.csv")
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert (refused.returncode, refused.stderr) == (2, "error: none.json: file: No such file or directory\n")


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("out", ["sample.csv", "sample.parquet", "sample.xlsx"])
def test_a_draw_repeats_from_its_summary(draw: Run, replay: Run, folder: Path, out: str) -> None:
    made = draw(out)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    again = replay(out)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_the_same_rows_in_another_order_give_the_same_file(draw: Run, folder: Path) -> None:
    draw()
    first = (folder / "sample.csv").read_bytes(), (folder / "summary.json").read_bytes()
    path = folder / "frame.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(header + "".join(rows[::-1]), encoding="utf-8")
    draw()
    assert ((folder / "sample.csv").read_bytes(), (folder / "summary.json").read_bytes()) == first


def test_replay_sees_a_changed_row_of_the_frame(draw: Run, replay: Run, folder: Path) -> None:
    draw()
    path = folder / "frame.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("d007,B,p3,3", "d007,C,p3,3"), encoding="utf-8")
    again = replay()
    assert (again.returncode, again.stdout[:30]) == (
        1,
        "frame_sha256: summary has 0ce1"[:26] + again.stdout[26:30],
    )
    assert again.stdout.startswith("frame_sha256: summary has ")


@pytest.mark.parametrize("part", ["seed", "plan", "algorithm"])
def test_a_summary_that_lacks_a_part_is_refused(draw: Run, replay: Run, folder: Path, part: str) -> None:
    draw()
    summary = json.loads((folder / "summary.json").read_text())
    del summary[part]
    (folder / "summary.json").write_text(json.dumps(summary))
    again = replay()
    assert (again.returncode, again.stderr) == (2, f"error: summary.json: {part}: is required\n")


def test_replay_sees_one_changed_weight(draw: Run, replay: Run, folder: Path) -> None:
    draw()
    path = folder / "sample.csv"
    weight = read_rows(path)[3]["base_weight"]
    path.write_text(path.read_text(encoding="utf-8").replace(f",{weight},", f",{weight}1,", 1))
    again = replay()
    assert again.returncode == 1
    assert "column `base_weight`" in again.stdout


def test_replay_sees_a_swapped_unit(draw: Run, replay: Run, folder: Path) -> None:
    draw()
    path = folder / "sample.csv"
    taken = read_rows(path)[0]["code"]
    path.write_text(path.read_text(encoding="utf-8").replace(taken, "d999"), encoding="utf-8")
    again = replay()
    assert (again.returncode, again.stdout) == (1, f"code {taken!r} is only in the repeated draw\n")


def test_allocate_writes_what_fixed_can_read(run: Run, folder: Path) -> None:
    made = run("allocate", "--frame", "frame.csv", "--plan", "plan.json", "--out", "a.json")
    assert (made.returncode, made.stderr) == (0, "")
    found = json.loads((folder / "a.json").read_text(encoding="utf-8"))
    assert found["n"] == sum(found["n_by"].values()) == 20
    assert {key: part["n"] for key, part in found["strata"].items()} == found["n_by"]


def test_history_of_one_wave_serves_the_next(draw: Run, replay: Run, run: Run, folder: Path) -> None:
    words = [
        "draw",
        "--frame",
        "frame.csv",
        "--plan",
        "plan.json",
        "--seed",
        "1",
        "--out",
        "1.csv",
        "--history-out",
        "past.csv",
    ]
    assert run(*words, "--invited-on", "2026-01-05").returncode == 0
    rule = {"key": "person", "mode": "history", "history": "past.csv", "gap_days": 90}
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    (folder / "plan.json").write_text(json.dumps(plan | {"coordinate": rule}), encoding="utf-8")
    assert draw("2.csv").stderr == ""
    assert replay("2.csv").returncode == 0
    shared = json.loads(run("overlap", "--key", "person", "1.csv", "2.csv").stdout)
    assert shared == [{"a": "1.csv", "b": "2.csv", "n_a": 10, "n_b": 10, "common": 0}]


def test_joint_probabilities_serve_the_design_file(run: Run, folder: Path) -> None:
    allocation = {"method": "fixed", "n_by": {"A": 3, "B": 3, "C": 3}}
    plan = {"id": "code", "strata": ["agency"], "method": "sampford", "size": "size", "allocation": allocation}
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    words = "draw --frame frame.csv --plan plan.json --seed 1 --out o.csv --joint j.json"
    assert run(*words.split()).returncode == 0
    joint = json.loads((folder / "j.json").read_text(encoding="utf-8"))
    first = {row["code"]: float(row["stage1_probability"]) for row in read_rows(folder / "o.csv")}
    assert sorted(joint["units"]) == sorted(first)
    assert [joint["values"][i][i] for i in range(9)] == [first[unit] for unit in joint["units"]]
    reserve = {"replicates": 2, "release": 1}
    (folder / "plan.json").write_text(json.dumps(plan | {"reserve": reserve}), encoding="utf-8")
    assert run(*words.split()).returncode == 3


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "--margin 0.05 --level 0.95 --p 0.5 --population 1200 --deff 1.4 --response-rate 0.4",
            {"n": 372, "n_to_draw": 930, "feasible": True, "slovin": 300},
        ),
        ("--margin 0.1 --sd 1.2 --response-rate 0.5", {"n": 554, "n_to_draw": 1108}),
        ("--p 0.8 --p2 0.85 --power 0.8", {"n": 906, "power": 0.8}),
    ],
    ids=["proportion", "mean", "difference"],
)
def test_size_prints_json(run: Run, words: str, expected: dict[str, object]) -> None:
    made = run("size", *words.split())
    found = json.loads(made.stdout)
    assert (made.returncode, {key: found[key] for key in expected}) == (0, expected)
