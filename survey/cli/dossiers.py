"""Commands on dossiers."""

from __future__ import annotations

from pathlib import Path

import click

from survey import clock
from survey.cli.errors import Group, plain_errors
from survey.cli.imports import counter, print_report
from survey.services.intake import import_dossiers, read_map

group = Group("dossiers", help="Dossiers as the one-stop software exports them.")


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "map_file", type=click.Path(path_type=Path), help="JSON that names the columns of FILE.")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@plain_errors
def import_command(file: Path, map_file: Path | None, dry_run: bool) -> None:
    """Import dossiers from FILE (.csv, .xlsx, .json); importing it again changes nothing."""
    columns = read_map(map_file) if map_file else None
    with counter("dossiers") as progress:
        report = import_dossiers(
            file, column_map=columns, dry_run=dry_run, actor="cli", now=clock.now(), progress=progress
        )
    print_report(report)
