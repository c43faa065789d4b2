"""Commands on agencies."""

from __future__ import annotations

from pathlib import Path

import click

from survey import clock
from survey.cli.errors import Group, plain_errors
from survey.cli.imports import counter, print_report
from survey.services.intake import import_agencies

group = Group("agencies", help="Agencies, with their validity dates and successors.")


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@plain_errors
def import_command(file: Path) -> None:
    """Import agencies from FILE (.csv, .xlsx, .json); importing it again changes nothing."""
    with counter("agencies") as progress:
        report = import_agencies(file, actor="cli", now=clock.now(), progress=progress)
    print_report(report)
