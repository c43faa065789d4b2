"""Questionnaires, each as its citizens will read it."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_babel import gettext as _

from forms.instrument import Instrument, from_json, load, sha256, shipped
from survey.blueprints.office.access import allowed, blueprint
from survey.errors import NotFoundError
from survey.models import InstrumentVersion
from survey.queries import progress
from survey.services.office.permissions import Action

Known = dict[str, tuple[Instrument, InstrumentVersion | None]]


def known() -> Known:
    """Questionnaires by `code@version`: those stored, and those shipped that no wave has used yet."""
    found: Known = {f"{code}@{version}": (load(code, version), None) for code, version in shipped()}
    stored: Known = {
        f"{row.code}@{row.version}": (from_json(row.definition), row) for row in progress.instruments()
    }
    return dict(sorted((found | stored).items()))


@blueprint.get("/instruments/")
@allowed(Action.office_view)
def instrument_list() -> Any:
    return render_template("office/instruments.html", known=known())


@blueprint.get("/instruments/<reference>")
@allowed(Action.office_view)
def instrument(reference: str) -> Any:
    if reference not in (found := known()):
        raise NotFoundError("no_instrument", _("Không có phiếu hỏi %(name)s.", name=reference))
    shown, row = found[reference]
    return render_template("office/instrument.html", row=row, instrument=shown, sha256=sha256(shown))
