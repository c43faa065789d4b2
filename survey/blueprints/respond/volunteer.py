"""`/q/<agency>`: the QR code at the counter, one page and one post for anybody; and the poster with the code."""

from __future__ import annotations

import secrets
from datetime import datetime
from io import BytesIO
from typing import Any

import segno
from flask import current_app, request
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import TooManyRequests

from forms import web
from forms.model import words
from forms.web import Form, Problem
from survey import clock
from survey.blueprints.respond import guard
from survey.blueprints.respond.fields import field
from survey.blueprints.respond.guard import FormState
from survey.blueprints.respond.look import device_class, look
from survey.blueprints.respond.origin import origin
from survey.blueprints.respond.pages import render
from survey.blueprints.respond.steps import Shown
from survey.blueprints.respond.views import blueprint
from survey.models import ResponseMode
from survey.queries import respond
from survey.queries.volunteers import Door, agency_name, door
from survey.services.answers import consent, volunteers
from survey.services.answers.collect import Entry

MAX_BODY = 64 * 1024
_MOST_A_MINUTE = 20  # answers through one address: a counter's own network has many people behind it


@blueprint.get("/q/<agency>")
def volunteer(agency: str) -> Shown:
    now = clock.now()
    found = door(agency, now)
    return _closed() if found is None else (_page(found, {}, {}, now), 200)


@blueprint.post("/q/<agency>")
def volunteer_answer(agency: str) -> Shown:
    now = clock.now()
    request.max_content_length = MAX_BODY
    form = request.form.to_dict(flat=False)
    found = door(agency, now)
    if found is None:
        return _closed()
    nonce = "".join(form.get("n", ())[:1])
    state, made = guard.check(_secret(), _subject(found, nonce), "".join(form.get("f", ())[:1]), now)
    if state is not FormState.fresh or made is None:
        notice = _("Trang này đã mở quá lâu nên chưa lưu được. Xin xem lại rồi bấm nút lần nữa.")
        return _page(found, form, {}, now, notice), 409
    result = web.validate(respond.instrument(found.instrument_version_id), form)
    if result.errors or not result.answers:
        notice = "" if result.errors else _("Xin trả lời ít nhất một câu.")
        return _page(found, form, result.errors, now, notice), 422
    _slow_down(now)
    code = volunteers.record(found, result.answers, _entry(now, made), nonce=bytes.fromhex(nonce), now=now)
    return render("volunteer_done", None, look(), receipt=code), 200


@blueprint.get("/q/<agency>/poster")
def poster(agency: str) -> Shown:
    """To be printed on A4 or A5 and put up at the counter."""
    name = agency_name(agency, clock.now())
    if name is None:
        return _closed()
    address = f"{current_app.config['THUOCDO_BASE_URL'].rstrip('/')}/q/{agency}"
    drawing = BytesIO()
    segno.make(address, error="q", micro=False).save(drawing, kind="svg", xmldecl=False, omitsize=True, border=2)
    code = Markup(drawing.getvalue().decode())  # noqa: S704 -- drawn by segno from our own address
    size = "a5" if request.args.get("size") == "a5" else "a4"
    return render("poster", None, look(), agency=name, address=address, code=code, size=size), 200


def _closed() -> Shown:
    return render("volunteer_closed", None, look()), 404


def _page(found: Door, form: Form, problems: dict[str, Problem], now: datetime, notice: str = "") -> str:
    instrument = respond.instrument(found.instrument_version_id)
    lang, nonce = look().lang, secrets.token_hex(16)
    facts: dict[str, str | None] = {"agency": found.agency}
    fields = [
        field(item, form, lang=lang, facts=facts, problem=problems.get(item.id))
        for item in instrument.items
        if item.type != "note"
    ]
    context: dict[str, Any] = {
        "fields": fields,
        "errors": [one for one in fields if one.error],
        "seen": [key for key, problem in problems.items() if problem.soft],
        "heading": words(instrument.title, lang),
        "agency": found.agency,
        "notice": notice,
        "nonce": nonce,
        "token": guard.sign(_secret(), _subject(found, nonce), now),
        "consent": consent.notice(
            consent.VOLUNTEER_VERSION,
            lang,
            office=current_app.config["THUOCDO_OFFICE_NAME"],
            retention_days=0,
        ),
    }
    return render("volunteer", None, look(), **context)


def _subject(found: Door, nonce: str) -> str:
    return f"q:{found.wave_id}:{found.agency_id}:{nonce}"


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])


def _entry(now: datetime, made: datetime) -> Entry:
    paradata = {
        "device": device_class(request.user_agent.string),
        "seconds": {"all": [round((now - made).total_seconds())]},
        **origin(now),
    }
    return Entry(ResponseMode.qr, look().lang, consent.VOLUNTEER_VERSION, paradata)


def _slow_down(now: datetime) -> None:
    brake: guard.Throttle = current_app.extensions.setdefault(
        "thuocdo_volunteers", guard.Throttle(by_address=_MOST_A_MINUTE, together=1_000_000)
    )
    address = request.remote_addr or ""
    if brake.blocks(address, now):
        raise TooManyRequests
    brake.wrong(address, now)
