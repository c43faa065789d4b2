"""The web: each blueprint is a door for one of the product's people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def register(app: Flask) -> None:
    """Mount every blueprint, the error pages and the headers that all responses carry."""
    from survey.blueprints import callbacks, demo, health, office, published, respond, shell
    from survey.blueprints.respond import kiosk

    shell.register(app)
    for module in (health, published, respond, kiosk, callbacks, office):
        app.register_blueprint(module.blueprint)
    if app.config["THUOCDO_DEMO"]:
        app.register_blueprint(demo.blueprint)


def before_flask(app: Flask) -> WSGIApplication:
    """The application with a shorter way for what storms in."""
    from survey.blueprints.receipts_wsgi import ReceiptsFirst

    return ReceiptsFirst(app, app.wsgi_app)
