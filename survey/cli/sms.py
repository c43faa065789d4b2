"""Commands on text messages: a round of the outbox, a worker, and what an officer asks about them."""

from __future__ import annotations

import sys
from typing import Any, cast

import click
from flask import current_app

from survey import clock
from survey.cli.errors import CliError, Group, plain_errors
from survey.errors import InputError
from survey.extensions import db, reading
from survey.gateways import GatewaySettingsError, known
from survey.queries import outbox as queries
from survey.queries import reconcile
from survey.services.messaging import dispatch, outbox, resolve, throttle, trial

group = Group("sms", help="Text messages.")


@group.command("send-due")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many messages.")
@click.option("--seconds", type=click.FloatRange(min=0), default=55.0, show_default=True, help="Stop after these.")
@plain_errors
def send_due(limit: int | None, seconds: float) -> None:
    """One round: receipts, replies, reminders, then what is due. For cron, once a minute."""
    try:
        report = dispatch.one_round(clock.now(), max_s=seconds, limit=limit)
    except GatewaySettingsError as exc:
        raise CliError(str(exc)) from exc
    done = report.dispatch
    click.echo(f"receipts {report.receipts}  inbound {report.inbound}  reminders {report.reminders}")
    click.echo(
        f"sent {done.sent}  not sent {done.not_sent}  refused {done.refused}  unknown {done.unknown}"
        f"  stopped {done.stopped}  delayed {done.delayed}"
    )


@group.command("worker")
def worker() -> None:
    """Work until stopped. Any number may run, on any number of machines."""
    from survey.jobs import make_worker

    make_worker(cast("Any", current_app)._get_current_object()).run()


@group.command("status")
@click.argument("wave", required=False)
@plain_errors
def status(wave: str | None) -> None:
    """Messages by gateway and state, of one wave or of all."""
    with reading():
        rows = queries.gateway_counts(wave)
        db.session.rollback()
    for gateway, state, count in rows:
        click.echo(f"{gateway or '-':12} {state.value:12} {count:8}")


@group.command("check")
@plain_errors
def check() -> None:
    """Due against sent, sent against receipts; exits 1 when something waits too long. For cron, once a day."""
    now = clock.now()
    with reading():
        found = reconcile.reconciliation(now, open_since=outbox.window().open_since(now))
        db.session.rollback()
    click.echo(f"sent in 24 hours: {found.sent}")
    for name, count in found.alarms.items():
        click.echo(f"ALARM {count} {name}")
    if found.alarms:
        raise SystemExit(1)


@group.command("test")
@click.option("--gateway", "name", help="Not the first one in use, but this.")
@plain_errors
def send_test(name: str | None) -> None:
    """Send one text to a phone of your own; the number is read from standard input."""
    try:
        tried = trial.send(None, sys.stdin.readline(), name, actor="cli", now=clock.now())
    except InputError as exc:
        known = {"not_mobile": "standard input: not a mobile number of Viet Nam"}
        raise CliError(known.get(exc.code, f"no gateway {name}")) from exc
    if tried.outcome != "sent":
        raise CliError(f"{tried.gateway}: {tried.outcome}: {tried.reason}")
    click.echo(f"{tried.gateway}: handed over")


@group.command("unknown")
@plain_errors
def unknown() -> None:
    """List the messages of which nobody knows whether they arrived, and the dead ones; numbers are masked."""
    with reading():
        rows = queries.troubled()
        db.session.rollback()
    for row in rows:
        click.echo(f"{row.id}  {row.state.value:8}  {row.wave or '-':12}  {row.at:%Y-%m-%d %H:%M}  {row.reason}")


@group.command("gateway")
@click.argument("name")
@click.argument("state", type=click.Choice(["on", "off"]))
@plain_errors
def gateway(name: str, state: str) -> None:
    """Switch a gateway off without losing its queue, or on again."""
    if not known(name, current_app.config):
        raise CliError(f"no gateway {name}")
    throttle.switch(name, on=state == "on", actor="cli", now=clock.now())
    click.echo(f"{name} {state}")


@group.command("resolve")
@click.argument("message_id")
@click.option("--as", "decision", type=click.Choice(["arrived", "lost", "resend"]), required=True)
@plain_errors
def resolve_unknown(message_id: str, decision: str) -> None:
    """Decide about an unknown or dead message; `resend` queues a new one beside it."""
    click.echo(resolve.decide(message_id, decision, actor="cli", now=clock.now()))
