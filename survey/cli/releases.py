"""Commands on releases."""

from __future__ import annotations

from pathlib import Path

import click

from survey.cli.errors import CliError, Group, plain_errors
from survey.clock import now
from survey.queries import progress
from survey.queries.published import paths_of, release_by_name
from survey.services.publishing import publish

group = Group("release", help="Publications: build, publish, verify.")
ACTOR = "cli"


@group.command("build")
@click.argument("wave")
@plain_errors
def build(wave: str) -> None:
    """Make PDF, XLSX, CSV, JSON and release.zip of an estimated wave."""
    release = publish.build_release(progress.wave(wave), actor=ACTOR, now=now())
    click.echo(f"release {publish.name_of(release)}")
    for path in paths_of(release):
        click.echo(f"  {path}")


@group.command("publish")
@click.argument("release")
@plain_errors
def publish_command(release: str) -> None:
    """Show a built release (YEAR/SLUG, YEAR/SLUG@EDITION) to everyone."""
    shown = publish.publish_release(release_by_name(release), actor=ACTOR, now=now())
    click.echo(f"published /releases/{shown.year}/{shown.slug}/")


@group.command("withdraw")
@click.argument("release")
@click.option("--reason", required=True, help="kept in the log")
@plain_errors
def withdraw(release: str, reason: str) -> None:
    """Take a published release off the public pages."""
    gone = publish.withdraw_release(release_by_name(release), reason, actor=ACTOR, now=now())
    click.echo(f"withdrawn {publish.name_of(gone)}")


@group.command("verify")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--restricted", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="the full data, where the release keeps rows back; ours is found without it")  # fmt: skip
@click.pass_context
def verify(context: click.Context, path: Path, restricted: Path | None) -> None:
    """Recompute every figure of a release (folder or zip): exit 0, or 1 with a line for each that differs."""
    try:
        found = publish.verify(path, restricted)
    except ValueError as exc:
        raise CliError(f"{path}: {exc}") from exc
    for line in found:
        click.echo(line)
    if found:
        context.exit(1)
    click.echo("ok: every published figure was recomputed")
