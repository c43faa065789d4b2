"""While the database is away: a page that says so, and that holds what was typed, ready to be sent again.

A post whose commit broke off may have been stored or not. Sending it again is right in both cases: the same page
posted twice is one answer.
"""

from __future__ import annotations

from flask import request

from survey.blueprints.respond.look import look
from survey.blueprints.respond.pages import render
from survey.blueprints.respond.views import blueprint
from survey.blueprints.shell import OUTAGES, RETRY_AFTER, log_outage


def away(error: Exception) -> tuple[str, int, dict[str, str]]:
    """Asks the database nothing; the answers stand in hidden fields of a form with one button."""
    log_outage(error)
    typed = list(request.form.items(multi=True)) if request.method == "POST" else []
    address = "?" + request.query_string.decode(errors="replace")
    return render("outage", None, look(), address=address, typed=typed), 503, RETRY_AFTER


for kind in OUTAGES:
    blueprint.register_error_handler(kind, away)
