"""Interviews of a wave as the officer sees them: who has which part, what came of it, and giving out more."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from survey import clock
from survey.blueprints.office.access import allowed, blueprint, told
from survey.errors import InputError
from survey.models import Wave
from survey.queries import interviews as cases
from survey.queries import progress
from survey.queries.respond import OPEN_STATES
from survey.services.answers.interviews import CODES
from survey.services.office.permissions import Action


@blueprint.get("/waves/<code>/interviews")
@allowed(Action.office_view)
def interviews(code: str) -> Any:
    wave = progress.wave(code)
    loads = cases.loads(wave.id, clock.now())
    return render_template(
        "office/interviews.html",
        wave=wave,
        is_open=wave.state in OPEN_STATES,
        loads=loads,
        leavers=[load for load in loads if load.open],
        outcomes=cases.outcome_table(wave.id),
        codes=CODES,
        tries=cases.attempts_per_case(wave.id),
        waiting=cases.by_agency(cases.unassigned(wave.id)),
        people=cases.interviewers(),
    )


@blueprint.post("/waves/<code>/interviews")
@allowed(Action.interviews_assign)
def assign_cases(code: str) -> Response:
    wave = progress.wave(code)
    with told():
        flash(_take(wave), "success")
    return redirect(url_for(".interviews", code=code), 303)


def _take(wave: Wave) -> str:
    from survey.services.fieldwork import assign  # reads the wave's plan: no page of a citizen needs it

    people = request.form.getlist("people", type=int)
    who: dict[str, Any] = {"actor": current_user.email, "now": clock.now()}
    leaver = request.form.get("leaver", type=int)
    if leaver is not None:
        return str(_("Đã chuyển %(count)s trường hợp.", count=assign.hand_over(wave, leaver, people, **who)))
    agency_id = request.form.get("agency", type=int)
    count = assign.assign(wave, people, agency_id=agency_id, most=most(), **who)
    return str(_("Đã giao %(count)s trường hợp.", count=count))


def most() -> int | None:
    """The limit for each interviewer; None where the field is empty."""
    typed = request.form.get("most", "").strip()
    if typed and not (typed.isdecimal() and 0 < int(typed) < 100_000):
        raise InputError("most", _("Số trường hợp mỗi người là một số nguyên từ 1, hoặc để trống."))
    return int(typed) if typed else None
