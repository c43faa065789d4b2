"""Releases of all waves, and the page of an agency's own account."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_login import current_user

from survey.blueprints.office.access import allowed, blueprint
from survey.queries import results
from survey.services.permissions import Action


@blueprint.get("/releases/")
@allowed(Action.office_view)
def releases() -> Any:
    return render_template("office/releases.html", releases=results.releases())


@blueprint.get("/own")
@allowed(Action.results_own)
def own_results() -> Any:
    """Published figures of the agency that the account belongs to, and of no other."""
    agency = current_user.agency
    return render_template("office/own.html", agency=agency, rows=results.published_of(agency))
