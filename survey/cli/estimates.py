"""Commands on what a closed wave says: `wave estimate`, `wave export`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from survey.cli.errors import plain_errors
from survey.cli.waves import group
from survey.clock import now
from survey.models import DomainLevel, Estimate
from survey.queries import progress, published
from survey.services.publishing import analysis_file_export, estimate

__all__ = ["group"]

ACTOR = "cli"


@group.command("estimate")
@click.argument("wave")
@plain_errors
def estimate_command(wave: str) -> None:
    """Estimate the index of every agency of a closed WAVE, store it and print the table."""
    run = estimate.estimate_wave(progress.wave(wave), actor=ACTOR, now=now())
    table = published.estimates_of(run)
    rows = [(key, figures[estimate.INDEX]) for key, figures in table.items() if estimate.INDEX in figures]
    codes = [code for (level, code), _ in rows if level is DomainLevel.agency]
    names = {
        code: agency.name_vi for code, agency in published.agencies_by_label(codes, run.wave.period_end).items()
    }
    Console().print(agency_table(rows, names))


def agency_table(rows: list[tuple[published.Key, Estimate]], names: dict[str, str]) -> Table:
    """The index by domain with its interval; suppression is a matter of publication, not of this table."""
    table = Table("domain", "name", "index %", "95% interval", "n", "deff", "flags", title="Index by agency")
    for column in table.columns[2:6]:
        column.justify = "right"
    for (level, code), row in rows:
        interval = (
            "-" if row.ci_low is None or row.ci_high is None else f"{_share(row.ci_low)} – {_share(row.ci_high)}"
        )
        deff = "-" if row.deff is None else f"{row.deff:.2f}"
        name = names.get(code, "")
        table.add_row(
            code or level.value, name, _share(row.estimate), interval, str(row.n), deff, " ".join(row.flags)
        )
    return table


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


@group.command("export")
@click.argument("wave")
@click.option("--out", "folder", required=True, type=click.Path(file_okay=False, path_type=Path))
@plain_errors
def export(wave: str, folder: Path) -> None:
    """Write the analysis file of WAVE: Parquet, design.json, codebook, SPSS and Stata."""
    for path in analysis_file_export.export(progress.wave(wave), folder):
        click.echo(path)
