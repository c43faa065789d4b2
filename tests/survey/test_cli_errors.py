"""What a command says on a database that was never migrated: one line that tells what to do."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import KEYS


def test_a_database_without_tables_is_told_in_one_line(tmp_path: Path) -> None:
    from survey import create_app

    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    app = create_app({"DATABASE_URL": url, "THUOCDO_INSTANCE": str(tmp_path / "instance"), **KEYS})
    result = app.test_cli_runner().invoke(args=["wave", "status", "none"])
    assert result.exit_code == 2
    assert result.output == "error: database: it has no tables yet; run: flask --app wsgi db upgrade\n"
