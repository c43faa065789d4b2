"""The commands of the product (`flask --app wsgi …`), one module for each noun.

A module is loaded when its command is called: web processes load none, so statistics, PDF and readers of
spreadsheets cost them no memory.
"""

from __future__ import annotations

from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup

# name of the command -> module and what it is called there
COMMANDS: dict[str, tuple[str, str]] = {
    "agencies": ("agencies", "group"),
    "dossiers": ("dossiers", "group"),
    "counts": ("counts", "group"),
    "instrument": ("instruments", "group"),
    "wave": ("estimates", "group"),  # the wave's own commands, and those on what it says
    "sms": ("sms", "group"),
    "release": ("releases", "group"),
    "user": ("users", "group"),
    "demo": ("demo", "demo"),
    "privacy": ("maintenance", "privacy_group"),
    "backup": ("maintenance", "backup"),
    "restore": ("maintenance", "restore"),
}


class Commands(AppGroup):
    """The application's commands, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            return command(cmd_name)
        return super().get_command(ctx, cmd_name)


def command(name: str) -> click.Command:
    """The command of this name, with all below it."""
    module, attribute = COMMANDS[name]
    found: click.Command = getattr(import_module(f"survey.cli.{module}"), attribute)
    return found


def register(app: Flask) -> None:
    app.cli = Commands(app.name, commands=app.cli.commands)  # Flask-Migrate has put `db` there
