"""Routes of the form. GET and HEAD only read; every page is an address under the citizen's own link.

A post is answered by a redirect, so that the back button and a refresh repeat a look and never a post. What a post
could not keep (a page gone stale, a wrong answer) is shown again as it was typed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, redirect, request
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests
from werkzeug.wrappers import Response

from forms.web import Form
from survey import clock
from survey.blueprints.respond import guard, screens
from survey.blueprints.respond.closing import closing_of
from survey.blueprints.respond.guard import FormState
from survey.blueprints.respond.look import device_class, look
from survey.blueprints.respond.pages import Trouble, Visit, render
from survey.blueprints.respond.transport import finish
from survey.crypto import receipt_sha256
from survey.extensions import csrf
from survey.models import ResponseMode
from survey.queries import respond
from survey.queries.respond import Case, Reply
from survey.services.answers import collect
from survey.services.answers.consent import CONSENT_VERSION
from survey.services.office.keys import current_vault

blueprint = Blueprint("respond", __name__)
blueprint.after_request(finish)
blueprint.record_once(lambda _state: guard.mask_links_in_logs())
csrf.exempt(blueprint)  # its forms carry tokens of their own, which work with cookies off

MAX_BODY = 64 * 1024
_LONGEST_VISIT_S = 3600

Shown = tuple[str | Response, int] | Response


@blueprint.get("/s/<token>")
def show(token: str) -> Shown:
    now = clock.now()
    slow_guesses(now)
    case, reply = respond.seen(current_vault().token_hmac(token), now)
    if case is None:
        return _gone(now)
    return screens.choose(_visit(case, reply, now), request.args.get("p", ""), now), 200


@blueprint.post("/s/<token>")
def take(token: str) -> Shown:
    now = clock.now()
    request.max_content_length = MAX_BODY
    form = request.form.to_dict(flat=False)  # read whole before anything is locked: a cut body ends here
    slow_guesses(now)
    case = respond.open_case(current_vault().token_hmac(token), now, lock=True)
    if case is None:
        return _gone(now)
    reply = respond.reply(case.invitation_id)
    if not collect.may_change(reply, now):
        return _to("done")
    state, made = guard.check(_secret(), case.invitation_id, _first(form, "f"), now)
    visit = _visit(case, reply, now)
    if state is not FormState.fresh:
        return _stale(visit, form)
    step = request.args.get("p", "")
    act = {"check": _submit, "decline": _decline, "never": _never}.get(step, _save)
    return act(visit, form, _entry(visit, form, made or now, now), now)


@blueprint.route("/receipt", methods=["GET", "POST"])
def receipt() -> Shown:
    """Whether an answer was counted. The code is posted, for an address would leave it in logs and histories."""
    now = clock.now()
    slow_guesses(now)
    typed = request.form.get("code", "")[:40]
    found = respond.receipt(receipt_sha256(_hyphened(typed)), look().lang) if typed else None
    if typed and found is None:
        link_throttle().wrong(request.remote_addr or "", now)
    return render("receipt", None, look(), typed=typed, found=found), 404 if typed and found is None else 200


def _hyphened(typed: str) -> str:
    """The code as it was given out, however it was typed."""
    code = "".join(filter(str.isalnum, typed.upper()))
    return "-".join((code[:5], code[5:10], code[10:]))


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Shown:
    return render("too_large", None, look()), 413


@blueprint.errorhandler(TooManyRequests)
def too_many(_error: TooManyRequests) -> Shown:
    return render("too_many", None, look()), 429


def link_throttle() -> guard.Throttle:
    throttle: guard.Throttle = current_app.extensions.setdefault("thuocdo_link_throttle", guard.Throttle())
    return throttle


def slow_guesses(now: datetime) -> None:
    if link_throttle().blocks(request.remote_addr or "", now):
        raise TooManyRequests


def _gone(now: datetime) -> Shown:
    """The same for every link that does not work, whatever the reason."""
    link_throttle().wrong(request.remote_addr or "", now)
    return render("gone", None, look()), 404


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])


def _visit(case: Case, reply: Reply | None, now: datetime) -> Visit:
    return Visit(
        case,
        reply,
        look(),
        guard.sign(_secret(), case.invitation_id, now),
        "" if reply else CONSENT_VERSION,
    )


def _entry(visit: Visit, form: Form, made: datetime, now: datetime) -> collect.Entry:
    seconds = min(round((now - made).total_seconds()), _LONGEST_VISIT_S)
    paradata: dict[str, Any] = {
        "device": device_class(request.user_agent.string),
        "large": visit.look.large,
        "seconds": max(seconds, 0),
    }
    return collect.Entry(ResponseMode.web, visit.look.lang, _first(form, "c"), paradata)


def _first(form: Form, name: str) -> str:
    return "".join(form.get(name, ())[:1])


def _to(page: str) -> Response:
    # The path is named, for an empty Location would lead back to the page that was posted.
    return redirect(request.script_root + request.path + look().link(page), 303)


def _save(visit: Visit, form: Form, entry: collect.Entry, now: datetime) -> Shown:
    page = visit.page(request.args.get("p", ""))
    if page is None or (visit.consent_version and entry.consent_version != CONSENT_VERSION):
        return _to("")
    saved = collect.save_page(visit.case, visit.reply, page, form, entry, now=now)
    if saved.errors:
        trouble = Trouble(form, saved.errors)
        again = _visit(visit.case, respond.reply(visit.case.invitation_id), now)
        return screens.question(again, page, trouble), 422
    if request.args.get("back") == "check":
        return _to(saved.opened or "check")
    return _to(saved.next_page or "check")


def _submit(visit: Visit, form: Form, entry: collect.Entry, now: datetime) -> Shown:
    closing = closing_of(form, visit.look.lang)
    if closing.errors:
        return screens.check(visit, closing), 422
    saved = collect.submit(visit.case, visit.reply, entry, comment=closing.comment, wish=closing.wish, now=now)
    return _to("done" if saved.next_page is None else saved.next_page)


def _decline(visit: Visit, _form: Form, _entry: collect.Entry, now: datetime) -> Shown:
    collect.decline(visit.case, visit.reply, now=now)
    return _to("declined")


def _never(visit: Visit, _form: Form, _entry: collect.Entry, now: datetime) -> Shown:
    collect.never_again(visit.case, now=now)
    return _to("barred")


def _stale(visit: Visit, form: Form) -> Shown:
    """A page left open too long, or not made by us: nothing is stored, nothing that was typed is lost."""
    notice = _("Trang này đã mở quá lâu nên chưa lưu được. Xin xem lại rồi bấm nút lần nữa.")
    step = request.args.get("p", "")
    page = visit.page(step)
    if page is not None:
        return screens.question(visit, page, Trouble(form, notice=notice)), 409
    if step == "check" and visit.reply is not None:
        return screens.check(visit, closing_of(form, visit.look.lang), notice=notice), 409
    return screens.start(visit, notice=notice), 409
