"""`/k/`: a tablet at the counter. An officer's link makes it one; then the form works without a network.

The only pages with a script and a service worker: what they may do is said in headers of their own. The cookie
goes with no other site's request (SameSite) and only JSON is taken, which no form of another site can post.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, make_response, redirect, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from forms.model import words
from survey import clock
from survey.blueprints.respond import guard
from survey.blueprints.respond.fields import field
from survey.blueprints.respond.guard import FormState
from survey.blueprints.respond.look import Look, device_class
from survey.blueprints.respond.pages import render
from survey.blueprints.respond.transport import finish
from survey.blueprints.respond.views import link_throttle, slow_guesses
from survey.blueprints.shell import language
from survey.config import ROOT
from survey.errors import NotFoundError
from survey.extensions import csrf
from survey.models import KioskDevice, SetAsideReason
from survey.queries import kiosks, respond
from survey.services.answers import consent, kiosk
from survey.services.answers.kiosk import Submission

blueprint = Blueprint("kiosk", __name__, url_prefix="/k")
blueprint.after_request(finish)
csrf.exempt(blueprint)

SCRIPTS = ("kiosk.js", "queue.js", "worker.js")
COOKIE = "kiosk"
MAX_BODY = 64 * 1024
_MOST_A_MINUTE = 60  # a day without a network is sent within minutes, and a stolen tablet floods nobody
_COOKIE_LIFE = 400 * 86400  # the longest that browsers keep one
_LONGEST_VISIT_S = 3600
_CLOCKS_AGREE_S = 60
_CODE = re.compile(r"[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{4}")
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

Shown = tuple[str | Response, int] | Response


@blueprint.get("/")
def page() -> Shown:
    """The form for the tablet that shows its key; closed or open, a page that keeps the queue moving."""
    now = clock.now()
    device = _device()
    if device is None:
        return render("kiosk_unknown", None, _look()), 403
    response = make_response(_page(device, _look(), now, _build(device, now)))
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@blueprint.get("/<any(" + ",".join(f"'{name}'" for name in SCRIPTS) + "):name>")
def script(name: str) -> Response:
    response = Response(_script(name), mimetype="text/javascript")
    response.headers["Content-Security-Policy"] = _POLICY  # of what the worker may fetch
    return response


@blueprint.get("/join/<link>")
def join_page(link: str) -> Shown:
    """An officer's link. Looking at it spends nothing, for previews look too."""
    now = clock.now()
    device = _invited(link, now)
    token = guard.sign(_secret(), f"k:{device.id}", now)
    return render("kiosk_join", None, _look(), device=device, token=token), 200


@blueprint.post("/join/<link>")
def join(link: str) -> Shown:
    """The button on it makes this tablet the kiosk."""
    now = clock.now()
    device = _invited(link, now)
    state, _made = guard.check(_secret(), f"k:{device.id}", request.form.get("f", ""), now)
    if state is not FormState.fresh:
        return redirect(url_for(".join_page", link=link), 303)
    response = redirect(url_for(".page", lang="vi"), 303)
    response.set_cookie(
        COOKIE,
        kiosk.join(link, now=now),
        max_age=_COOKIE_LIFE,
        path=url_for(".page"),
        secure=current_app.config["THUOCDO_PRODUCTION"],
        httponly=True,
        samesite="Strict",
    )
    return response


@blueprint.post("/answer")
def answer() -> Shown:
    """One submission. The answer names its code, so that no page of another network's log-in passes for ours."""
    device, body, now = _known_device()
    code = body.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return jsonify(error="no_code"), 400
    _slow_down(device, now)
    sent = submission(code, body)
    if sent is None:
        rest = {name: value for name, value in body.items() if name != "code"}
        state = kiosk.set_aside(device, code, SetAsideReason.unreadable, rest, now=now)
    else:
        state = kiosk.take(device, sent, now=now)
    return jsonify(code=code, state=state)


@blueprint.post("/report")
def report() -> Shown:
    """The tablet tells how many answers wait, and learns whether its page is still the right one."""
    device, body, now = _known_device()
    queued, stuck = (_whole(body.get(name), 1_000_000) for name in ("queued", "stuck"))
    build = _build(device, now)
    kiosk.report(device, queued, stuck, now=now)
    return jsonify(page=build)


