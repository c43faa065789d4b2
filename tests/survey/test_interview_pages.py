"""The interviewer's pages: the citizen's form through another door. Authority: BRIEF of the form, part 7 (same
form, other mode code); no number beside answers; a form page too old loses nothing that was typed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.models import CallAttempt, InterviewCase, Response, ResponseMode, ResponseState, Role
from survey.queries.interviews import loads
from survey.services.answers.consent import INTERVIEWER_VERSION
from tests.factories import NOW
from tests.officers import PASSWORD, Browser, add, browser
from tests.survey.citizen import Citizen
from tests.survey.interviewing import Interview, at_hour, disposition, make_case


@pytest.fixture
def caller(app: Flask) -> Browser:
    at_hour(app)
    add("interviewer")
    made = Browser(app)
    assert made.log_in("interviewer@hue.gov.vn").location == "/office/"
    return made


def my_case() -> tuple[InterviewCase, str]:
    from survey.services.office import users

    return make_case(users.by_email("interviewer@hue.gov.vn"))


def response() -> Response | None:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalar(select(Response))


def test_the_list_and_the_case_hold_no_number_until_it_is_asked_for(caller: Browser) -> None:
    case, _token = my_case()
    assert caller.get("/office/").location == "/office/my-cases/"
    page = caller.text("/office/my-cases/")
    assert "Chứng thực bản sao" in page
    assert "905123456" not in page + caller.text(f"/office/my-cases/{case.id}")
    assert "+84905123456" in caller.post(f"/office/my-cases/{case.id}/phone").text


def test_an_interview_is_the_form_with_the_interviewer_s_mode(caller: Browser) -> None:
    case, _token = my_case()
    interview = Interview(caller, case.id)
    interview.begin("home")
    assert caller.get(f"{interview.path}/form").location.endswith("?p=q1")
    page = caller.text(f"{interview.path}/form?p=q1")
    assert "đọc nguyên văn" in page
    assert 'name="q1" value="5"' in page
    assert "Tôi không muốn tham gia" not in page
    interview.fill("4")
    draft = response()
    assert draft is not None
    assert (draft.state, disposition(case)) == (ResponseState.draft, "1.2")
    check = caller.text(f"{interview.path}/form?p=check")
    assert "905123456" not in check
    assert interview.answer("check", comment="Ghế ít").location == "/office/my-cases/"
    done = response()
    assert done is not None
    assert (done.mode, done.state) == (ResponseMode.interviewer, ResponseState.submitted)
    assert (done.consent_version, done.paradata["place"], done.comment) == (INTERVIEWER_VERSION, "home", "Ghế ít")
    assert disposition(case) == "1.1"
    attempt = db.session.scalars(select(CallAttempt)).one()
    assert (attempt.outcome, attempt.place) == ("complete", "home")
    page = caller.text("/office/my-cases/")
    assert re.search(r"mã biên nhận cho người trả lời: \w{5}-\w{5}-\w{4}", page)
    assert "Chứng thực bản sao" not in page


def test_an_answer_by_web_meanwhile_is_told_and_stays(app: Flask, caller: Browser) -> None:
    case, token = my_case()
    interview = Interview(caller, case.id)
    interview.begin()
    form_token = interview.token("q1")
    citizen = Citizen(app, token, case.invitation_id)
    citizen.fill("5")
    citizen.post("check")
    refused = interview.answer("q1", form_token, q1="1")
    assert refused.location == interview.path
    assert "đã có câu trả lời" in caller.text(interview.path)
    kept = response()
    assert kept is not None
    assert (kept.mode, kept.answers["q1"]) == (ResponseMode.web, 5)
    assert "Chứng thực bản sao" not in caller.text("/office/my-cases/")
    [load] = loads(case.wave_id, NOW)
    assert (load.cases, load.open, load.elsewhere, load.complete) == (1, 0, 1, 0)


def test_a_page_too_old_or_of_another_shows_what_was_typed_again(app: Flask, caller: Browser) -> None:
    case, _token = my_case()
    interview = Interview(caller, case.id)
    interview.begin()
    old = interview.token("q1")
    at_hour(app, NOW + timedelta(hours=13))
    assert caller.log_in("interviewer@hue.gov.vn", PASSWORD).status_code in {200, 303}
    for token in (old, "forged", ""):
        again = interview.answer("q1", token, q1="2")
        assert again.status_code == 409
        assert re.search(r'value="2"[^>]* checked', again.text)
    assert response() is None


def test_no_form_before_the_notice_was_read(caller: Browser) -> None:
    case, _token = my_case()
    path = f"/office/my-cases/{case.id}"
    assert caller.get(f"{path}/form?p=q1").location == path
    caller.text(path)
    for fields in ({"place": "phone"}, {"agreed": "yes"}, {"place": "moon", "agreed": "yes"}):
        assert caller.post(f"{path}/begin", **fields).location == path
    assert db.session.get_one(InterviewCase, case.id).consent_version is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"outcome": "complete", "seen": "0", "place": "phone"},
        {"outcome": "busy", "seen": "x", "place": "phone"},
        {"outcome": "busy", "seen": "0"},
        {"outcome": "<script>", "seen": "0", "place": "phone"},
        {"outcome": "appointment", "seen": "0", "place": "phone", "day": "2026-02-30", "hour": "25:00"},
    ],
)
def test_what_no_interviewer_means_is_told_and_not_kept(caller: Browser, fields: dict[str, str]) -> None:
    case, _token = my_case()
    path = f"/office/my-cases/{case.id}"
    caller.text(path)
    assert caller.post(f"{path}/attempt", **fields).location == path
    assert 'class="notice error"' in caller.text(path)
    assert db.session.scalar(select(CallAttempt)) is None


def test_an_appointment_is_written_in_local_time_and_shown_as_due(app: Flask, caller: Browser) -> None:
    case, _token = my_case()
    path = f"/office/my-cases/{case.id}"
    caller.text(path)
    fields = {"outcome": "appointment", "seen": "0", "place": "phone", "day": "2026-10-14", "hour": "14:30"}
    caller.post(f"{path}/attempt", **fields, note="gặp sau <giờ> làm")
    assert "14:30 14/10/2026" in caller.text("/office/my-cases/")
    at_hour(app, NOW + timedelta(hours=4, minutes=35))
    assert "đã đến giờ hẹn" in caller.text("/office/my-cases/")
    at_hour(app, NOW + timedelta(hours=6))
    page = caller.text("/office/my-cases/")
    assert "quá hẹn" in page
    assert "sau &lt;giờ&gt; làm" in page


def test_somebody_else_s_case_is_not_found_and_other_roles_have_no_list(app: Flask, caller: Browser) -> None:
    case, _token = my_case()
    admin = browser(app, Role.admin)
    admin.text("/office/my-cases/")
    path = f"/office/my-cases/{case.id}"
    assert [admin.get(path).status_code, admin.get(path + "/form").status_code] == [404, 404]
    assert [admin.post(path + step).status_code for step in ("/phone", "/form")] == [303, 404]
    officer = browser(app, Role.officer)
    assert officer.get("/office/my-cases/").status_code == 403
    assert caller.get("/office/waves/").status_code == 403
