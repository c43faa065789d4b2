"""Logging in and out."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from survey import clock
from survey.blueprints.office.access import blueprint
from survey.services.office import users


@blueprint.get("/login")
def login() -> Any:
    if current_user.is_authenticated:
        return redirect(url_for(".index"), 303)
    return render_template("office/login.html", next=_inside(request.args.get("next")))


@blueprint.post("/login")
def log_in() -> Any:
    """A fresh session for who comes in: nothing that was put into the browser before survives."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    wanted = _inside(request.form.get("next"))
    try:
        user = users.check_login(email, password, address=request.remote_addr or "", now=clock.now())
    except users.LoginError as error:
        return render_template("office/login.html", next=wanted, email=email, error=error.message), error.status
    session.clear()
    session.permanent = True
    login_user(user)
    return redirect(wanted or url_for(".index"), 303)


@blueprint.post("/logout")
def log_out() -> Response:
    users.log_out(current_user._get_current_object(), now=clock.now())
    logout_user()
    session.clear()
    flash(_("Quý vị đã đăng xuất trên mọi thiết bị."))
    return redirect(url_for(".login"), 303)


def _inside(path: str | None) -> str | None:
    """A page of the office to go on to, never another site: `//host` and `\\host` leave this one."""
    is_inside = path is not None and path.startswith("/office/") and "\\" not in path and path.isprintable()
    return path if is_inside else None
