"""A tablet at the counter: leave to answer, answers once, late ones apart. Authority: the product's promise that
an answer is neither lost nor counted twice (a submission id and a constraint), RFC 6265 (cookies)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask

from survey.extensions import db
from survey.models import Agency, KioskDevice, KioskSetAside, Wave, WaveState
from survey.queries.analysis import analysis_frame
from survey.services.answers import kiosk
from tests.factories import NOW, make_agency, make_frame, make_instrument, make_unit, make_wave
from tests.survey.tablet import FIVES, OFFICER, Tablet, added, code, ms, set_aside, stored


@pytest.fixture
def wave(app: Flask) -> Wave:
    app.extensions["thuocdo_clock"] = lambda: NOW
    return make_wave(state="launched")


@pytest.fixture
def agency(wave: Wave) -> Agency:
    return make_agency("UBND Phường Thuận Hóa", code="H57.01")


@pytest.fixture
def tablet(app: Flask, agency: Agency, wave: Wave) -> Tablet:
    return Tablet(app, *added(agency, wave))


def device() -> KioskDevice:
    db.session.rollback()
    return db.session.query(KioskDevice).one()


def test_a_link_is_looked_at_often_and_makes_one_tablet_the_kiosk(app: Flask, agency: Agency, wave: Wave) -> None:
    _device, link = added(agency, wave)
    client = app.test_client()
    for _look in range(3):
        page = client.get(f"/k/join/{link}")
    assert (page.status_code, device().joined_at) == (200, None)
    token = page.text.split('name="f" value="')[1].split('"')[0]
    answer = client.post(f"/k/join/{link}", data={"f": token})
    cookie = answer.headers["Set-Cookie"]
    assert answer.headers["Location"] == "/k/?lang=vi"
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/k/"))
    assert client.get("/k/?lang=vi").status_code == 200
    app.extensions["thuocdo_clock"] = lambda: NOW + timedelta(minutes=3)
    assert app.test_client().get(f"/k/join/{link}").status_code == 404


def test_neither_link_nor_key_is_stored(agency: Agency, wave: Wave) -> None:
    made, link = added(agency, wave)
    key = kiosk.join(link, now=NOW)
    row = {column.name: getattr(made, column.name) for column in KioskDevice.__table__.columns}
    assert link not in str(row)
    assert key not in str(row)


def test_a_double_tap_on_the_button_gives_the_same_key(agency: Agency, wave: Wave) -> None:
    _device, link = added(agency, wave)
    assert kiosk.join(link, now=NOW) == kiosk.join(link, now=NOW + timedelta(seconds=1))


def test_an_answer_is_a_volunteers_and_reaches_no_estimate(tablet: Tablet, agency: Agency, wave: Wave) -> None:
    make_unit(wave, agency=agency)
    frame = make_frame(wave)
    frame.audit, frame.summary = {"H57.01": {"dossiers": 1}}, {"strata": {"H57.01": {"N": 1}}}
    db.session.commit()
    assert tablet.send().json == {"code": code(0), "state": "stored"}
    [response] = stored()
    assert (response.mode, response.invitation_id, response.answers["q6"]) == ("kiosk", None, 5)
    assert analysis_frame(wave)["q1"].notna().sum() == 0


def test_the_same_submission_is_one_row_however_often_it_comes(tablet: Tablet) -> None:
    states = [tablet.send().json["state"] for _ in range(3)]
    assert (states, len(stored()), device().received) == (["stored", "repeated", "repeated"], 1, 1)


def test_a_receipt_made_on_the_tablet_is_found(tablet: Tablet) -> None:
    tablet.send()
    assert "không tính vào chỉ số" in tablet.client.post("/receipt", data={"code": code(0)}).text


@pytest.mark.parametrize("wrong", [-timedelta(days=400), timedelta(days=400)], ids=["behind", "ahead"])
def test_a_tablet_with_a_wrong_clock_tells_when_it_was_answered(tablet: Tablet, wrong: timedelta) -> None:
    tablet.send(answered=ms(NOW + wrong - timedelta(hours=2)), sent=ms(NOW + wrong))
    [response] = stored()
    assert response.submitted_at == NOW - timedelta(hours=2)
    assert response.started_at == NOW - timedelta(hours=2, seconds=40)
    assert response.paradata["skew"] == -round(wrong.total_seconds())


def test_a_clock_that_was_set_back_meanwhile_counts_as_no_time(tablet: Tablet) -> None:
    tablet.send(answered=ms(NOW + timedelta(days=1)), sent=ms(NOW))
    assert stored()[0].submitted_at == NOW


def close(wave: Wave) -> None:
    wave.state = WaveState.closed
    db.session.commit()


def test_what_comes_after_the_close_is_kept_apart_and_repeated_as_such(tablet: Tablet, wave: Wave) -> None:
    close(wave)
    assert [tablet.send().json["state"] for _ in range(2)] == ["set_aside", "repeated"]
    assert (stored(), set_aside()) == ([], {"wave_closed": 1})
    [row] = db.session.query(KioskSetAside)
    assert json.loads(row.body)["answers"] == FIVES


def test_what_was_stored_before_the_close_is_repeated_after_it(tablet: Tablet, wave: Wave) -> None:
    tablet.send()
    close(wave)
    assert tablet.send().json["state"] == "repeated"
    assert (len(stored()), set_aside()) == (1, {})


def test_an_answer_to_another_version_or_of_another_device_is_kept_apart(tablet: Tablet) -> None:
    tablet.send(1, version=make_instrument("sipas").id)
    tablet.send(2, device=tablet.device + 1)
    assert (stored(), set_aside()) == ([], {"other_version": 1, "other_device": 1})


def test_without_a_key_nothing_is_taken(app: Flask, tablet: Tablet) -> None:
    stranger = app.test_client()
    for key in (None, "0" * 64):
        if key:
            stranger.set_cookie("kiosk", key, path="/k/")
        db.session.rollback()
        assert stranger.get("/k/").status_code == 403
        assert stranger.post("/k/answer", json=tablet.entry()).status_code == 403
        assert stranger.post("/k/report", json={"queued": 1}).status_code == 403
    assert stored() == []


def test_a_revoked_tablet_is_out_and_a_new_one_takes_its_place(app: Flask, agency: Agency, wave: Wave) -> None:
    first, link = added(agency, wave)
    tablet = Tablet(app, first, link)
    kiosk.revoke(first, actor=OFFICER, now=NOW)
    assert tablet.send().status_code == 403
    assert tablet.client.get("/k/").status_code == 403


def test_a_new_link_puts_the_old_tablet_out_only_when_it_is_opened(app: Flask, agency: Agency, wave: Wave) -> None:
    made, link = added(agency, wave)
    old = Tablet(app, made, link)
    second = kiosk.new_link(made, actor=OFFICER, now=NOW)
    assert old.send(1).status_code == 200
    new = Tablet(app, made, second)
    assert (old.send(2).status_code, new.send(2).status_code) == (403, 200)


def test_the_tablet_tells_its_queue_and_learns_that_its_page_is_old(tablet: Tablet, wave: Wave) -> None:
    pages = [tablet.post("/k/report", {"queued": 3, "stuck": 1}).json["page"] for _ in range(2)]
    assert (device().queued, device().stuck, device().last_seen_at) == (3, 1, NOW)
    assert pages[0] == pages[1]
    assert f'data-page="{pages[0]}"' in tablet.client.get("/k/?lang=vi").text
    close(wave)
    assert tablet.post("/k/report", {"queued": "x", "stuck": -1}).json["page"] != pages[0]
    assert "Hiện chưa nhận góp ý" in tablet.client.get("/k/?lang=vi").text


def test_one_tablet_sends_a_day_within_minutes_and_floods_nobody(tablet: Tablet) -> None:
    assert [tablet.send(number).status_code for number in range(61)] == [200] * 60 + [429]
    assert len(stored()) == 60
