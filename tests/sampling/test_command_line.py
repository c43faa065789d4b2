"""`python -m sampling` as outside scripts call it: exit statuses, error lines, files, replay."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

PLAN = {
    "id": "code",
    "strata": ["agency"],
    "method": "srs",
    "allocation": {"method": "proportional", "n": 20, "min": 5},
    "person": {"key": "person", "rule": "one_dossier"},
    "reserve": {"replicates": 2, "release": 1},
}
HEADER = "code,agency,person,size\n"
ROWS = [f"d{i:03d},{'ABC'[i % 3]},p{i // 2},{1 + i % 5}\n" for i in range(120)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "frame.csv").write_text(HEADER + "".join(ROWS), encoding="utf-8")
    (tmp_path / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-m", "sampling", *words], cwd=folder, env={"PYTHONPATH": root, "PATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def draw(folder: Path, *, frame: str = "frame.csv", plan: str = "plan.json", out: str = "sample.csv"):
    return run(
        folder, "draw", "--frame", frame, "--plan", plan, "--seed", "huế", "--out", out,
        "--summary", "summary.json",
    )  # fmt: skip


def replay(folder: Path, frame: str = "frame.csv", sample: str = "sample.csv"):
    return run(folder, "replay", "--frame", frame, "--summary", "summary.json", "--sample", sample)


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("out", ["sample.csv", "sample.parquet", "sample.xlsx"])
def test_a_draw_repeats_from_its_summary(folder: Path, out: str) -> None:
    made = draw(folder, out=out)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    again = replay(folder, sample=out)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_the_same_rows_in_another_order_give_the_same_file(folder: Path) -> None:
    draw(folder)
    first = (folder / "sample.csv").read_bytes(), (folder / "summary.json").read_bytes()
    (folder / "frame.csv").write_text(HEADER + "".join(ROWS[::-1]), encoding="utf-8")
    draw(folder)
    assert ((folder / "sample.csv").read_bytes(), (folder / "summary.json").read_bytes()) == first


def test_replay_sees_a_changed_row_of_the_frame(folder: Path) -> None:
    draw(folder)
    changed = HEADER + "".join(ROWS).replace("d007,B,p3,3", "d007,C,p3,3")
    (folder / "frame.csv").write_text(changed, encoding="utf-8")
    again = replay(folder)
    assert (again.returncode, again.stdout[:30]) == (
        1,
        "frame_sha256: summary has 0ce1"[:26] + again.stdout[26:30],
    )
    assert again.stdout.startswith("frame_sha256: summary has ")


def test_replay_sees_one_changed_weight(folder: Path) -> None:
    draw(folder)
    path = folder / "sample.csv"
    weight = read_rows(path)[3]["base_weight"]
    path.write_text(path.read_text(encoding="utf-8").replace(f",{weight},", f",{weight}1,", 1))
    again = replay(folder)
    assert again.returncode == 1
    assert "column `base_weight`" in again.stdout


def test_replay_sees_a_swapped_unit(folder: Path) -> None:
    draw(folder)
    path = folder / "sample.csv"
    taken = read_rows(path)[0]["code"]
    path.write_text(path.read_text(encoding="utf-8").replace(taken, "d999"), encoding="utf-8")
    again = replay(folder)
    assert (again.returncode, again.stdout) == (1, f"code {taken!r} is only in the repeated draw\n")


def test_allocate_writes_what_fixed_can_read(folder: Path) -> None:
    made = run(folder, "allocate", "--frame", "frame.csv", "--plan", "plan.json", "--out", "a.json")
    assert (made.returncode, made.stderr) == (0, "")
    found = json.loads((folder / "a.json").read_text(encoding="utf-8"))
    assert found["n"] == sum(found["n_by"].values()) == 20
    assert {key: part["n"] for key, part in found["strata"].items()} == found["n_by"]


def test_size_prints_json(tmp_path: Path) -> None:
    made = run(tmp_path, *["size", "--margin", "0.05", "--level", "0.95", "--p", "0.5", "--population", "1200"],
               *["--deff", "1.4", "--response-rate", "0.4"])  # fmt: skip
    found = json.loads(made.stdout)
    assert (made.returncode, found["n"], found["n_to_draw"], found["slovin"]) == (0, 372, 930, 300)


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
    folder: Path, change: dict[str, object], status: int, line: str
) -> None:
    (folder / "plan.json").write_text(json.dumps(PLAN | change), encoding="utf-8")
    made = draw(folder)
    assert made.returncode == status
    assert made.stderr.startswith(line)
    assert made.stderr.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == ["frame.csv", "plan.json"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "error: frame.csv: file: is empty"),
        (HEADER.encode(), "error: frame.csv: rows: the frame has no rows"),
        (b"code,agency,person,code\na,A,p,b\n", "error: frame.csv: header: names the column 'code' twice"),
        ("code,agency,person\na,Huế,p\n".encode("utf-16"), "error: frame.csv: byte 1: is not UTF-8"),
        (b"code,agency,person\na,A,p\na,A,q\n", "error: frame.csv: column `code`: must be unique; 'a'"),
        (b"code,agency,person\na,A,p\nb,,q\n", "error: frame.csv: column `agency`: must not be empty; row 2"),
    ],
)
def test_bad_frames_are_one_line(folder: Path, content: bytes, line: str) -> None:
    (folder / "frame.csv").write_bytes(content)
    made = draw(folder)
    assert (made.returncode, made.stderr.startswith(line), made.stderr.count("\n")) == (2, True, 1), made.stderr


@pytest.mark.parametrize(
    "words",
    [["draw"], ["size", "--margin", "x"], ["size", "--margin", "2"], ["guess"], []],
    ids=["missing", "not a number", "out of range", "unknown command", "nothing"],
)
def test_a_wrong_command_line_is_one_line(tmp_path: Path, words: list[str]) -> None:
    made = run(tmp_path, *words)
    assert made.returncode == 2
    assert made.stderr.startswith("error: ")
    assert made.stderr.count("\n") == 1
