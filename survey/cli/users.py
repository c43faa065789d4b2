"""Commands on users."""

from __future__ import annotations

from flask.cli import AppGroup

group = AppGroup("user")
