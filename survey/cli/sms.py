"""Commands on text messages: a round of the outbox, a worker, and what an officer asks about them."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from survey import clock
from survey.cli.errors import CliError, plain_errors
from survey.extensions import db, reading
from survey.gateways import known
from survey.queries import outbox as queries
from survey.services import dispatch, resolve, throttle

group = AppGroup("sms", help="Text messages.")


@group.command("send-due")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many messages.")
@click.option("--seconds", type=click.FloatRange(min=0), default=55.0, show_default=True, help="Stop after these.")
@plain_errors
def send_due(limit: int | None, seconds: float) -> None:
    """One round: receipts, replies, reminders, then what is due. For cron, once a minute."""
    report = dispatch.one_round(clock.now(), max_s=seconds, limit=limit)
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

    make_worker(current_app._get_current_object()).run()  # type: ignore[attr-defined]


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
