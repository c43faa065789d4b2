"""What a posted page leads to, whichever door it came through: the citizen's own link or an interviewer's case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms.web import Form
from survey.blueprints.respond import screens
from survey.blueprints.respond.closing import closing_of
from survey.blueprints.respond.look import device_class, look
from survey.blueprints.respond.pages import Trouble, Visit
from survey.models import ResponseMode
from survey.queries import respond
from survey.services.answers import collect

MAX_BODY = 64 * 1024
_LONGEST_VISIT_S = 3600

Shown = tuple[str | Response, int] | Response


def first(form: Form, name: str) -> str:
    return "".join(form.get(name, ())[:1])


def to(page: str) -> Response:
    # The path is named, for an empty Location would lead back to the page that was posted.
    return redirect(request.script_root + request.path + look().link(page), 303)


def entry_of(
    visit: Visit, consent_version: str, made: datetime, now: datetime, mode: ResponseMode, **more: object
) -> collect.Entry:
    """How this page came in: mode, language, device, print and the seconds since the page was made."""
    seconds = min(round((now - made).total_seconds()), _LONGEST_VISIT_S)
    paradata: Mapping[str, Any] = {
        "device": device_class(request.user_agent.string),
        "large": visit.look.large,
        "seconds": max(seconds, 0),
        **more,
    }
    return collect.Entry(mode, visit.look.lang, consent_version, paradata)


def save(visit: Visit, form: Form, entry: collect.Entry, now: datetime) -> Shown:
    """One page of answers; the good ones are stored, with the others it is shown again."""
    page = visit.page(request.args.get("p", ""))
    if page is None or (visit.consent_version and entry.consent_version != visit.consent_version):
        return to("")
    saved = collect.save_page(visit.case, visit.reply, page, form, entry, now=now)
    if saved.errors:
        reply = respond.reply(visit.case.invitation_id)
        again = replace(visit, reply=reply, consent_version="" if reply else visit.consent_version)
        return screens.question(again, page, Trouble(form, saved.errors)), 422
    if request.args.get("back") == "check":
        return to(saved.opened or "check")
    return to(saved.next_page or "check")


def stale(visit: Visit, form: Form) -> Shown:
    """A page left open too long, or not made by us: nothing is stored, nothing that was typed is lost."""
    notice = _("Trang này đã mở quá lâu nên chưa lưu được. Xin xem lại rồi bấm nút lần nữa.")
    step = request.args.get("p", "")
    page = visit.page(step)
    if page is not None:
        return screens.question(visit, page, Trouble(form, notice=notice)), 409
    if step == "check" and visit.reply is not None:
        return screens.check(visit, closing_of(form, visit.look.lang), notice=notice), 409
    return screens.start(visit, notice=notice), 409
