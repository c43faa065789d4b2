"""What a command says on a database that was never migrated: one line that tells what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from tests.conftest import KEYS


def test_a_database_without_tables_is_told_in_one_line(tmp_path: Path) -> None:
    from survey import create_app

    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    app = create_app({"DATABASE_URL": url, "THUOCDO_INSTANCE": str(tmp_path / "instance"), **KEYS})
    result = app.test_cli_runner().invoke(args=["wave", "status", "none"])
    assert result.exit_code == 2
    assert result.output == "error: database: it has no tables yet; run: flask --app wsgi db upgrade\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["user", "add", "a@b.vn", "--role", "king"], "command line: root user add: Invalid value for '--role': "),
        (["wave", "draw", "w"], "command line: root wave draw: Missing option '--seed'."),
        (["wave", "paint"], "command line: root wave: No such command 'paint'."),
        (["backup"], "command line: root backup: Missing argument 'FOLDER'."),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(runner: FlaskCliRunner, words: list[str], line: str) -> None:
    result = runner.invoke(args=words, prog_name="root")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {line}")
    assert result.stderr.count("\n") == 1
