"""Routes of the form. GET and HEAD only read; every page is an address under the citizen's own link.

A post is answered by a redirect, so that the back button and a refresh repeat a look and never a post. What a post
could not keep (a page gone stale, a wrong answer) is shown again as it was typed.
"""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

from forms.web import Form
from survey import clock
from survey.blueprints.respond import guard, screens, steps
from survey.blueprints.respond.closing import closing_of
from survey.blueprints.respond.guard import FormState
from survey.blueprints.respond.look import look
from survey.blueprints.respond.origin import origin
from survey.blueprints.respond.pages import Visit, render
from survey.blueprints.respond.steps import Shown, first, to
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
    request.max_content_length = steps.MAX_BODY
    form = request.form.to_dict(flat=False)  # read whole before anything is locked: a cut body ends here
    slow_guesses(now)
    case = respond.open_case(current_vault().token_hmac(token), now, lock=True)
    if case is None:
        return _gone(now)
    reply = respond.reply(case.invitation_id)
    if not collect.may_change(reply, now):
        return to("done")
    state, made = guard.check(_secret(), case.invitation_id, first(form, "f"), now)
    visit = _visit(case, reply, now)
    if state is not FormState.fresh:
        return steps.stale(visit, form)
    step = request.args.get("p", "")
    act = {"check": _submit, "decline": _decline, "never": _never}.get(step, steps.save)
    entry = steps.entry_of(visit, first(form, "c"), made or now, now, ResponseMode.web, **origin(now))
    return act(visit, form, entry, now)


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


def _submit(visit: Visit, form: Form, entry: collect.Entry, now: datetime) -> Shown:
    closing = closing_of(form, visit.look.lang)
    if closing.errors:
        return screens.check(visit, closing), 422
    saved = collect.submit(visit.case, visit.reply, entry, comment=closing.comment, wish=closing.wish, now=now)
    return to("done" if saved.next_page is None else saved.next_page)


def _decline(visit: Visit, _form: Form, _entry: collect.Entry, now: datetime) -> Shown:
    collect.decline(visit.case, visit.reply, now=now)
    return to("declined")


def _never(visit: Visit, _form: Form, _entry: collect.Entry, now: datetime) -> Shown:
    collect.never_again(visit.case, now=now)
    return to("barred")
