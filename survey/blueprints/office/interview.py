"""An interviewer's own pages: the list, a case with its number and its log, the citizen's form filled for them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from survey import clock
from survey.blueprints.office.access import allowed, blueprint, told
from survey.blueprints.respond import guard, screens, steps
from survey.blueprints.respond.closing import Closing, closing_of
from survey.blueprints.respond.guard import FormState
from survey.blueprints.respond.look import look
from survey.blueprints.respond.pages import Visit
from survey.blueprints.respond.steps import Shown, first, to
from survey.clock import HANOI
from survey.errors import InputError, NotFoundError
from survey.extensions import csrf
from survey.models import CallOutcome, Place, ResponseMode
from survey.queries import interviews as cases
from survey.queries import respond
from survey.queries.interviews import Held
from survey.services.answers import consent, interviews
from survey.services.answers.interviews import Attempt
from survey.services.office.keys import current_vault
from survey.services.office.permissions import Action

GRACE = timedelta(minutes=30)  # after an appointment's hour, before it counts as missed
OFFERED = [outcome for outcome in CallOutcome if outcome is not CallOutcome.complete]


@blueprint.get("/my-cases/")
@allowed(Action.interviews_work)
def my_cases() -> str:
    now = clock.now()
    rows = cases.worklist(current_user.id, now)
    return render_template("office/my_cases.html", rows=rows, now=now, late=now - GRACE)


@blueprint.get("/my-cases/<int:case_id>")
@allowed(Action.interviews_work)
def my_case(case_id: int) -> str:
    return _page(case_id)


@blueprint.post("/my-cases/<int:case_id>/phone")
@allowed(Action.interviews_work)
def case_phone(case_id: int) -> Any:
    """The number is shown in the answer to this post only, and the look is on record."""
    with told():
        number = interviews.reveal_phone(case_id, current_user, now=clock.now())
        return _page(case_id, number)
    return redirect(url_for(".my_cases"), 303)


@blueprint.post("/my-cases/<int:case_id>/attempt")
@allowed(Action.interviews_work)
def case_attempt(case_id: int) -> Response:
    with told():
        row = interviews.log_attempt(case_id, _attempt(), current_user, now=clock.now())
        flash(_("Đã ghi."), "success")
        if row.closed_at is not None:
            return redirect(url_for(".my_cases"), 303)
    return redirect(url_for(".my_case", case_id=case_id), 303)


@blueprint.post("/my-cases/<int:case_id>/begin")
@allowed(Action.interviews_work)
def case_begin(case_id: int) -> Response:
    with told():
        if request.form.get("agreed") != "yes":
            raise InputError("agreed", _("Xin đọc lời giới thiệu và chỉ bắt đầu khi người được hỏi đồng ý."))
        interviews.begin(case_id, _place(), current_user, now=clock.now())
        return redirect(url_for(".interview_form", case_id=case_id), 303)
    return redirect(url_for(".my_case", case_id=case_id), 303)


@blueprint.get("/my-cases/<int:case_id>/form")
@allowed(Action.interviews_work)
def interview_form(case_id: int) -> Shown:
    now = clock.now()
    held = _held(case_id)
    visit = _visit(held, now)
    if visit is None:
        return _back(held, now)
    step = request.args.get("p", "")
    page = visit.page(step)
    if page is not None:
        return screens.question(visit, page), 200
    if step == "check" and visit.reply is not None:
        return screens.check(visit, Closing(comment=visit.reply.comment)), 200
    return to(visit.first_open or "check")


@blueprint.post("/my-cases/<int:case_id>/form")
@allowed(Action.interviews_work)
def interview_take(case_id: int) -> Shown:
    now = clock.now()
    request.max_content_length = steps.MAX_BODY
    form = request.form.to_dict(flat=False)
    held = _held(case_id, lock=True)
    visit = _visit(held, now)
    if visit is None:
        return _back(held, now)
    step = request.args.get("p", "")
    if step != "check" and visit.page(step) is None:
        return to("")
    state, made = guard.check(_secret(), _subject(held), first(form, "f"), now)
    if state is not FormState.fresh:
        return steps.stale(visit, form)
    version, place = held.row.consent_version or "", held.row.place or Place.phone
    entry = steps.entry_of(visit, version, made or now, now, ResponseMode.interviewer, place=place.value)
    if step != "check":
        return steps.save(visit, form, entry, now)
    closing = closing_of(form, visit.look.lang)
    if closing.errors:
        return screens.check(visit, closing), 422
    words = (closing.comment, closing.wish)
    saved = interviews.send(held, visit.case, entry, current_user, closing=words, now=now)
    return _thanked(held) if saved.next_page is None else to(saved.next_page)


csrf.exempt(interview_take)  # has a token of its own, bound to officer and case: too old, it loses nothing typed


def _thanked(held: Held) -> Response:
    reply = respond.reply(held.row.invitation_id)
    code = current_vault().receipt_code((reply.receipt_nonce if reply else None) or b"")
    flash(_("Đã gửi. Xin cảm ơn và đọc mã biên nhận cho người trả lời: %(code)s", code=code), "success")
    return redirect(url_for(".my_cases"), 303)


def _held(case_id: int, *, lock: bool = False) -> Held:
    found = cases.held(case_id, current_user.id, lock=lock)
    if found is None:
        raise NotFoundError("no_such_case", _("Không có trường hợp này trong danh sách của quý vị."))
    return found


def _visit(held: Held, now: datetime) -> Visit | None:
    """The form as the interviewer sees it; None while it may not be opened."""
    if held.case is None or held.shut(now) is not None or held.row.consent_version is None:
        return None
    token = guard.sign(_secret(), _subject(held), now)
    return Visit(held.case, held.reply, look(), token, way_out=url_for(".my_case", case_id=held.row.id))


def _subject(held: Held) -> str:
    return f"interview:{held.row.id}:{current_user.id}"


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])


def _back(held: Held, now: datetime) -> Response:
    reason = held.shut(now)
    flash(interviews.shut_in_words(reason) if reason else _("Xin đọc lời giới thiệu trước khi mở phiếu."), "error")
    return redirect(url_for(".my_case", case_id=held.row.id), 303)


def _page(case_id: int, phone: str = "") -> str:
    held, now = _held(case_id), clock.now()
    reason = held.shut(now)
    days = held.case.settings.get("retention_days", consent.DEFAULT_RETENTION_DAYS) if held.case else 0
    return render_template(
        "office/my_case.html",
        held=held,
        facts=Visit(held.case, None, look(), "").facts if held.case else {},
        phone=phone,
        shut=interviews.shut_in_words(reason) if reason else "",
        attempts=cases.attempts(case_id),
        most=interviews.most_attempts(held.case) if held.case else None,
        offered=OFFERED,
        callable=interviews.call_window().contains(now),
        now=now,
        late=now - GRACE,
        today=clock.local_day(now),
        notice=consent.notice(
            consent.INTERVIEWER_VERSION,
            look().lang,
            office=current_app.config["THUOCDO_OFFICE_NAME"],
            retention_days=days,
        ),
    )


def _attempt() -> Attempt:
    form = request.form
    try:
        outcome, seen = CallOutcome(form.get("outcome", "")), int(form.get("seen", ""))
    except ValueError as exc:
        raise InputError("outcome", _("Xin chọn kết quả của lần gọi.")) from exc
    return Attempt(
        outcome, _place(), seen, _moment(form.get("day", ""), form.get("hour", "")), form.get("note", "")
    )


def _place() -> Place:
    try:
        return Place(request.form.get("place", ""))
    except ValueError as exc:
        raise InputError("place", _("Xin chọn: qua điện thoại hay tại nhà.")) from exc


def _moment(day: str, hour: str) -> datetime | None:
    """Day and hour as browsers send them, in Viet Nam's time; None for an empty or broken one."""
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(hour), HANOI)
    except ValueError:
        return None
