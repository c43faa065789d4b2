"""`python -m sampling` on bad input: one line, the right exit status, nothing written."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., CompletedProcess[str]]


@pytest.mark.parametrize(
    ("change", "status", "line"),
    [
        ({"metod": "srs"}, 2, "error: plan.json: metod: unknown key"),
        ({"strata": ["region"]}, 2, "error: frame.csv: column `region`: is named by `strata`"),
        ({"allocation": {"method": "proportional", "n": "20"}}, 2, "error: plan.json: allocation.n: must be"),
        ({"allocation": {"method": "proportional", "n": 500}}, 3, "error: plan.json: allocation.n: 500 cannot"),
        ({"allocation": {"method": "equal", "n": 9, "min": 4, "max": 2}}, 3, "error: plan.json: allocation.min"),
        ({"coordinate": {"key": "person", "mode": "history", "history": "past.csv", "gap_days": 90}}, 2,
         "error: past.csv: file: is not there"),
    ],
)  # fmt: skip
def test_errors_are_one_line_and_write_nothing(
    draw: Run, folder: Path, change: dict[str, object], status: int, line: str
) -> None:
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    (folder / "plan.json").write_text(json.dumps(plan | change), encoding="utf-8")
    made = draw()
    assert made.returncode == status
    assert made.stderr.startswith(line)
    assert made.stderr.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == ["frame.csv", "plan.json"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "error: frame.csv: file: is empty"),
        (b"code,agency,person,size\n", "error: frame.csv: rows: the frame has no rows"),
        ("code,agency,person\na,Huế,p\n".encode("utf-16"), "error: frame.csv: byte 1: is not UTF-8"),
        (b"code,agency,person\na,A,p\na,A,q\n", "error: frame.csv: column `code`: must be unique; 'a'"),
    ],
)
def test_bad_frames_are_one_line(draw: Run, folder: Path, content: bytes, line: str) -> None:
    (folder / "frame.csv").write_bytes(content)
    made = draw()
    assert (made.returncode, made.stderr.startswith(line), made.stderr.count("\n")) == (2, True, 1)


@pytest.mark.parametrize(
    "words",
    [["draw"], ["size", "--margin", "x"], ["size", "--margin", "2"], ["guess"], []],
    ids=["missing", "not a number", "out of range", "unknown command", "nothing"],
)
def test_a_wrong_command_line_is_one_line(run: Run, words: list[str]) -> None:
    made = run(*words)
    assert made.returncode == 2
    assert made.stderr.startswith("error: command line: ")
    assert made.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("out", "line"),
    [
        ("sample.txt", "error: sample.txt: name: must end in .csv, .parquet or .xlsx\n"),
        ("none/sample.csv", "error: none/sample.csv: folder: is not there\n"),
    ],
)
def test_an_output_that_cannot_be_written_is_one_line(draw: Run, folder: Path, out: str, line: str) -> None:
    made = draw(out)
    assert (made.returncode, made.stderr) == (2, line)
    assert sorted(path.name for path in folder.iterdir()) == ["frame.csv", "plan.json"]


def test_one_name_for_sample_and_summary_is_refused(run: Run, folder: Path) -> None:
    inputs = ("--frame", "frame.csv", "--plan", "plan.json", "--seed", "s")
    made = run("draw", *inputs, "--out", "o.csv", "--summary", "o.csv")
    assert (made.returncode, made.stderr) == (2, "error: o.csv: name: is given for two outputs\n")
    assert not (folder / "o.csv").exists()


def test_the_frame_is_not_written_over(run: Run, folder: Path) -> None:
    before = (folder / "frame.csv").read_bytes()
    made = run("draw", "--frame", "frame.csv", "--plan", "plan.json", "--seed", "s", "--out", "./frame.csv")
    assert (made.returncode, made.stderr) == (2, "error: frame.csv: name: is a file that this command reads\n")
    assert (folder / "frame.csv").read_bytes() == before
