"""A frame and a plan in a folder, and the command run there in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from sampling.__main__ import main

Run = Callable[..., CompletedProcess[str]]

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


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`python -m sampling` with the given words, in the folder of frame.csv and plan.json."""
    monkeypatch.chdir(folder)

    def call(*words: str) -> CompletedProcess[str]:
        try:
            status = main(words)
        except SystemExit as exc:
            status = int(str(exc.code))
        return CompletedProcess(words, status, *capsys.readouterr())

    return call


@pytest.fixture
def draw(run: Run) -> Run:
    """A draw from them into `out` and summary.json."""

    def call(out: str = "sample.csv") -> CompletedProcess[str]:
        words = f"draw --frame frame.csv --plan plan.json --seed huế --out {out} --summary summary.json"
        return run(*words.split())

    return call


@pytest.fixture
def replay(run: Run) -> Run:
    """The draw repeated and compared."""

    def call(sample: str = "sample.csv") -> CompletedProcess[str]:
        return run(*f"replay --frame frame.csv --summary summary.json --sample {sample}".split())

    return call
