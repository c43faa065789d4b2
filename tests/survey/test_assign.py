"""Giving silent people to interviewers. Authority: every silent unit with a telephone once, evenly, in the order
of the draw's random numbers; whoever answered, refused or asked never to be asked is left alone."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey.errors import ConflictError, InputError
from survey.extensions import db
from survey.models import Contact, InterviewCase, Invitation, PhoneKind, Role, SampleUnit, Suppression, User, Wave
from survey.queries.account import account, total
from survey.services.answers import dispositions
from survey.services.fieldwork import assign, waves
from survey.services.office import users
from tests.factories import NOW, make_agency, make_contact, make_dossier, make_invitation, make_unit, make_wave
from tests.officers import PASSWORD, browser
from tests.waves import answer_all, launched

WHO: dict[str, Any] = {"actor": "officer@hue.gov.vn", "now": NOW}


def people(count: int) -> list[int]:
    return [
        users.add_user(f"pv{number}@hue.gov.vn", Role.interviewer, PASSWORD, actor="cli", now=NOW).id
        for number in range(count)
    ]


@pytest.fixture
def wave(app: Flask) -> Wave:
    app.extensions["thuocdo_clock"] = lambda: NOW
    return make_wave(state="launched")


def cases() -> list[InterviewCase]:
    db.session.rollback()
    return list(db.session.scalars(select(InterviewCase).order_by(InterviewCase.id)))


def test_silent_people_are_spread_evenly(wave: Wave) -> None:
    for _ in range(8):
        make_invitation(make_unit(wave))
    team = people(3)
    assert assign.assign(wave, team, **WHO) == 8
    assert sorted(Counter(case.interviewer_id for case in cases()).values()) == [2, 3, 3]
    assert assign.assign(wave, team, **WHO) == 0
    assert {case.invitation.expires_at for case in cases()} == {wave.closes_at}


def test_who_answered_refused_died_or_is_not_eligible_is_left_alone(wave: Wave) -> None:
    for code in ("1.1", "2.11", "2.31", "4.90"):
        unit = make_unit(wave, disposition=code)
        make_invitation(unit)
    answer_all(wave, NOW)
    unit = make_unit(wave)
    make_invitation(unit)
    hashed = db.session.get_one(Contact, unit.contact_id).phone_hash
    db.session.add(Suppression(phone_hash=hashed, since=NOW, reason="sms"))
    make_unit(wave, reachable=False)
    make_unit(wave, released=False, replicate=2)
    assert assign.assign(wave, people(1), **WHO) == 0


def test_a_landline_that_no_text_reaches_is_called(wave: Wave) -> None:
    contact = make_contact("+842343822123", kind=PhoneKind.landline)
    unit = make_unit(wave, make_dossier(contact_id=contact.id, reachable=False), disposition="3.11")
    assert assign.assign(wave, people(1), **WHO) == 1
    assert db.session.scalars(select(Invitation.sample_unit_id)).one() == unit.id


def test_one_agency_and_no_more_than_so_many_in_the_draw_s_order(wave: Wave) -> None:
    agency = make_agency()
    for number in range(6):
        make_invitation(make_unit(wave, agency=agency, u=1 - number / 10))
    make_invitation(make_unit(wave))
    assert assign.assign(wave, people(2), agency_id=agency.id, most=2, **WHO) == 4
    given = [case.invitation.sample_unit.u for case in cases()]
    assert sorted(given) == pytest.approx([0.5, 0.6, 0.7, 0.8])


def test_cases_of_one_who_leaves_go_to_the_others(wave: Wave) -> None:
    for _ in range(5):
        make_invitation(make_unit(wave))
    leaver, *others = people(3)
    assign.assign(wave, [leaver], **WHO)
    first = cases()[0]
    first.closed_at = NOW
    db.session.commit()
    assert assign.hand_over(wave, leaver, [leaver, *others], **WHO) == 4
    assert Counter(case.interviewer_id for case in cases()) == {leaver: 1, others[0]: 2, others[1]: 2}


def test_nobody_or_an_officer_is_no_interviewer(wave: Wave) -> None:
    officer = users.add_user("o@hue.gov.vn", Role.officer, PASSWORD, actor="cli", now=NOW)
    for chosen in ([], [officer.id], [999]):
        with pytest.raises(InputError, match="ít nhất một phỏng vấn viên"):
            assign.assign(wave, chosen, **WHO)
    closed = make_wave(state="closed")
    with pytest.raises(ConflictError):
        assign.assign(closed, people(1), **WHO)


def test_two_officers_at_once_give_nobody_twice(app: Flask, wave: Wave) -> None:
    for _ in range(10):
        make_invitation(make_unit(wave))
    team, wave_id = people(2), wave.id
    db.session.remove()

    def give(_: int) -> int:
        with app.app_context():
            return assign.assign(db.session.get_one(Wave, wave_id), team, **WHO)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(give, range(4))) == [0, 0, 0, 10]
    assert sorted(Counter(case.interviewer_id for case in cases()).values()) == [5, 5]


def test_the_officer_s_page_counts_gives_and_moves(app: Flask, wave: Wave) -> None:
    for _ in range(4):
        make_invitation(make_unit(wave))
    team = people(2)
    officer = browser(app, Role.officer)
    path = f"/office/waves/{wave.code}/interviews"
    assert "4 người chưa trả lời" in officer.text(path)
    officer.post(path, people=[str(team[0])], most="3")
    assert "Đã giao 3 trường hợp" in officer.text(path)
    officer.post(path, people=[str(team[1])], leaver=str(team[0]))
    assert "Đã chuyển 3 trường hợp" in officer.text(path)
    for most in ("0", "x", "-1", "9" * 20):
        officer.post(path, people=[str(team[1])], most=most)
        assert "số nguyên từ 1" in officer.text(path)
    viewer = browser(app, Role.viewer)
    viewer.text(path)
    assert viewer.post(path, people=[str(team[1])]).status_code == 403


def test_calls_leave_an_account_that_adds_up_and_the_close_ends_every_case(app: Flask) -> None:
    wave = launched(12)
    assign.assign(wave, people(2), **WHO)
    codes = ["3.12", "3.13", "3.14", "3.31", "2.26", "2.31", "2.32", "2.33", "2.11"]
    units = db.session.scalars(select(SampleUnit.id).order_by(SampleUnit.id)).all()
    for unit_id, code in zip(units, codes, strict=False):
        dispositions.note(unit_id, code, source="interviewer", now=NOW)
    db.session.commit()
    whole = total(account(wave))
    assert whole.adds_up
    assert (whole.refused, whole.undelivered) == (1, 1)
    waves.close_wave(wave, actor="test", now=NOW + timedelta(days=3))
    assert all(case.closed_at is not None and case.appointment_note == "" for case in cases())
    kept = {db.session.get_one(SampleUnit, unit_id).disposition for unit_id in units[: len(codes)]}
    assert kept == set(codes)
    assert db.session.get_one(User, cases()[0].interviewer_id).active
