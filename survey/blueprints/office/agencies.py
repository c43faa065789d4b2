"""Agencies as they stand on a day, and what became of the old ones."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request

from survey import clock
from survey.blueprints.office.access import allowed, blueprint
from survey.queries import agencies
from survey.services.office.permissions import Action


@blueprint.get("/agencies/")
@allowed(Action.office_view)
def agency_tree() -> Any:
    """All versions when the day is emptied."""
    wanted = request.args.get("q", "")
    text = request.args.get("day")
    day = clock.local_day(clock.now()) if text is None else day_of(text)
    return render_template(
        "office/agencies.html", branches=agencies.tree(day, wanted), wanted=wanted, day=day, today=text is None
    )


def day_of(text: str | None) -> date | None:
    """A day from a date field; nothing for an empty or broken one."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
