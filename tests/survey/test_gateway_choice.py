"""Which gateway carries a message: the best first, a network's own before it, another when one is shut."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.gateways.http_client import GatewayClosedError
from survey.gateways.sms import NotHereError
from survey.models import Message
from survey.services.messaging import throttle
from survey.services.messaging.dispatch import send_due
from tests.factories import make_invitation, make_message, make_unit
from tests.survey.fake_sms import FakeSms, send, state_of

pytestmark = pytest.mark.usefixtures("app")


def message_to(number: int, carrier: str = "") -> str:
    unit = make_unit(phone=f"+8490500{number:04d}")
    unit.contact.carrier = carrier
    return make_message(make_invitation(unit)[0]).id


def test_a_gateway_that_refuses_the_log_in_is_left_alone_and_no_message_pays_for_it(now: datetime) -> None:
    def refuse(_sms: object) -> None:
        raise GatewayClosedError("403")

    for number in range(3):
        message_to(number)
    gateway = FakeSms(during=refuse)
    for seconds in (0, 30):
        send(now + timedelta(seconds=seconds), gateway)
    assert len(gateway.sent) == 1  # the circuit is open for a minute
    assert {message.tries for message in db.session.scalars(select(Message))} == {0}
    assert send(now + timedelta(seconds=61), FakeSms()).sent == 3


def test_after_five_failures_in_a_row_the_rest_waits_and_one_tries_first(now: datetime) -> None:
    for number in range(9):
        message_to(number)
    gateway = FakeSms(errors={"*": "not_sent"})
    send(now, gateway)
    assert len(gateway.sent) == 5
    send(now + timedelta(seconds=61), gateway)
    assert len(gateway.sent) == 6


def test_a_number_that_one_gateway_cannot_reach_goes_by_the_next(now: datetime) -> None:
    def not_a_user(_sms: object) -> None:
        raise NotHereError("not a user")

    message_id = message_to(1)
    first, second = FakeSms("zalo", during=not_a_user), FakeSms("kannel")
    send(now, first, second)
    assert [len(first.sent), len(second.sent)] == [1, 1]
    assert state_of(message_id) == "handed_over"
    assert db.session.get(Message, message_id).gateway == "kannel"


def test_an_unknown_outcome_never_falls_back_to_the_next_gateway(now: datetime) -> None:
    message_to(1)
    first, second = FakeSms("zalo", errors={"*": "unknown"}), FakeSms("kannel")
    send(now, first, second)
    assert second.sent == []


def test_a_gateway_that_is_switched_off_keeps_its_queue(now: datetime) -> None:
    message_to(1)
    gateway = FakeSms()
    throttle.switch("fake", on=False, actor="cli", now=now)
    assert send(now, gateway).sent == 0
    throttle.switch("fake", on=True, actor="cli", now=now)
    assert send(now, gateway).sent == 1


def test_a_networks_numbers_go_by_its_own_gateway_while_that_works(app: Flask, now: datetime) -> None:
    app.config["THUOCDO_SMS_ROUTES"] = {"Viettel": "second"}
    message_to(1, "Viettel")
    message_to(2, "MobiFone")
    first, second = FakeSms("first"), FakeSms("second")
    send(now, first, second)
    assert [sms.to[-1] for sms in first.sent] == ["2"]
    assert [sms.to[-1] for sms in second.sent] == ["1"]
    throttle.switch("second", on=False, actor="cli", now=now)
    message_to(3, "Viettel")
    send(now, first, second)
    assert [sms.to[-1] for sms in first.sent] == ["2", "3"]


def test_the_rate_is_kept_in_parts_a_second_by_all_workers_together(now: datetime) -> None:
    for number in range(14):
        message_to(number)
    gateway = FakeSms()
    gateway.rate = 0.05  # 80 %: a part in 25 seconds; ten may leave at once

    def sleep(seconds: float) -> None:
        assert seconds == pytest.approx(25)
        raise TimeoutError

    for _worker in range(2):
        with pytest.raises(TimeoutError):
            send_due(now, gateways={"fake": gateway}, sleep=sleep)
    assert len(gateway.sent) == 10
    with pytest.raises(TimeoutError):
        send_due(now + timedelta(seconds=51), gateways={"fake": gateway}, sleep=sleep)
    assert len(gateway.sent) == 12
