"""The log of who did what."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from survey.blueprints.office.access import allowed, blueprint
from survey.blueprints.office.agencies import day_of
from survey.queries import audit
from survey.services.office.permissions import Action


@blueprint.get("/audit")
@allowed(Action.audit_view)
def audit_log() -> Any:
    asked = request.args
    wanted = audit.Filter(
        actor=asked.get("actor", "").strip(),
        action=asked.get("action", ""),
        subject=asked.get("subject", "").strip(),
        since=day_of(asked.get("since")),
        until=day_of(asked.get("until")),
    )
    page = audit.events(wanted, before=_row(asked.get("before", "")))
    return render_template("office/audit.html", page=page, wanted=wanted, actions=audit.actions(), asked=asked)


def _row(text: str) -> int | None:
    """The number of a row; nothing for what can be none."""
    return int(text) if text.isdecimal() and len(text) < 10 else None
