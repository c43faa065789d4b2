"""Commands on waves: the life of one from plan to close."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

import click

from analysis.disposition import Account
from survey import clock
from survey.cli.errors import CliError, Group, plain_errors
from survey.clock import local_day
from survey.errors import SurveyError
from survey.files import parse_json
from survey.models import FrameSnapshot, Wave, WaveKind
from survey.queries import progress
from survey.queries.account import account, total
from survey.queries.published import frames_of
from survey.services.fieldwork import draw, waves

group = Group("wave", help="Measurement periods: plan, draw, launch, close.")


@group.command("create")
@click.argument("plan", type=click.Path(path_type=Path))
@plain_errors
def create(plan: Path) -> None:
    """Make a wave from PLAN.json."""
    try:
        raw = parse_json(plan.read_text(encoding="utf-8-sig"))
        wave = waves.create_wave(raw, actor="cli", now=clock.now())
    except OSError as exc:
        raise CliError(f"{plan}: file: {exc.strerror}") from exc
    except json.JSONDecodeError as exc:
        raise CliError(f"{plan}: line {exc.lineno}: {exc.msg}") from exc
    except UnicodeDecodeError as exc:
        raise CliError(f"{plan}: byte {exc.start + 1}: is not UTF-8") from exc
    except SurveyError as exc:
        raise CliError(f"{plan}: {exc.message}") from exc
    click.echo(f"{wave.code}: {wave.state.value}")


@group.command("freeze")
@click.argument("wave")
@plain_errors
def freeze(wave: str) -> None:
    """Freeze the frame of WAVE and print its hash, before a seed is known."""
    found = progress.wave(wave)
    _print_frame(draw.freeze_frame(found, found.period_end, actor="cli", now=clock.now()))


@group.command("draw")
@click.argument("wave")
@click.option("--seed", required=True, help="Announced after the hash of the frame; kept with the sample.")
@plain_errors
def draw_command(wave: str, seed: str) -> None:
    """Draw the sample of WAVE; a rolling wave only gets its seed, and is drawn day by day."""
    found = progress.wave(wave)
    if found.kind is WaveKind.rolling:
        _print_state(waves.choose_seed(found, seed, actor="cli", now=clock.now()))
        return
    snapshot = draw.draw_sample(found, seed, actor="cli", now=clock.now())
    _print_frame(snapshot)
    _print_strata(snapshot)


@group.command("draw-day")
@click.argument("wave")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Day of completion; yesterday when not given.")
@plain_errors
def draw_day(wave: str, day: datetime | None) -> None:
    """Draw one day of the rolling WAVE and queue its invitations; for a daily job, idempotent."""
    now = clock.now()
    chosen = day.date() if day else local_day(now) - timedelta(days=1)
    snapshot = draw.draw_day(progress.wave(wave), chosen, actor="cli", now=now)
    _print_frame(snapshot)
    _print_strata(snapshot)


@group.command("launch")
@click.argument("wave")
@plain_errors
def launch(wave: str) -> None:
    """Open WAVE and queue its invitations."""
    _print_state(waves.launch_wave(progress.wave(wave), actor="cli", now=clock.now()))


@group.command("pause")
@click.argument("wave")
@plain_errors
def pause(wave: str) -> None:
    """Stop starting messages of WAVE; answers are still taken."""
    _print_state(waves.pause_wave(progress.wave(wave), actor="cli", now=clock.now()))


@group.command("resume")
@click.argument("wave")
@plain_errors
def resume(wave: str) -> None:
    """Go on sending after a pause."""
    _print_state(waves.resume_wave(progress.wave(wave), actor="cli", now=clock.now()))


@group.command("close")
@click.argument("wave")
@plain_errors
def close(wave: str) -> None:
    """Take no more answers, write the analysis file of WAVE."""
    _print_state(waves.close_wave(progress.wave(wave), actor="cli", now=clock.now()))


@group.command("status")
@click.argument("wave")
@plain_errors
def status(wave: str) -> None:
    """The state of WAVE, its frames, its account by agency and its response rate."""
    found = progress.wave(wave)
    _print_state(found)
    for snapshot in frames_of(found):
        _print_frame(snapshot)
    _print_account(found)


def _print_state(wave: Wave) -> None:
    kind = "rolling" if wave.kind is WaveKind.rolling else "one-off"
    synthetic = ", synthetic data" if wave.synthetic else ""
    closes = f", answers until {local_day(wave.closes_at)}" if wave.closes_at else ""
    click.echo(f"{wave.code}: {wave.state.value} ({kind}{synthetic}{closes})")


def _print_frame(snapshot: FrameSnapshot) -> None:
    click.echo(
        f"frame {snapshot.day}: {snapshot.n_eligible} eligible, {snapshot.n_excluded} excluded, "
        f"sha256 {snapshot.sha256}"
    )
    for reason, count in sorted(snapshot.exclusions["total"].items()):
        click.echo(f"  excluded: {reason}: {count}")


def _print_strata(snapshot: FrameSnapshot) -> None:
    strata = (snapshot.summary or {}).get("strata", {})
    rows = [(key or "(all)", str(row["N"]), str(row["n"])) for key, row in strata.items()]
    _print_table(("stratum", "N", "n"), rows)


def _print_account(wave: Wave) -> None:
    rows = account(wave)
    if not rows:
        return
    whole = total(rows)
    lines = [field.name for field in fields(Account)]
    named = [(row.agency, row.account) for row in rows] + [("total", whole)]
    _print_table(("agency", *lines), [(name, *(str(getattr(a, line)) for line in lines)) for name, a in named])
    asked = whole.sampled - whole.found_ineligible
    rate = f"{whole.complete / asked:.1%}" if asked else "-"
    click.echo(f"RR1 {rate}: {whole.complete} complete of {asked} sampled and not found ineligible (unweighted)")


def _print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    for row in (header, *rows):
        first = row[0].ljust(widths[0])
        click.echo(
            "  ".join([first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))])
        )
