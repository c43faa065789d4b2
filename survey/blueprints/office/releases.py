"""Releases of all waves, and the page of an agency's own account."""

from __future__ import annotations

from typing import Any

from flask import render_template, send_from_directory
from flask_babel import gettext as _
from flask_login import current_user

from survey.blueprints.office.access import allowed, blueprint
from survey.errors import NotFoundError
from survey.files import instance_path
from survey.queries import results
from survey.services.office.permissions import Action


@blueprint.get("/releases/")
@allowed(Action.office_view)
def releases() -> Any:
    return render_template("office/releases.html", releases=results.releases())


@blueprint.get("/releases/<int:number>/<name>")
@allowed(Action.office_view)
def release_file(number: int, name: str) -> Any:
    """A file of a release that may not be published yet, so that it can be read before it is."""
    found = results.release(number)
    if name not in found.files:
        raise NotFoundError("no_file", _("Bản công bố này không có tệp %(name)s.", name=name))
    return send_from_directory(instance_path(found.folder), name, as_attachment=True)


@blueprint.get("/own")
@allowed(Action.results_own)
def own_results() -> Any:
    """Published figures of the agency that the account belongs to, and of no other."""
    agency = current_user.agency
    return render_template("office/own.html", agency=agency, rows=results.published_of(agency))
