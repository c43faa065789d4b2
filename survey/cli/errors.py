"""How a command says that it cannot: one line on standard error, exit status 2, or 3 where statistics refuse."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, ParamSpec, TypeVar

import click
from click.exceptions import NoArgsIsHelpError
from flask.cli import AppGroup
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


@contextmanager
def _one_line() -> Iterator[None]:
    """A wrong command line as one line; a command without any words shows its help."""
    try:
        yield
    except NoArgsIsHelpError:
        raise
    except click.UsageError as exc:
        name = exc.ctx.command_path if exc.ctx else "flask"
        raise CliError(f"command line: {name}: {' '.join(exc.format_message().split())}") from exc


class Command(click.Command):
    """A command whose usage errors are one line."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _one_line():
            return super().make_context(*args, **kwargs)


class Group(AppGroup):
    """A group whose usage errors, and those of its commands, are one line."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _one_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_line():
            return super().invoke(ctx)


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
