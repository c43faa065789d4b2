"""How the import commands show their progress and their report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from survey.services.intake import ImportReport, Rejection

SHOWN_ROWS = 1_000


@contextmanager
def counter(what: str) -> Iterator[Callable[[int], None]]:
    """A running count on a terminal, silence elsewhere."""
    done = 0

    def add(rows: int) -> None:
        nonlocal done
        done += rows
        if sys.stderr.isatty():
            click.echo(f"\r{done:,} {what}", nl=False, err=True)

    yield add
    if sys.stderr.isatty():
        click.echo("\r", nl=False, err=True)


def print_report(report: ImportReport) -> None:
    """The counts in one line, then each row that stayed out or wants a look."""
    counts = ", ".join(f"{name} {number}" for name, number in report.counts().items())
    click.echo(f"{report.file}: {counts}" + (" (dry run: nothing written)" if report.dry_run else ""))
    _print_rows("rejected", report.rejected)
    _print_rows("flagged", report.flagged)


def _print_rows(title: str, rows: list[Rejection]) -> None:
    for row in rows[:SHOWN_ROWS]:
        where = f"row {row.row}" + (f", {row.column}" if row.column else "")
        click.echo(f"  {title}: {where}: {row.value!r}: {row.reason}")
    if len(rows) > SHOWN_ROWS:
        click.echo(f"  {title}: and {len(rows) - SHOWN_ROWS} more rows")
