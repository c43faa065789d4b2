"""The commands of the product (`flask --app wsgi …`), one module for each noun."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Each module offers `group`; maintenance offers single commands too."""
    from survey.cli import (
        agencies,
        counts,
        demo,
        dossiers,
        estimates,
        instruments,
        maintenance,
        releases,
        sms,
        users,
        waves,
    )

    for module in (agencies, dossiers, instruments, waves, estimates, sms, releases, users, demo, counts):
        app.cli.add_command(module.group)
    for command in maintenance.commands:
        app.cli.add_command(command)
