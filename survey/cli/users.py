"""Commands on officers' accounts."""

from __future__ import annotations

import secrets
import sys

import click
from sqlalchemy import select

from survey import clock
from survey.cli.errors import Group, plain_errors
from survey.extensions import db, reading
from survey.models import Role, User
from survey.services.office import users

group = Group("user", help="Officers' accounts.")
_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


def _password(from_stdin: bool) -> tuple[str, str]:
    """From standard input, else typed at a terminal, else made up; and a line that tells a made-up one."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), ""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password (empty: make one up)", hide_input=True, default="", show_default=False)
        if typed:
            return typed, ""
    made = secrets.token_urlsafe(15)
    return made, f"\npassword (shown this once): {made}"


@group.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--agency", "agency_code", help="Code of the agency; only for role agency.")
@_stdin
@plain_errors
def add(email: str, role: str, agency_code: str | None, password_stdin: bool) -> None:
    """Add an account."""
    password, told = _password(password_stdin)
    user = users.add_user(email, role, password, agency_code=agency_code, actor="cli", now=clock.now())
    click.echo(f"added {user.email} ({user.role}){told}")


@group.command("password")
@click.argument("email")
@_stdin
@plain_errors
def change_password(email: str, password_stdin: bool) -> None:
    """Set a new password; ends the account's sessions."""
    password, told = _password(password_stdin)
    user = users.set_password(email, password, actor="cli", now=clock.now())
    click.echo(f"new password for {user.email}{told}")


@group.command("assign")
@click.argument("email")
@click.argument("agency")
@plain_errors
def assign(email: str, agency: str) -> None:
    """Give an account of role agency its agency, by code."""
    user = users.assign(email, agency, actor="cli", now=clock.now())
    click.echo(f"{user.email} sees the results of {agency}")


@group.command("disable")
@click.argument("email")
@plain_errors
def disable(email: str) -> None:
    """Switch an account off; ends its sessions."""
    click.echo(f"disabled {users.set_active(email, False, actor='cli', now=clock.now()).email}")


@group.command("enable")
@click.argument("email")
@plain_errors
def enable(email: str) -> None:
    """Switch an account on again."""
    click.echo(f"enabled {users.set_active(email, True, actor='cli', now=clock.now()).email}")


@group.command("list")
def list_users() -> None:
    """Accounts, with their roles."""
    with reading():
        for user in db.session.scalars(select(User).order_by(User.email)):
            click.echo(f"{user.email}\t{user.role}\t{'active' if user.active else 'disabled'}")
