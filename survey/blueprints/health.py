"""Probes: alive, and able to work."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import text

from survey.extensions import db

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> dict[str, str]:
    return {"status": "ok"}


@blueprint.get("/readyz")
def ready() -> dict[str, str]:
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}