def submission(code: str, body: Mapping[str, Any]) -> Submission | None:
    """A submission of the right shape, or None. Both times are the tablet's: only their difference is believed."""
    answers, answered, sent = body.get("answers"), body.get("answered"), body.get("sent")
    is_form = isinstance(answers, dict) and all(
        isinstance(values, list) and all(isinstance(value, str) for value in values) for values in answers.values()
    )
    numbers = (body.get("device"), body.get("version"), answered, sent)
    if not is_form or any(isinstance(n, bool) or not isinstance(n, int) or abs(n) > 2**53 for n in numbers):
        return None
    return Submission(
        code=code,
        device_id=body["device"],
        instrument_version_id=body["version"],
        form=body["answers"],
        language="en" if body.get("lang") == "en" else "vi",
        seconds=_whole(body.get("seconds"), _LONGEST_VISIT_S),
        age=timedelta(milliseconds=min(max(body["sent"] - body["answered"], 0), 10**12)),
        paradata={"device": device_class(request.user_agent.string)} | _skew(body["sent"]),
    )


def _skew(sent_ms: int) -> dict[str, int]:
    """By how many seconds the tablet's clock is wrong, when that is worth a note."""
    skew = round(clock.now().timestamp() - sent_ms / 1000)
    return {"skew": skew} if abs(skew) > _CLOCKS_AGREE_S else {}


def _whole(value: object, most: int) -> int:
    """A count from a tablet, whatever it sent."""
    return min(max(value, 0), most) if isinstance(value, int) and not isinstance(value, bool) else 0


def _device() -> KioskDevice | None:
    key = request.cookies.get(COOKIE)
    return kiosks.by_key(kiosk.digest(key)) if key else None


def _known_device() -> tuple[KioskDevice, dict[str, Any], datetime]:
    """The tablet and what it posted; a body that is cut or no JSON object is refused, and sent again later."""
    now = clock.now()
    request.max_content_length = MAX_BODY
    body = request.get_json()  # read whole before anything is locked
    device = _device()
    if device is None:
        abort(403)
    if not isinstance(body, dict):
        abort(400)
    return device, body, now


def _invited(link: str, now: datetime) -> KioskDevice:
    slow_guesses(now)
    device = kiosks.by_link(kiosk.digest(link), now)
    if device is None:
        link_throttle().wrong(request.remote_addr or "", now)
        raise NotFoundError("no_link", _("Đường dẫn này không dùng được nữa. Xin cán bộ tạo đường dẫn mới."))
    return device


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])


def _look() -> Look:
    """Always in large print: who stands at a counter has no glasses at hand."""
    return Look(language(), large=True)


def _page(device: KioskDevice, shown: Look, now: datetime, build: str) -> str:
    version = device.wave.instrument_version_id
    instrument = respond.instrument(version)
    facts: dict[str, str | None] = {"agency": device.agency.name_vi}
    asked = [item for item in instrument.items if item.type != "note"]
    context: dict[str, Any] = {
        "is_open": kiosks.takes_answers(device.wave, now),
        "fields": [field(item, {}, lang=shown.lang, facts=facts) for item in asked],
        "required": [item.id for item in asked if item.requirement == "required" and item.show_if is None],
        "heading": words(instrument.title, shown.lang),
        "device": device,
        "version": version,
        "build": build,
        "receipt_address": current_app.config["THUOCDO_BASE_URL"].rstrip("/") + url_for("respond.receipt"),
        "scripts": [name for name in SCRIPTS if name != "worker.js"],
        "consent": consent.notice(
            consent.KIOSK_VERSION,
            shown.lang,
            office=current_app.config["THUOCDO_OFFICE_NAME"],
            retention_days=0,
        ),
    }
    return render("kiosk", None, shown, **context)


def _build(device: KioskDevice, now: datetime) -> str:
    """Names the page and its scripts: another name, and the tablet fetches them anew."""
    with force_locale("vi"):
        page = _page(device, Look("vi", large=True), now, "")
    return hashlib.sha256("".join((page, *map(_script, SCRIPTS))).encode()).hexdigest()[:16]


@cache
def _script(name: str) -> str:
    return (ROOT / "survey" / "static" / "kiosk" / name).read_text(encoding="utf-8")


def _slow_down(device: KioskDevice, now: datetime) -> None:
    brake: guard.Throttle = current_app.extensions.setdefault(
        "thuocdo_kiosks", guard.Throttle(by_address=_MOST_A_MINUTE, together=1_000_000)
    )
    name = str(device.id)
    if brake.blocks(name, now):
        raise TooManyRequests
    brake.wrong(name, now)
