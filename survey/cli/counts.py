"""The command on counts that others published."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from survey.cli.errors import Command, plain_errors
from survey.reports.counts import read_counts, to_markdown


@click.command("counts", cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--issued", type=click.IntRange(1), help="forms given out: adds bounds for those never returned")
@click.option("--without", multiple=True, metavar="LEVEL", help="a level not to be counted as satisfied")
@click.option("--accept-inconsistent", is_flag=True, help="go on where levels add up to more than the forms")
@with_appcontext
@plain_errors
def group(file: Path, issued: int | None, without: tuple[str, ...], accept_inconsistent: bool) -> None:
    """What the published counts of FILE (item, level, satisfied, count, base) give, with intervals."""
    items = read_counts(file, accept_inconsistent=accept_inconsistent, without=without)
    click.echo(to_markdown(items, issued), nl=False)
