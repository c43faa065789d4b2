"""The commands from an empty database to a closed wave, as formats.md names them; bad input ends with status 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner

from survey.seed import load_agencies, make_province, one_off_plan, write_dossiers
from survey.seed.catalogue import UNITS

PERIOD = (date(2026, 7, 1), date(2026, 9, 30))
Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, runner: FlaskCliRunner) -> Run:
    app.extensions["thuocdo_clock"] = lambda: datetime(2026, 10, 14, 3, tzinfo=UTC)
    return lambda *args: runner.invoke(args=[str(arg) for arg in args])


def _province(tmp_path: Path) -> Path:
    return write_dossiers(make_province("small", seed="hue", period=PERIOD), tmp_path / "synthetic.csv")


def _plan(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(one_off_plan("2026-q3", PERIOD, n=120) | changes), encoding="utf-8")
    return path


def test_a_wave_from_the_command_line(run: Run, tmp_path: Path, now: datetime) -> None:
    load_agencies(now)
    assert "read 600, new 600" in run("dossiers", "import", _province(tmp_path)).output
    for command in (("create", _plan(tmp_path)), ("draw", "2026-q3", "--seed", "hạt"), ("launch", "2026-q3")):
        assert run("wave", *command).exit_code == 0
    status = run("wave", "status", "2026-q3").output
    assert "2026-q3: launched (one-off, synthetic data, answers until 2026-10-28)" in status
    assert "RR1 0.0%: 0 complete of 120" in status
    assert run("wave", "close", "2026-q3").output.startswith("2026-q3: closed")
    unanswered = run("wave", "estimate", "2026-q3")
    assert (unanswered.exit_code, unanswered.stderr.count("\n")) == (3, 1)
    assert unanswered.stderr.startswith("error: Đợt 2026-q3 chưa ước lượng được: ")


def test_agencies_are_imported_and_imported_again(run: Run) -> None:
    assert "read 266, new 266" in run("agencies", "import", UNITS).output
    assert "new 0, changed 0, unchanged 266" in run("agencies", "import", UNITS).output


def test_rejected_rows_are_printed_with_row_column_and_reason(run: Run, tmp_path: Path) -> None:
    result = run("dossiers", "import", _province(tmp_path), "--dry-run")
    assert result.exit_code == 0
    assert "rejected 600" in result.output
    assert "(dry run: nothing written)" in result.output
    assert "  rejected: row 2, DonViXuLy: " in result.output


def test_the_commands_of_extensions_are_there_beside_ours(run: Run) -> None:
    assert run("db", "upgrade", "--help").exit_code == 0
    assert run("wave", "--help").exit_code == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "line 1: Expecting property name enclosed in double quotes"),
        ('{"code": "2026-q3", "foo": 1}', "foo: không rõ mục này"),
    ],
)
def test_a_bad_plan_is_named_with_the_place_in_it(run: Run, tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content, encoding="utf-8")
    result = run("wave", "create", path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {path}: {says}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("wave", "status", "nothing"), "nothing"),
        (("wave", "create", "nothing.json"), "nothing.json"),
        (("dossiers", "import", "nothing.csv"), "nothing.csv"),
        (("agencies", "import", "nothing.csv"), "nothing.csv"),
        (("instrument", "export", "sipas", "out.json"), "instrument"),
        (("instrument", "import", "nothing.json"), "nothing.json"),
    ],
)
def test_bad_input_is_one_line_and_status_2(run: Run, args: tuple[str, ...], says: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_second_launch_is_one_line_and_status_2(run: Run, tmp_path: Path, now: datetime) -> None:
    load_agencies(now)
    run("dossiers", "import", _province(tmp_path))
    for command in (("create", _plan(tmp_path)), ("draw", "2026-q3", "--seed", "hạt"), ("launch", "2026-q3")):
        run("wave", *command)
    again = run("wave", "launch", "2026-q3")
    assert (again.exit_code, again.stderr) == (2, "error: đợt 2026-q3 đã triển khai; không triển khai lần nữa\n")
    assert run("wave", "draw", "2026-q3", "--seed", "khác").exit_code == 2
