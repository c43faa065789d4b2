"""The form as a browser without JavaScript and cookies sees it. Authority: the privacy law's rules on consent, the
flow that GOV.UK and the ONS use for one question a page, and the instrument's own path."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict

import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.models import Wave
from survey.services.answers.consent import CONSENT_VERSION, NOTICES
from tests.factories import make_instrument, make_invitation, make_unit, make_wave
from tests.survey.citizen import Citizen


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    invitation, token = make_invitation()
    return Citizen(app, token, invitation.id)


def test_the_start_page_says_who_asks_about_what_and_that_refusing_is_fine(citizen: Citizen) -> None:
    page = citizen.get()
    assert page.status_code == 200
    for words in ("Sở Nội vụ thành phố Huế", "Chứng thực bản sao", "01/09/2026", "Tôi không muốn tham gia"):
        assert words in page.text


def test_six_answers_lead_to_a_thank_you_with_a_receipt(citizen: Citizen) -> None:
    for number in range(1, 7):
        page = citizen.answer(f"q{number}", "5")
        assert page.status_code == 303
    assert page.location.endswith("p=check")
    assert citizen.post("check", comment="Cảm ơn").location.endswith("?p=done")
    assert re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4}", citizen.get("done").text)
    response = citizen.response()
    assert response is not None
    assert response.answers == dict.fromkeys(("q1", "q2", "q3", "q4", "q5", "q6"), 5)
    assert (response.state, response.comment, citizen.disposition()) == ("submitted", "Cảm ơn", "1.1")


def test_answers_are_there_on_another_device_and_the_form_goes_on_where_it_stopped(citizen: Citizen) -> None:
    citizen.answer("q1", "5")
    citizen.answer("q2", "na")
    page = citizen.get().text
    assert 'href="?p=q3"' in page
    assert "Tôi đồng ý và bắt đầu" not in page
    assert 'value="na" checked' in citizen.get("q2").text


def test_an_unanswered_question_is_asked_once_more_and_then_let_go(citizen: Citizen) -> None:
    again = citizen.post("q1")
    assert again.status_code == 422
    assert 'href="#q1"' in again.text
    seen = dict(re.findall(r'name="(\w+)" value="([^"]*)">', again.text)) | {"_seen": "q1"}
    assert citizen.post("q1", seen).location.endswith("?p=q2")


def test_an_answer_is_changed_from_the_check_page_and_leads_back_there(citizen: Citizen) -> None:
    citizen.fill()
    assert 'href="?p=q2&amp;back=check"' in citizen.get("check").text
    assert citizen.answer("q2", "3", back="check").location.endswith("?p=check")
    assert "Bình thường" in citizen.get("check").text


def test_the_language_travels_in_the_address(citizen: Citizen) -> None:
    page = citizen.get("q1", lang="en", c=CONSENT_VERSION)
    assert '<html lang="en">' in page.text
    assert "Very satisfied" in page.text
    assert citizen.post("q1", citizen.form("q1", lang="en"), q1="5").status_code == 303
    page = citizen.client.post(citizen.link + "?p=q2&lang=en", data=citizen.form("q2", lang="en") | {"q2": "4"})
    assert page.location.endswith("?p=q3&lang=en")
    response = citizen.response()
    assert response is not None
    assert response.language == "en"


def test_large_print_travels_in_the_address(citizen: Citizen) -> None:
    page = citizen.get("q1", big="1", c=CONSENT_VERSION)
    assert 'class="large"' in page.text
    assert 'action="?p=q1&amp;big=1"' in page.text


def test_sections_show_the_questions_of_a_factor_together(app: Flask) -> None:
    wave = make_wave(
        state="launched", instrument_version=make_instrument("sipas"), settings={"page_mode": "section"}
    )
    invitation, token = make_invitation(make_unit(wave))
    citizen = Citizen(app, token, invitation.id)
    page = citizen.get("q1_1", c=CONSENT_VERSION)
    assert page.text.count("<fieldset") == 4
    assert "Câu 1–4/23" in page.text
    fields = dict.fromkeys(("q1_1", "q1_2", "q1_3", "q1_4"), "4")
    assert citizen.post("q1_1", **fields).location.endswith("?p=q2_1")


def test_good_answers_of_a_page_are_kept_when_another_is_missing(app: Flask) -> None:
    wave = make_wave(
        state="launched", instrument_version=make_instrument("sipas"), settings={"page_mode": "section"}
    )
    invitation, token = make_invitation(make_unit(wave))
    citizen = Citizen(app, token, invitation.id)
    assert citizen.post("q1_1", q1_1="4", q1_2="9").status_code == 422
    response = citizen.response()
    assert response is not None
    assert response.answers == {"q1_1": 4}


def test_a_flipped_scale_is_shown_from_the_other_end_and_recorded(app: Flask) -> None:
    settings = {"scale_order": "flip"}
    orders = set()
    for _ in range(8):
        unit = make_unit(make_wave(state="launched", settings=settings))
        invitation, token = make_invitation(unit, nonce=None)
        citizen = Citizen(app, token, invitation.id)
        first = re.findall(r'name="q1" value="(\w+)"', citizen.get("q1", c=CONSENT_VERSION).text)[0]
        citizen.answer("q1", "4")
        response = citizen.response()
        assert response is not None
        orders.add((first, response.paradata["flipped"]))
    assert orders == {("1", False), ("5", True)}


def test_the_first_page_weighs_six_kilobytes_at_most_and_any_page_fourteen(citizen: Citizen) -> None:
    def weight(page: str, **query: str) -> int:
        answer = citizen.client.get(
            citizen.link, query_string={"p": page} | query, headers={"Accept-Encoding": "gzip, br"}
        )
        assert answer.headers["Content-Encoding"] == "gzip"
        return len(answer.data)

    assert weight("") <= 6 * 1024
    assert weight("q1", c=CONSENT_VERSION) <= 6 * 1024
    citizen.fill()
    assert weight("check") <= 14 * 1024


def test_a_receipt_code_tells_whether_the_answer_counts_however_it_is_typed(citizen: Citizen) -> None:
    citizen.fill()
    citizen.post("check")
    code = re.findall(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4}", citizen.get("done").text)[0]
    for typed in (code, code.lower().replace("-", " "), code.replace("-", "")):
        page = citizen.client.post("/receipt", data={"code": typed})
        assert (page.status_code, "đã được ghi nhận" in page.text) == (200, True)
    assert "chưa kết thúc" in page.text
    db.session.scalars(select(Wave)).one().state = "closed"
    db.session.commit()
    assert "đã được tính" in citizen.client.post("/receipt", data={"code": code}).text
    assert citizen.client.post("/receipt", data={"code": code[:-1] + "0"}).status_code == 404
    assert citizen.client.get("/receipt?lang=en").status_code == 200


@pytest.mark.parametrize(
    ("version", "sha256"),
    [
        ("2026-1", "fdcce675da584b57a64a0d637c36fcb0bc3e6336c657891b86550d37f6bd2ea1"),
        ("2026-2", "d9144833a5ab09034676d453a661e30e7e3acd704f4af690297ba6b08e01e719"),
        ("kiosk-2026-1", "3b3bf27da340b74270cf580399a2e8481955f290a62c803ec53239188f22ce30"),
        ("qr-2026-1", "c0c407b472c8af4119a77301813094223a8901c971f13db6c42d178d1fdf30a9"),
    ],
)
def test_the_words_of_a_consent_version_never_change(version: str, sha256: str) -> None:
    """People agreed to these very words: change them only by adding a version."""
    text = json.dumps([asdict(clause) for clause in NOTICES[version]], ensure_ascii=False, sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest() == sha256
