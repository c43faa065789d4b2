"""Messages of a wave: counts, those that need a person and what one may decide, a text to a phone of one's own.

A citizen's phone is only ever shown masked.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from survey import clock
from survey.blueprints.office.access import allowed, blueprint, told
from survey.blueprints.office.words import MESSAGE_DECISIONS, TRIAL_OUTCOMES
from survey.gateways.simulator import FIXED_NUMBERS
from survey.models import MessageState
from survey.queries import outbox, progress, sending
from survey.services.messaging import resolve, trial
from survey.services.office.keys import current_vault
from survey.services.office.permissions import Action

SHOWN = (MessageState.unknown, MessageState.dead, MessageState.failed)
_DECISIONS = ",".join(MESSAGE_DECISIONS)


@blueprint.get("/waves/<code>/messages")
@allowed(Action.office_view)
def messages(code: str) -> Any:
    wave = progress.wave(code)
    asked = request.args.get("state", MessageState.unknown.value)
    state = next((state for state in SHOWN if state == asked), MessageState.unknown)
    gateways = current_app.config["THUOCDO_GATEWAYS"]
    return render_template(
        "office/messages.html",
        wave=wave,
        now=clock.now(),
        counts=sending.message_counts(wave.id),
        by_gateway=outbox.gateway_counts(wave.code),
        shown=SHOWN,
        state=state,
        rows=sending.troubled_messages(wave.id, state, current_vault()),
        decisions=resolve.open_to(state),
        gateways=gateways,
        simulated=FIXED_NUMBERS if "simulator" in gateways else {},
    )


@blueprint.post(f"/waves/<code>/messages/<message_id>/<any({_DECISIONS}):decision>")
@allowed(Action.wave_pause)
def decide(code: str, message_id: str, decision: str) -> Response:
    wave = progress.wave(code)
    if decision == "resend" and request.form.get("confirm") != "yes":
        flash(_("Xin đánh dấu vào ô xác nhận rồi bấm lại."), "error")
    else:
        with told():
            resolve.decide(message_id, decision, actor=current_user.email, now=clock.now(), wave_id=wave.id)
            flash(_("Đã ghi quyết định."), "success")
    state = request.form.get("state", MessageState.unknown.value)
    return redirect(url_for(".messages", code=code, state=state, _anchor="trouble"), 303)


@blueprint.post("/waves/<code>/messages/try")
@allowed(Action.wave_pause)
def try_out(code: str) -> Response:
    number, gateway = request.form.get("number", ""), request.form.get("gateway", "")
    with told():
        tried = trial.send(progress.wave(code), number, gateway, actor=current_user.email, now=clock.now())
        said = _("Cổng %(name)s: %(outcome)s", name=tried.gateway, outcome=TRIAL_OUTCOMES[tried.outcome])
        flash(f"{said} {tried.reason}".rstrip(), "success" if tried.outcome == "sent" else "error")
    return redirect(url_for(".messages", code=code, _anchor="try"), 303)
