"""Routes of the callbacks pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("callbacks", __name__)
