"""Backup, restore, retention."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from forms.phone import normalise
from survey import clock
from survey.cli.errors import CliError, Command, Group, plain_errors
from survey.services.office import backup as backups
from survey.services.office import privacy

privacy_group = Group("privacy", help="Retention, and a citizen's request.")


@click.command("backup", cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@with_appcontext
@plain_errors
def backup(folder: Path) -> None:
    """Write a consistent copy of the database and the files into FOLDER."""
    counts = backups.backup(folder, Path(current_app.config["THUOCDO_INSTANCE"]), now=clock.now())
    click.echo(f"{sum(counts.values())} rows of {len(counts)} tables: {folder}")


@click.command("restore", cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@with_appcontext
@plain_errors
def restore(folder: Path) -> None:
    """Fill an empty, migrated database from the backup in FOLDER."""
    counts = backups.restore(folder, Path(current_app.config["THUOCDO_INSTANCE"]))
    click.echo(f"{sum(counts.values())} rows of {len(counts)} tables restored")


@privacy_group.command("erase-due")
@plain_errors
def erase_due() -> None:
    """Erase the contacts whose retention date has passed."""
    click.echo(f"{privacy.erase_due(actor='cli', now=clock.now())} contacts erased")


@privacy_group.command("forget")
@plain_errors
def forget() -> None:
    """Erase one number at its owner's wish; the number is read from standard input."""
    phone = normalise(sys.stdin.readline())
    if phone.e164 is None:
        raise CliError("standard input: not a phone number")
    privacy.forget(phone.e164, actor="cli", now=clock.now())
    click.echo("erased; the number will not be invited again")
