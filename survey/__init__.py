"""The application: dossiers in, invitations out, answers in, an index with its interval published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

__version__ = "0.1.0"


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Make the application from the environment; `overrides` are settings of survey.config by name."""
    from survey import blueprints, cli, config, extensions, gateways, models

    settings = config.load(overrides=overrides)
    app = Flask(
        "survey",
        instance_path=str(settings["THUOCDO_INSTANCE"]),
        template_folder=str(config.ROOT / "templates"),
        static_folder=str(config.ROOT / "survey" / "static"),
    )
    app.config.update(settings)
    settings["THUOCDO_INSTANCE"].mkdir(mode=0o700, parents=True, exist_ok=True)
    app.extensions["thuocdo_models"] = models  # imported so that the tables are known to migrations
    app.wsgi_app = blueprints.before_flask(app)  # type: ignore[assignment, method-assign]
    if proxies := settings["THUOCDO_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    if settings["THUOCDO_PRODUCTION"]:
        gateways.configured(settings)  # one that reaches no phone is told now, not at the first text
    extensions.db.init_app(app)
    extensions.migrate.init_app(app, directory=str(config.ROOT / "migrations"))
    extensions.csrf.init_app(app)
    extensions.login_manager.init_app(app)
    blueprints.register(app)
    cli.register(app)
    return app
