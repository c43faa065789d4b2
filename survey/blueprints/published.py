"""Routes of the published pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("published", __name__)
