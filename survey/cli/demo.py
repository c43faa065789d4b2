"""`demo`: the fictional province, a whole wave played and published, and a rolling wave left open to play with."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import event, func, inspect, select

from forms import instrument as instruments
from survey import clock as clocks
from survey.cli.errors import CliError, Command, plain_errors
from survey.cli.estimates import agency_table
from survey.cli.play import Clock, Play, Script
from survey.extensions import db
from survey.models import (
    AppMeta,
    Contact,
    DomainLevel,
    Dossier,
    EstimationRun,
    Release,
    Role,
    SampleUnit,
    User,
    Wave,
)
from survey.queries import published
from survey.seed import Citizens, load_province, make_province, one_off_plan, rolling_plan
from survey.services.fieldwork import draw, waves
from survey.services.office import users
from survey.services.publishing import estimate, publish

ACTOR = "demo"
EMAIL = "demo@thuocdo.example"
INSTRUMENT = "motcua_ngan"
SAMPLE = 2_500
console = Console()


@click.command("demo", cls=Command)
@click.option("--keep", is_flag=True, help="Where a demo was played before, only show its result again.")
@click.option("--size", default="demo", hidden=True)
@plain_errors
def demo(keep: bool, size: str) -> None:
    """Fill an empty database with the fictional province and play a whole wave."""
    if keep and _played() == "finished":
        show()
        return
    _make_room()
    upgrade()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    _mark("started")
    with light_disk():
        play_all(app, size)
    _mark("finished")
    show()


def _played() -> str:
    if not inspect(db.engine).has_table("app_meta"):
        return ""
    row = db.session.get(AppMeta, "demo")
    state = row.value if row else ""
    db.session.rollback()
    return state


def _make_room() -> None:
    """Refuse a database with anything in it; a demo of ours that was cut short is thrown away."""
    tables = inspect(db.engine).get_table_names()
    if not tables:
        return
    if _played() == "started":
        console.print("[dim]an earlier demo was cut short; it starts again")
        db.drop_all()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        for name in ("waves", "releases", "simulator.sqlite3"):
            _remove(_instance() / name)
        return
    for model in (Dossier, Wave, User, Contact):
        if model.__tablename__ in tables and db.session.scalar(select(func.count()).select_from(model)):
            raise CliError(f"database: table {model.__tablename__} is not empty; the demo needs an empty database")
    db.session.rollback()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def _instance() -> Path:
    return Path(current_app.config["THUOCDO_INSTANCE"])


def _mark(state: str) -> None:
    from survey.services.office import meta

    meta.remember("demo", state)


@contextmanager
def light_disk() -> Iterator[None]:
    """SQLite does not wait for the disk while the demo plays: what a power cut takes is played again."""

    def pragma(connection: Any, _record: Any) -> None:
        if db.engine.dialect.name == "sqlite":
            connection.execute("PRAGMA synchronous=OFF")

    db.engine.dispose()
    event.listen(db.engine, "connect", pragma)
    try:
        yield
    finally:
        event.remove(db.engine, "connect", pragma)
        db.session.remove()
        db.engine.dispose()


@contextmanager
def bar(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar; call what it gives with the number just done."""
    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.advance(task, done)


def play_all(app: Flask, size: str) -> None:
    """The chain from end to end, at the play's own time; the clock is the system's again afterwards."""
    today = clocks.local_day(clocks.now())
    end = today - timedelta(days=24)
    period = (end - timedelta(days=91), end)
    clock = Clock(_at(end + timedelta(days=3), 9))
    province = make_province(size, seed="thuoc-do", period=(period[0], today - timedelta(days=1)))
    app.extensions["thuocdo_clock"] = clock
    try:
        with bar("Nhập hồ sơ", len(province.dossiers)) as step:
            load_province(province, _instance() / "demo", now=clock.time, progress=step)
        people = Citizens(province)
        questions = instruments.load(INSTRUMENT)
        script = Script(people.answers(questions), people.behaviour())
        wave = published_wave(app, clock, script, period, size)
        open_wave(app, clock, script, today)
        del wave, province
    finally:
        app.extensions.pop("thuocdo_clock")


