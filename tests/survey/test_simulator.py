"""The simulated phone network, played through the application's own endpoints: what is sent comes back as said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.gateways.simulator import FIXED_NUMBERS, SimulatorGateway, caller
from survey.models import InboundMessage, Receipt
from survey.services.messaging.inbound import process_inbound
from survey.services.messaging.receipts import apply_receipts
from tests.factories import make_invitation, make_message, make_unit
from tests.survey.fake_sms import send, state_of

PHONE = "+84905000001"


@pytest.fixture
def network(app: Flask) -> SimulatorGateway:
    return SimulatorGateway(
        "simulator", {"instance": app.config["THUOCDO_INSTANCE"], "delay_s": 4, "rate": 10_000}
    )


def pump(app: Flask, network: SimulatorGateway, now: datetime) -> int:
    app.extensions["thuocdo_clock"] = lambda: now
    carried = network.pump(now, caller(app.wsgi_app, "callback-key-one"))
    apply_receipts(now)
    process_inbound(now)
    return carried


def message_to(phone: str) -> str:
    return make_message(make_invitation(make_unit(phone=phone))[0]).id


@pytest.mark.parametrize(
    ("fate", "at_once", "in_the_end"),
    [
        ("delivered", "handed_over", "delivered"),
        ("undeliverable", "handed_over", "failed"),
        ("no_report", "handed_over", "accepted"),
        ("no_receipt", "handed_over", "handed_over"),
        ("reversed", "handed_over", "delivered"),
        ("repeated", "handed_over", "delivered"),
        ("timeout_late_receipt", "unknown", "delivered"),
        ("timeout_silent", "unknown", "unknown"),
        ("timeout_lost", "unknown", "unknown"),
        ("refused", "failed", "failed"),
        ("busy", "queued", "queued"),
    ],
)
def test_each_fixed_number_meets_its_fate(
    app: Flask, network: SimulatorGateway, now: datetime, fate: str, at_once: str, in_the_end: str
) -> None:
    phone = next(number for number, name in FIXED_NUMBERS.items() if name == fate)
    message_id = message_to(phone)
    send(now, network)
    assert state_of(message_id) == at_once
    pump(app, network, now + timedelta(seconds=30))
    assert state_of(message_id) == in_the_end


def test_the_phone_rings_with_the_whole_text(app: Flask, network: SimulatorGateway, now: datetime) -> None:
    unit = make_unit(phone=PHONE)
    invitation, token = make_invitation(unit)
    make_message(invitation, body="Moi danh gia: {link} Soan TC de tu choi.")
    send(now, network)
    (text,) = network.inbox(PHONE)
    assert text.body == f"Moi danh gia: http://127.0.0.1:8000/s/{token} Soan TC de tu choi."
    assert not text.mine
    assert [phone for phone, _text in network.phones()] == [PHONE]
    assert network.phones("999") == []


def test_a_reply_reaches_the_product_over_its_own_endpoint(
    app: Flask, network: SimulatorGateway, now: datetime
) -> None:
    message_to(PHONE)
    send(now, network)
    network.reply(PHONE, "545354", now + timedelta(minutes=1))
    pump(app, network, now + timedelta(minutes=2))
    row = db.session.scalars(select(InboundMessage)).one()
    assert (row.verdict, row.destination) == ("accept", "8088")


def test_nothing_arrives_before_its_time_and_nothing_twice(
    app: Flask, network: SimulatorGateway, now: datetime
) -> None:
    message_to(PHONE)
    send(now, network)
    assert pump(app, network, now) == 0
    assert pump(app, network, now + timedelta(seconds=30)) == 2
    assert pump(app, network, now + timedelta(seconds=60)) == 0


def test_what_is_not_taken_is_brought_again(app: Flask, network: SimulatorGateway, now: datetime) -> None:
    message_to(PHONE)
    send(now, network)
    later = now + timedelta(seconds=30)
    assert network.pump(later, caller(app.wsgi_app, "wrong key")) == 0
    assert db.session.scalars(select(Receipt)).all() == []
    assert pump(app, network, later) == 2


@pytest.mark.parametrize(("option", "state"), [("loss", "failed"), ("refused", "failed"), ("busy", "queued")])
def test_shares_of_one_are_the_fate_of_all(
    app: Flask, now: datetime, option: str, state: str, tmp_path: Any
) -> None:
    network = SimulatorGateway("simulator", {"file": tmp_path / "net.sqlite3", option: 1.0, "rate": 10_000})
    message_id = message_to(PHONE)
    send(now, network)
    pump(app, network, now + timedelta(minutes=1))
    assert state_of(message_id) == state
