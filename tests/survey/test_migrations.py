"""The tables are made by a command, and are those of the models. Authority: the comparison that Alembic makes."""

from __future__ import annotations

from flask.testing import FlaskCliRunner


def test_the_migrations_make_the_tables_of_the_models(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["db", "check"])
    assert result.exit_code == 0, result.output


def test_every_command_is_offered_beside_those_on_the_database(runner: FlaskCliRunner) -> None:
    offered = runner.invoke(args=["--help"]).output
    for name in ("db", "wave", "dossiers", "backup"):
        assert f"\n  {name} " in offered
