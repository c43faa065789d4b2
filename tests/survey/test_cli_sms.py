"""The commands on text messages, called as an administrator would call them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from survey.extensions import db
from survey.gateways.simulator import SimulatorGateway
from survey.models import GatewayState, Message
from tests.factories import make_invitation, make_message, make_unit


@pytest.fixture(autouse=True)
def at_ten(app: Flask, now: datetime) -> None:
    app.extensions["thuocdo_clock"] = lambda: now


def test_send_due_makes_one_round_and_tells_it(runner: FlaskCliRunner) -> None:
    make_message()
    result = runner.invoke(args=["sms", "send-due"])
    assert result.exit_code == 0, result.output
    assert "sent 1  not sent 0  refused 0  unknown 0" in result.output


def test_status_counts_by_gateway_and_state(runner: FlaskCliRunner) -> None:
    message = make_message(state="delivered", gateway="kannel")
    make_message(state="queued")
    everything = runner.invoke(args=["sms", "status"]).output.split()
    assert everything == ["-", "queued", "1", "kannel", "delivered", "1"] or everything[:3] == [
        "kannel",
        "delivered",
        "1",
    ]
    wave = message.invitation.wave.code
    assert runner.invoke(args=["sms", "status", wave]).output.split() == ["kannel", "delivered", "1"]


def test_check_is_silent_when_all_is_well_and_fails_when_something_waits(
    runner: FlaskCliRunner, now: datetime
) -> None:
    assert runner.invoke(args=["sms", "check"]).exit_code == 0
    make_message(state="unknown", attempted_at=now)
    make_message(state="handed_over", handed_over_at=now - timedelta(hours=25))
    make_message(not_before=now - timedelta(days=1))
    result = runner.invoke(args=["sms", "check"])
    assert result.exit_code == 1
    assert "ALARM 1 of unknown outcome" in result.output
    assert "ALARM 1 sent a day ago and no receipt" in result.output
    assert "ALARM 1 due for two hours and not sent" in result.output


def test_what_was_due_at_night_is_not_late_when_the_hours_have_just_begun(
    app: Flask, runner: FlaskCliRunner, now: datetime
) -> None:
    make_message(not_before=now - timedelta(hours=9))
    app.extensions["thuocdo_clock"] = lambda: now - timedelta(minutes=30)
    assert runner.invoke(args=["sms", "check"]).exit_code == 0


def test_a_test_message_goes_to_the_number_from_standard_input(app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["sms", "test"], input="0905 000 009\n")
    assert (result.exit_code, result.output) == (0, "simulator: handed over\n")
    network = SimulatorGateway("simulator", {"instance": app.config["THUOCDO_INSTANCE"], "rate": 20})
    assert network.inbox("+84905000009")[0].body == "So Noi vu TP Hue: tin nhan thu cua he thong khao sat."


@pytest.mark.parametrize(
    ("given", "error"),
    [("0234 3822 222", "not a mobile number"), ("", "not a mobile number"), ("0900000010", "refused")],
    ids=["landline", "nothing", "a number that the network refuses"],
)
def test_a_test_message_that_cannot_go_says_why(runner: FlaskCliRunner, given: str, error: str) -> None:
    result = runner.invoke(args=["sms", "test"], input=given + "\n")
    assert result.exit_code == 2
    assert error in result.output


def test_a_gateway_is_switched_off_and_on(runner: FlaskCliRunner) -> None:
    assert runner.invoke(args=["sms", "gateway", "simulator", "off"]).output == "simulator off\n"
    assert db.session.get(GatewayState, "simulator").enabled is False
    db.session.rollback()
    assert runner.invoke(args=["sms", "gateway", "nobody", "off"]).exit_code == 2


@pytest.mark.parametrize(
    ("decision", "state"), [("arrived", "handed_over"), ("lost", "failed"), ("resend", "failed")]
)
def test_a_person_decides_about_an_unknown_message(
    runner: FlaskCliRunner, now: datetime, decision: str, state: str
) -> None:
    invitation = make_invitation(make_unit())[0]
    message_id = make_message(invitation, state="unknown", attempted_at=now).id
    assert message_id in runner.invoke(args=["sms", "unknown"]).output
    assert runner.invoke(args=["sms", "resolve", message_id, "--as", decision]).exit_code == 0
    assert db.session.get(Message, message_id, populate_existing=True).state == state
    db.session.rollback()
    assert runner.invoke(args=["sms", "resolve", message_id, "--as", decision]).exit_code == 2


def test_a_wrong_setting_of_a_gateway_is_one_line_that_names_it(app: Flask, runner: FlaskCliRunner) -> None:
    app.config["THUOCDO_GATEWAYS"] = ("pigeon",)
    result = runner.invoke(args=["sms", "send-due"])
    assert result.exit_code == 2
    known = "console, esms, http, kannel, simulator, zalo_zns"
    assert result.output == f"error: THUOCDO_GATEWAYS: pigeon: no adapter 'pigeon'; there are {known}\n"
