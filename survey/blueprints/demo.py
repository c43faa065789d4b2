"""A citizen's phone in the simulated network: only when THUOCDO_DEMO is set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for

from survey import clock
from survey.extensions import writing
from survey.gateways import make
from survey.gateways.simulator import FIXED_NUMBERS, PhoneText, SimulatorGateway, caller
from survey.services.messaging import dispatch

blueprint = Blueprint("demo", __name__, url_prefix="/demo")

_PHONE = re.compile(r"\+84\d{9}")
_LINK = re.compile(r"(https?://[^\s/]+)(/s/\w+)")
LONGEST_REPLY = 480


@dataclass(frozen=True)
class Bubble:
    """One text as the phone shows it; `link` leads to the form on this very server."""

    before: str
    link: str
    path: str
    after: str
    mine: bool
    at: datetime


def _network() -> SimulatorGateway:
    return cast("SimulatorGateway", make("simulator", current_app.config))


def _bubble(line: PhoneText) -> Bubble:
    found = _LINK.search(line.body)
    if found is None or line.mine:
        return Bubble(line.body, "", "", "", line.mine, line.at)
    start, end = found.span()
    return Bubble(line.body[:start], found[0], found[2], line.body[end:], line.mine, line.at)


def _let_time_pass(network: SimulatorGateway) -> None:
    """What the network's and the product's clocks would do by themselves: bring, understand, answer, bring."""
    deliver = caller(current_app.wsgi_app, current_app.config["THUOCDO_CALLBACK_KEYS"][0])
    with writing():
        network.pump(clock.now(), deliver)
        dispatch.one_round(clock.now(), max_s=3.0, remind=False)
        network.pump(clock.now(), deliver)


def _page(network: SimulatorGateway, phone: str | None) -> str:
    wanted = re.sub(r"\D", "", request.args.get("q", "")).removeprefix("0")
    return render_template(
        "demo/phone.html",
        phone=phone,
        bubbles=[_bubble(line) for line in network.inbox(phone)] if phone else [],
        phones=network.phones(wanted),
        query=request.args.get("q", ""),
        counts=network.counts(),
        number=current_app.config["THUOCDO_SMS_NUMBER"],
        fixed=FIXED_NUMBERS,
        longest=LONGEST_REPLY,
    )


@blueprint.app_template_filter("national")
def national(phone: str) -> str:
    """+84905123456 as 0905 123 456."""
    digits = "0" + phone.removeprefix("+84")
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}"


@blueprint.get("/phone")
def phones() -> str:
    network = _network()
    _let_time_pass(network)
    return _page(network, None)


@blueprint.get("/phone/<phone>")
def inbox(phone: str) -> str:
    if not _PHONE.fullmatch(phone):
        abort(404)
    network = _network()
    _let_time_pass(network)
    return _page(network, phone)


@blueprint.post("/phone/<phone>")
def reply(phone: str) -> Any:
    """The citizen texts back."""
    if not _PHONE.fullmatch(phone):
        abort(404)
    network = _network()
    network.reply(phone, request.form.get("text", "")[:LONGEST_REPLY], clock.now())
    _let_time_pass(network)
    return redirect(url_for("demo.inbox", phone=phone), code=303)
