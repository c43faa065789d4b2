"""Which page a citizen gets to see, and what stands on the pages that are no questions."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, request
from werkzeug.wrappers import Response

from forms.model import words
from forms.web import Page
from survey.blueprints.respond import pages
from survey.blueprints.respond.closing import Closing, has_very_low_rating
from survey.blueprints.respond.pages import Trouble, Visit, render
from survey.blueprints.shell import moment
from survey.models import ResponseState
from survey.queries.respond import Reply
from survey.services.answers import collect, consent
from survey.services.answers.refusal import REFUSAL
from survey.services.office.keys import current_vault

_QUESTIONS_A_MINUTE = 8


def choose(visit: Visit, step: str, now: datetime) -> str | Response:
    """The page of `step`, or the one that is right instead: thanks once sent, the start before consent."""
    reply = visit.reply
    sent = reply is not None and reply.state is ResponseState.submitted
    if reply is not None and sent and (step in ("", "done") or not collect.may_change(reply, now)):
        return done(visit, reply, now)
    if reply is None and step in ("declined", "barred") and visit.case.disposition == REFUSAL:
        return render("declined", visit, visit.look, step, barred=step == "barred")
    if reply is not None and step == "check":
        return check(visit, Closing(comment=reply.comment), is_first=not sent)
    page = visit.page(step)
    agreed = reply is not None or request.args.get("c") == consent.CONSENT_VERSION
    return question(visit, page) if page is not None and agreed else start(visit)


def start(visit: Visit, *, notice: str = "") -> str:
    """What this is, who asks, why me, how long, that refusing is fine, and the notice before the first answer."""
    case, lang = visit.case, visit.look.lang
    count = sum(item.type != "note" for page in visit.pages for item in page.items)
    reply = visit.reply
    declined = reply is None and case.disposition == REFUSAL
    return render(
        "start",
        visit,
        visit.look,
        title=words(visit.instrument.title, lang),
        facts=visit.facts,
        count=count,
        minutes=-(-count // _QUESTIONS_A_MINUTE),
        first=visit.pages[0].key,
        resume=(visit.first_open or "check") if reply else "",
        notice=notice,
        declined=declined,
        consent_version=consent.CONSENT_VERSION,
        consent=consent.notice(
            consent.CONSENT_VERSION,
            lang,
            office=current_app.config["THUOCDO_OFFICE_NAME"],
            retention_days=case.settings.get("retention_days", consent.DEFAULT_RETENTION_DAYS),
        ),
    )


def question(visit: Visit, page: Page, trouble: Trouble | None = None) -> str | Response:
    """Questions; on the way back to the check page when they were reached from there."""
    back = "check" if request.args.get("back") == "check" else ""
    return pages.question(visit, page, back=back, trouble=trouble)


def check(visit: Visit, closing: Closing, *, is_first: bool = True, notice: str = "") -> str:
    """All answers in words, a way to each, room for a comment, a call back after low ratings, the button."""
    settings = visit.case.settings
    has_room = any(item.type == "longtext" for item in visit.instrument.items)
    offers_callback = is_first and settings.get("offer_callback", True)
    return render(
        "check",
        visit,
        visit.look,
        "check",
        rows=pages.given(visit),
        back=visit.pages[-1].key,
        closing=closing,
        asks_comment=not has_room and settings.get("ask_comment", True),
        offers_callback=offers_callback and has_very_low_rating(visit.instrument, visit.answers),
        agency=visit.case.agency,
        notice=notice,
    )


def done(visit: Visit, reply: Reply, now: datetime) -> str:
    """Thanks, the receipt, and until when the answers can be changed."""
    code = current_vault().receipt_code(reply.receipt_nonce or b"")
    until = None
    if reply.submitted_at is not None and collect.may_change(reply, now):
        until = moment(min(reply.submitted_at + collect.CORRECTION_WINDOW, visit.case.expires_at))
    return render("done", visit, visit.look, "done", receipt=code, until=until)
