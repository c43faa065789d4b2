"""The commands of the product (`flask --app wsgi …`), one module for each noun."""

from __future__ import annotations

import importlib

from flask import Flask

MODULES = ("agencies", "dossiers", "instruments", "waves", "sms", "releases", "users", "demo")


def register(app: Flask) -> None:
    """Each module offers `group`: a click command or group."""
    for module in MODULES:
        app.cli.add_command(importlib.import_module(f"survey.cli.{module}").group)
