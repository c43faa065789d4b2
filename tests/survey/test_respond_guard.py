"""Form tokens, the brake on guessing, and logs. Authority: a page gone stale may lose nothing that was typed, and
whoever reads a log must not be able to answer."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from flask import Flask

from survey.blueprints.respond import guard
from tests.factories import make_invitation
from tests.survey.citizen import Citizen


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    invitation, token = make_invitation()
    return Citizen(app, token, invitation.id)


def test_a_page_open_for_a_day_loses_nothing_that_was_chosen(citizen: Citizen) -> None:
    form = citizen.form("q1")
    citizen.now += timedelta(hours=13)
    page = citizen.post("q1", form, q1="4")
    assert page.status_code == 409
    assert 'value="4" checked' in page.text.replace(' id="q1"', "")
    assert citizen.response() is None
    fresh = citizen.form("q1")
    assert citizen.post("q1", fresh, q1="4").location.endswith("?p=q2")


def test_a_check_page_open_for_a_day_keeps_the_comment(citizen: Citizen) -> None:
    citizen.fill()
    form = citizen.form("check")
    citizen.now += timedelta(hours=13)
    page = citizen.post("check", form, comment="Ghế chờ bị hỏng")
    assert (page.status_code, "Ghế chờ bị hỏng" in page.text) == (409, True)


@pytest.mark.parametrize("forged", ["", "x", "ff-AAAAAAAAAAAAAAAAAAAAAA", "0-", "é" * 30])
def test_a_form_that_we_did_not_make_stores_nothing(citizen: Citizen, forged: str) -> None:
    form = citizen.form("q1") | {"f": forged}
    assert citizen.post("q1", form, q1="4").status_code == 409
    assert citizen.response() is None


def test_a_form_of_another_invitation_is_not_ours(app: Flask, citizen: Citizen) -> None:
    invitation, token = make_invitation()
    other = Citizen(app, token, invitation.id)
    assert citizen.post("q1", other.form("q1"), q1="4").status_code == 409


@pytest.mark.parametrize("skew_minutes", [-4, 4])
def test_clocks_of_two_servers_may_differ_a_little(citizen: Citizen, skew_minutes: int) -> None:
    form = citizen.form("q1")
    citizen.now += timedelta(minutes=skew_minutes)
    assert citizen.post("q1", form, q1="4").status_code == 303


def test_guessing_is_slowed_and_the_alarm_is_raised(caplog: pytest.LogCaptureFixture, citizen: Citizen) -> None:
    throttle = guard.Throttle(by_address=5, together=8, under_alarm=2)
    for _ in range(5):
        throttle.wrong("1.1.1.1", citizen.now)
    assert throttle.blocks("1.1.1.1", citizen.now)
    assert not throttle.blocks("2.2.2.2", citizen.now)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            throttle.wrong("2.2.2.2", citizen.now)
    assert "alarm" in caplog.text
    assert throttle.blocks("2.2.2.2", citizen.now)
    assert not throttle.blocks("3.3.3.3", citizen.now)
    assert not throttle.blocks("1.1.1.1", citizen.now + timedelta(minutes=1))


def test_an_address_that_guesses_gets_a_page_that_says_wait(citizen: Citizen) -> None:
    for _ in range(60):
        citizen.client.get("/s/aaaaaaaaaaa")
    assert citizen.get().status_code == 429
    citizen.now += timedelta(minutes=1)
    assert citizen.get().status_code == 200


@pytest.mark.parametrize("name", ["granian.access", "werkzeug", "survey"])
def test_no_log_holds_a_link(app: Flask, citizen: Citizen, name: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger(name)
    with caplog.at_level(logging.INFO, logger=name):
        logger.propagate = True
        logger.info('"%s %s" %d', "GET", f"{citizen.link}?p=q1", 200)
        logger.info('"%(method)s %(path)s"', {"method": "GET", "path": citizen.link})
        logger.info(f"Exception on {citizen.link} [GET]")
        logger.info('"%s %s" %d', "POST", "/gateway/kannel/receipt/callback-key-one?id=7", 200)
        logger.info('"%s %s" %d', "GET", "/gateway/kannel/inbound?from=8088&key=callback-key-one", 200)
    assert citizen.link not in caplog.text
    assert caplog.text.count("/s/***") == 3
    assert "callback-key-one" not in caplog.text
    assert "/gateway/kannel/receipt/***?id=7" in caplog.text
