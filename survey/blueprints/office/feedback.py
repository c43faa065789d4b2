"""Citizens who asked to be called back: the agency takes a case, calls, says what was answered, closes."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from survey import clock
from survey.blueprints.office.access import allowed, blueprint, told
from survey.errors import NotFoundError
from survey.models import Role
from survey.queries.feedback import agency_of, cases
from survey.services.answers import feedback
from survey.services.office.permissions import Action


@blueprint.get("/callbacks/")
@allowed(Action.callbacks_handle)
def callback_list() -> str:
    return _page()


@blueprint.post("/callbacks/<int:case_id>/phone")
@allowed(Action.callbacks_handle)
def callback_phone(case_id: int) -> str:
    """The number is shown in the answer to this post only, and the look is on record."""
    _check_own(case_id)
    phone = feedback.reveal_phone(case_id, actor=current_user.email, now=clock.now())
    return _page(shown={case_id: phone})


@blueprint.post("/callbacks/<int:case_id>/<step>")
@allowed(Action.callbacks_handle)
def callback_step(case_id: int, step: str) -> Response:
    _check_own(case_id)
    with told():
        _take_step(case_id, step)
        flash(_("Đã ghi."), "success")
    return redirect(url_for(".callback_list"), 303)


def _take_step(case_id: int, step: str) -> None:
    now, actor = clock.now(), current_user.email
    if step == "take":
        feedback.take(case_id, current_user, now=now)
    elif step == "answer":
        feedback.answer(case_id, request.form.get("answer", "").strip()[:2000], actor=actor, now=now)
    elif step == "close":
        feedback.close(case_id, actor=actor, now=now)
    else:
        raise NotFoundError("no_such_step", _("Không có bước này."))


def _page(shown: dict[int, str] | None = None) -> str:
    today = clock.local_day(clock.now())
    rows: list[Any] = cases(_own_agency())
    return render_template("office/callbacks.html", rows=rows, shown=shown or {}, today=today)


def _own_agency() -> int | None:
    """None for staff, who see all; an agency's account without an agency sees nothing."""
    return (current_user.agency_id or 0) if current_user.role is Role.agency else None


def _check_own(case_id: int) -> None:
    """A case of another agency is as good as none."""
    found = agency_of(case_id)
    if found is None or _own_agency() not in (None, found):
        raise NotFoundError("no_such_case", _("Không có yêu cầu liên hệ này."))
