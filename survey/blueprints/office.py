"""Routes of the office pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("office", __name__)
