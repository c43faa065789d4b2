"""Commands on questionnaires."""

from __future__ import annotations

from pathlib import Path

import click

from survey import clock
from survey.cli.errors import Group, plain_errors
from survey.services.fieldwork import instruments
from survey.services.fieldwork.plans import reference

group = Group("instrument", help="Questionnaires and their versions.")


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@plain_errors
def import_command(file: Path) -> None:
    """Store the questionnaire of FILE (XLSForm .xlsx, or .json)."""
    stored = instruments.import_instrument(file, actor="cli", now=clock.now())
    version = stored.version
    click.echo(f"{version.code}@{version.version}  {version.sha256}")
    for warning in stored.warnings:
        click.echo(f"warning: {warning}", err=True)


@group.command("export")
@click.argument("instrument")
@click.argument("file", type=click.Path(path_type=Path))
@plain_errors
def export_command(instrument: str, file: Path) -> None:
    """Write INSTRUMENT (code@version) to FILE (XLSForm .xlsx, or .json)."""
    code, version = reference(instrument)
    instruments.export_instrument(code, version, file)
    click.echo(str(file))
