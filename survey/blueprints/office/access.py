"""The door of the office: log-in asked of everything but the log-in page, then the action each view needs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from survey.blueprints.office import words
from survey.errors import SurveyError
from survey.extensions import db, login_manager
from survey.services.office import permissions, users
from survey.services.office.permissions import Action

P = ParamSpec("P")
R = TypeVar("R")
OPEN_ENDPOINTS = frozenset({"office.login", "office.log_in"})

blueprint = Blueprint("office", __name__, url_prefix="/office")


@blueprint.record_once
def _wire(_state: BlueprintSetupState) -> None:
    login_manager.user_loader(users.of_session)
    login_manager.unauthorized_handler(_to_login)


def _to_login() -> AnyResponse:
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("office.login", next=here), 303)


@blueprint.before_request
def _known_officers_only() -> AnyResponse | None:
    if request.endpoint in OPEN_ENDPOINTS or current_user.is_authenticated:
        return None
    return _to_login()


@blueprint.after_request
def _keep_nothing(response: Response) -> Response:
    """A shared computer must not show the last officer's pages with the Back button."""
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.context_processor
def _for_templates() -> dict[str, Any]:
    return {"can": functools.partial(permissions.can, current_user), "words": words}


def allowed(action: Action) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The view needs this action; tests/architecture finds a view that forgot to say."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            permissions.require(current_user, action)
            return view(*args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return decorate


@contextmanager
def told() -> Iterator[None]:
    """What a service refuses is told at the top of the next page, in its own words."""
    try:
        yield
    except SurveyError as error:
        db.session.rollback()
        flash(error.message, "error")
