"""Issuing, printing, keying and deciding in a browser. Authority: the second reading is blind to the first; a form
holds nothing that leads to a person; what was typed wrong is shown again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forms import paper as on_paper
from survey.errors import ConflictError
from survey.extensions import db
from survey.models import AuditEvent, PaperEntry, PaperForm, PaperState, Response, Role, SampleUnit, Wave
from survey.queries.account import account, total
from survey.queries.analysis import analysis_frame
from survey.services.answers import paper
from survey.services.answers.settle import settle_units
from survey.services.fieldwork import waves
from tests.factories import NOW, make_invitation, make_unit, make_wave
from tests.officers import Browser, browser
from tests.survey.every_type import make_every_type
from tests.survey.keying import ALL_FOUR, clerk, code_of, keyed, make_form
from tests.waves import launched


@pytest.fixture(autouse=True)
def _clock(app: Flask) -> None:
    app.extensions["thuocdo_clock"] = lambda: NOW


def at_desk(app: Flask, name: str, role: Role = Role.keyer) -> Browser:
    user = clerk(name, role).email
    made = Browser(app)
    assert made.log_in(user).status_code == 303
    return made


def all_four(**changes: str) -> dict[str, str]:
    return {name: str(value) for name, value in ALL_FOUR.items()} | changes


def entries() -> list[PaperEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(PaperEntry).order_by(PaperEntry.id)))


def test_forms_go_to_silent_people_once_also_to_those_without_a_telephone() -> None:
    wave = make_wave(state="launched")
    make_invitation(make_unit(wave))
    lonely = make_unit(wave, reachable=False, disposition="3.11")
    lonely_id = lonely.id
    make_unit(wave, disposition="2.11")
    assert paper.issue(wave, most=1, actor="test", now=NOW) == 1
    assert paper.issue(wave, actor="test", now=NOW) == 1
    assert paper.issue(wave, actor="test", now=NOW) == 0
    forms = db.session.scalars(select(PaperForm)).all()
    assert lonely_id in {form.invitation.sample_unit_id for form in forms}
    assert all(on_paper.read_code(code_of(form)) == form.code for form in forms)
    settle_units(wave, NOW)
    db.session.commit()
    assert db.session.get_one(SampleUnit, lonely_id).disposition == "3.19"  # a form went out, nothing came back
    with pytest.raises(ConflictError):
        paper.issue(make_wave(state="closed"), actor="test", now=NOW)


def test_the_analysis_file_has_the_mode_and_the_close_takes_the_codes() -> None:
    wave = launched(12)
    paper.issue(wave, most=2, actor="test", now=NOW)
    one, two = clerk("a"), clerk("b")
    for form in db.session.scalars(select(PaperForm)).all():
        for user in (one, two):
            paper.key(code_of(form), keyed(), user, now=NOW + timedelta(days=2))
    assert analysis_frame(wave)["mode"].value_counts().to_dict() == {"paper": 2}
    assert total(account(wave)).adds_up
    waves.close_wave(wave, actor="test", now=NOW + timedelta(days=3))
    assert db.session.scalars(select(PaperForm.code)).all() == [None, None]


def test_a_clerk_types_the_code_keys_and_goes_on(app: Flask) -> None:
    code = code_of(make_form()[0])
    desk = at_desk(app, "a")
    assert desk.get("/office/").location == "/office/paper/"
    assert "Mã gõ sai" in desk.text("/office/paper/?code=234-567-89V")
    assert "Không có phiếu" in desk.text("/office/paper/?code=234-567-89E")
    assert desk.get(f"/office/paper/?code={code.lower().replace('-', '+')}").location == f"/office/paper/{code}"
    desk.text(f"/office/paper/{code}")
    wrong = desk.post(f"/office/paper/{code}", **all_four(q1="9"))
    assert wrong.status_code == 422
    assert 'value="4" checked' in wrong.text.replace('id="q2" ', "")
    fields = all_four(q1="", comment_on_paper="<b>Ghế") | {"mark-q1": "two_boxes"}
    assert desk.post(f"/office/paper/{code}", **fields).location == "/office/paper/"
    [entry] = entries()
    assert (entry.marks, entry.answers["comment_on_paper"]) == ({"q1": "two_boxes"}, "<b>Ghế")
    assert desk.get(f"/office/paper/{code}").location == "/office/paper/"


def test_the_second_clerk_sees_nothing_of_the_first_and_a_third_decides(app: Flask) -> None:
    form, _token = make_form()
    code = code_of(form)
    one, two = at_desk(app, "a"), at_desk(app, "b")
    one.text(f"/office/paper/{code}")
    one.post(f"/office/paper/{code}", **all_four(q1="1", comment_on_paper="chỉ người thứ nhất biết"))
    page = two.text(f"/office/paper/{code}")
    assert "thứ nhất" not in page
    assert page.count("checked") == 6  # nothing but "blank" is chosen
    two.post(f"/office/paper/{code}", **all_four())
    assert two.get(f"/office/paper/{code}/decide").status_code == 403
    officer = at_desk(app, "c", Role.officer)
    path = f"/office/paper/{code}/decide"
    page = officer.text(path)
    assert "khác nhau ở 2 câu" in page
    assert "Rất không hài lòng" in page
    undecided = officer.post(path, q1="1")
    assert undecided.status_code == 422
    assert "Xin chốt câu này" in undecided.text
    wave = form.wave_id
    assert officer.post(path, **{"q1": "1", "blank-comment_on_paper": "1"}).status_code == 303
    found = db.session.scalars(select(Response)).one()
    assert (found.answers["q1"], found.comment) == (1, "")
    page = officer.text(f"/office/waves/{db.session.get_one(Wave, wave).code}/paper")
    assert page.count("14,29%") == 2  # one of seven items keyed wrong, by each
    assert db.session.scalars(select(PaperForm.state)).one() is PaperState.recorded


def test_forms_are_printed_and_listed_and_both_are_on_record(app: Flask) -> None:
    wave = make_wave("2026-q3", state="launched", instrument_version=make_every_type())
    for _ in range(2):
        make_invitation(make_unit(wave))
    officer = browser(app, Role.officer)
    path = "/office/waves/2026-q3/paper"
    assert "2 người chưa trả lời và chưa có phiếu" in officer.text(path)
    officer.post(path, most="x")
    assert "số nguyên từ 1" in officer.text(path)
    officer.post(path)
    codes = db.session.scalars(select(PaperForm.code)).all()
    officer.text(path)
    printed = officer.post(f"{path}/print", after="0").text
    assert all(str(code) in printed for code in codes)
    assert "H57-260901" not in printed
    assert "905" not in printed
    officer.text(path)
    listed = officer.post(f"{path}/list.csv")
    assert listed.mimetype == "text/csv"
    assert listed.text.startswith("\ufeffcode,dossier_code,agency")
    assert len(listed.text.splitlines()) == 3
    deeds = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("paper.%"))).all()
    assert deeds == ["paper.issue", "paper.print", "paper.list"]


def test_every_type_of_question_is_keyed(app: Flask) -> None:
    wave = make_wave(state="launched", instrument_version=make_every_type())
    code = code_of(make_form(wave)[0])
    desk = at_desk(app, "a")
    page = desk.text(f"/office/paper/{code}")
    assert page.count('class="field key"') == page.count("mark-")
    assert desk.post(f"/office/paper/{code}").location == "/office/paper/"
    assert entries()[0].answers == {}


def test_others_neither_key_nor_issue_nor_decide(app: Flask) -> None:
    form, _token = make_form()
    code, wave = code_of(form), db.session.get_one(Wave, form.wave_id).code
    desk, viewer = at_desk(app, "a"), browser(app, Role.viewer)
    desk.text("/office/paper/")
    viewer.text("/office/waves/")
    assert desk.get(f"/office/waves/{wave}/paper").status_code == 403
    for path in (f"/office/waves/{wave}/paper", f"/office/waves/{wave}/paper/list.csv"):
        assert desk.post(path).status_code == viewer.post(path).status_code == 403
    assert viewer.post(f"/office/paper/{code}", q1="1").status_code == 403
    for bad in ("ABC-DEF-GH3", "x", "%00", "a" * 300):
        assert desk.get(f"/office/paper/{bad}").status_code in {400, 404}
