"""Messages of a wave: counts by state, and those that need a person. A phone is only ever shown masked."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from survey.blueprints.office.access import allowed, blueprint
from survey.models import MessageState
from survey.queries import progress, sending
from survey.services.office.keys import current_vault
from survey.services.office.permissions import Action

SHOWN = (MessageState.unknown, MessageState.dead, MessageState.failed)


@blueprint.get("/waves/<code>/messages")
@allowed(Action.office_view)
def messages(code: str) -> Any:
    wave = progress.wave(code)
    asked = request.args.get("state", MessageState.unknown.value)
    state = next((state for state in SHOWN if state == asked), MessageState.unknown)
    return render_template(
        "office/messages.html",
        wave=wave,
        counts=sending.message_counts(wave.id),
        shown=SHOWN,
        state=state,
        rows=sending.troubled_messages(wave.id, state, current_vault()),
    )
