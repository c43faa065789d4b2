"""How a command says that it cannot: one line on standard error, exit status 2, or 3 where statistics refuse."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import IO, Any, ParamSpec, TypeVar

import click
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError, ProgrammingError

from survey.errors import RefusedError, SurveyError
from survey.extensions import db

P = ParamSpec("P")
R = TypeVar("R")


class CliError(click.ClickException):
    """Bad input of a command."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"error: {self.format_message()}", file=file, err=file is None)


class CliRefusalError(CliError):
    """Statistics refuse to answer."""

    exit_code = 3


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what the services refuse into a `CliError`; anything else stays a traceback."""

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SurveyError as exc:
            kind = CliRefusalError if isinstance(exc, RefusedError) else CliError
            raise kind(exc.message) from exc
        except (OperationalError, ProgrammingError) as exc:
            db.session.rollback()
            if inspect(db.engine).has_table("alembic_version"):
                raise
            raise CliError("database: it has no tables yet; run: flask --app wsgi db upgrade") from exc

    return wrapper
