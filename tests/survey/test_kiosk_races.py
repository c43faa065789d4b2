"""Two workers of one tablet, or two tablets, send at the same moment. Authority: one submission is one row, and
its counter agrees, on both databases."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from flask import Flask

from survey.extensions import db
from survey.models import KioskDevice, WaveState
from tests.factories import NOW, make_agency, make_wave
from tests.survey.tablet import Tablet, added, set_aside, stored


@pytest.fixture
def tablets(app: Flask) -> list[Tablet]:
    app.extensions["thuocdo_clock"] = lambda: NOW
    wave, agency = make_wave(state="launched"), make_agency(code="H57.01")
    return [Tablet(app, *added(agency, wave, f"Quầy {number}")) for number in (1, 2)]


def at_once(app: Flask, sends: list[tuple[Tablet, int]]) -> Counter[str]:
    """States of submissions that start together, each in a thread of its own."""
    start, states = threading.Barrier(len(sends)), Counter[str]()
    db.session.rollback()

    def one(tablet: Tablet, number: int) -> None:
        client = app.test_client()
        client.set_cookie("kiosk", tablet.client.get_cookie("kiosk", path="/k/").value, path="/k/")  # type: ignore[union-attr]
        body = tablet.entry(number)
        start.wait()
        states[client.post("/k/answer", json=body).json["state"]] += 1

    threads = [threading.Thread(target=one, args=send) for send in sends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return states


def test_eight_at_once_of_the_same_submission_are_one_row(app: Flask, tablets: list[Tablet]) -> None:
    assert at_once(app, [(tablets[0], 1)] * 8) == {"stored": 1, "repeated": 7}
    assert len(stored()) == 1


def test_the_same_code_from_two_tablets_is_one_row(app: Flask, tablets: list[Tablet]) -> None:
    assert at_once(app, [(tablet, 1) for tablet in tablets] * 3) == {"stored": 1, "repeated": 5}
    assert len(stored()) == 1


def test_a_queue_sent_twice_at_once_is_counted_once(app: Flask, tablets: list[Tablet]) -> None:
    states = at_once(app, [(tablets[0], number) for number in (1, 2, 3, 4)] * 2)
    assert states == {"stored": 4, "repeated": 4}
    assert [device.received for device in db.session.query(KioskDevice).order_by(KioskDevice.id)] == [4, 0]


def test_late_ones_at_once_are_set_aside_once(app: Flask, tablets: list[Tablet]) -> None:
    wave = db.session.get_one(KioskDevice, tablets[0].device).wave
    wave.state = WaveState.closed
    db.session.commit()
    assert at_once(app, [(tablets[0], 1)] * 6) == {"set_aside": 1, "repeated": 5}
    assert (stored(), set_aside()) == ([], {"wave_closed": 1})