def published_wave(app: Flask, clock: Clock, script: Script, period: tuple[date, date], size: str) -> Wave:
    """Plan, frame, draw, launch, fieldwork, close, estimate, release."""
    wave = _drawn(clock, period, size)
    waves.launch_wave(wave, actor=ACTOR, now=clock.time)
    with bar("Gửi tin nhắn, người dân trả lời", _reachable(wave)) as step:
        Play(app, clock, script, step).run(wave, _at(period[1] + timedelta(days=17), 12))
    with bar("Đóng đợt, ước lượng, lập công bố", 3) as step:
        waves.close_wave(wave, actor=ACTOR, now=clock.time)
        step(1)
        estimate.estimate_wave(wave, actor=ACTOR, now=clock.time)
        step(1)
        release = publish.build_release(wave, actor=ACTOR, now=clock.time)
        publish.publish_release(release, actor=ACTOR, now=clock.time)
        step(1)
    return wave


def _drawn(clock: Clock, period: tuple[date, date], size: str) -> Wave:
    code = f"{period[1].year}-dot-1"
    n, minimum = (SAMPLE, 48) if size == "demo" else (120, 36)
    plan = one_off_plan(code, period, n=n, minimum=minimum)
    plan["settings"] |= {"target": 0.9}
    with bar("Lập khung mẫu, rút mẫu", 2) as step:
        wave = waves.create_wave(plan, actor=ACTOR, now=clock.time)
        frame = draw.freeze_frame(wave, wave.period_end, actor=ACTOR, now=clock.time)
        step(1)
        seed = f"Xổ số Huế {clocks.local_day(clock.time):%d/%m/%Y}"  # nobody knew it when the hash was told
        draw.draw_sample(wave, seed, actor=ACTOR, now=clock.time)
        step(1)
    console.print(
        f"[dim]  khung {frame.n_eligible:,} hồ sơ, loại {frame.n_excluded:,}; SHA-256 {frame.sha256[:16]}…"
    )
    return wave


def open_wave(app: Flask, clock: Clock, script: Script, today: date) -> Wave:
    """A rolling wave that is still open: the phones of /demo/phone belong to it."""
    start = today - timedelta(days=6)
    plan = rolling_plan(f"{today.year}-cuon-chieu", (start, today + timedelta(days=60)), fraction=0.05)
    clock.time = _at(today - timedelta(days=1), 9)
    wave = waves.create_wave(plan, actor=ACTOR, now=clock.time)
    waves.launch_wave(wave, actor=ACTOR, now=clock.time)
    with bar("Đợt cuốn chiếu đang mở", 6) as step:
        for number in range(6):
            draw.draw_day(wave, start + timedelta(days=number), actor=ACTOR, now=clock.time)
            step(1)
    Play(app, clock, script, lambda _done: None).run(wave, clock.time + timedelta(hours=3))
    return wave


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), clocks.HANOI).astimezone(UTC)


def _reachable(wave: Wave) -> int:
    query = select(func.count()).where(SampleUnit.wave_id == wave.id, SampleUnit.contact_id.is_not(None))
    return db.session.scalar(query) or 0


def show() -> None:
    """The table of agencies, where the files are, and how to log in."""
    run = db.session.scalars(select(EstimationRun).order_by(EstimationRun.id)).first()
    release = db.session.scalars(select(Release).order_by(Release.id)).first()
    if run is None or release is None:
        raise CliError("the demo has no release; start again with an empty database")
    table = published.estimates_of(run)
    rows = [(key, figures[estimate.INDEX]) for key, figures in table.items() if estimate.INDEX in figures]
    codes = [code for (level, code), _figures in rows if level is DomainLevel.agency]
    names = {
        code: agency.name_vi for code, agency in published.agencies_by_label(codes, run.wave.period_end).items()
    }
    console.print(agency_table(rows, names))
    for path in published.paths_of(release):
        console.print(str(path), soft_wrap=True, highlight=False)
    email, password = _login()
    console.print(f"\nĐăng nhập văn phòng: [bold]{email}[/]  mật khẩu: [bold]{password}[/]", highlight=False)


def _login() -> tuple[str, str]:
    """The demo's officer; the password is kept beside the database, readable by its owner only."""
    path = _instance() / "demo-login.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    if "password" not in known or db.session.scalar(select(User.id).where(User.email == EMAIL)) is None:
        known = {"password": secrets.token_urlsafe(9)}
        path.touch(mode=0o600)
        path.write_text(json.dumps(known))
        if db.session.scalar(select(User.id).where(User.email == EMAIL)) is None:
            users.add_user(EMAIL, Role.admin, known["password"], actor=ACTOR, now=clocks.now())
        else:
            users.set_password(EMAIL, known["password"], actor=ACTOR, now=clocks.now())
    return EMAIL, known["password"]
