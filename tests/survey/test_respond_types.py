"""Every type of question through the form. Authority: the rules of the questionnaire; nothing typed is lost."""

from __future__ import annotations

import html
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey.services.answers.consent import CONSENT_VERSION
from tests.factories import make_invitation, make_unit, make_wave
from tests.survey.citizen import Citizen
from tests.survey.every_type import DEFINITION, make_every_type

ITEMS = [item["id"] for item in DEFINITION["items"] if item["type"] != "note"]


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    unit = make_unit(make_wave(state="launched", instrument_version=make_every_type()))
    invitation, token = make_invitation(unit)
    return Citizen(app, token, invitation.id)


def answers(citizen: Citizen) -> dict[str, Any]:
    response = citizen.response()
    return {} if response is None else response.answers


GOOD: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("n0", {"q_likert": "3"}, {"q_likert": 3}),
    ("n0", {"q_likert": "na"}, {"q_likert": "na"}),
    ("q_yes", {"q_yes": "yes"}, {"q_yes": "yes"}),
    (
        "q_single",
        {"q_single": "oth", "q_single_other": "Nhờ người"},
        {"q_single": "oth", "q_single_other": "Nhờ người"},
    ),
    ("q_single", {"q_single_other": "Nhờ người"}, {"q_single": "oth", "q_single_other": "Nhờ người"}),
    ("q_multi", {"q_multi": ["fee", "docs"]}, {"q_multi": ["docs", "fee"]}),
    ("q_multi", {"q_multi": "none"}, {"q_multi": "none"}),
    ("q_nps", {"q_nps": "0"}, {"q_nps": 0}),
    ("q_date", {"q_date": "5/9/2026"}, {"q_date": "2026-09-05"}),
    ("q_text", {"q_text": " A1 "}, {"q_text": "A1"}),
    ("q_rank", {"q_rank": ["staff", "time", ""]}, {"q_rank": ["staff", "time"]}),
    ("q_long", {"q_long": "Dòng một\r\nDòng hai"}, {"q_long": "Dòng một\nDòng hai"}),
]


@pytest.mark.parametrize(("page", "fields", "stored"), GOOD, ids=[f"{row[0]}-{n}" for n, row in enumerate(GOOD)])
def test_an_answer_is_stored_and_shown_again(
    citizen: Citizen, page: str, fields: dict[str, Any], stored: dict[str, Any]
) -> None:
    assert citizen.post(page, **fields).status_code == 303
    assert answers(citizen) == stored
    again = citizen.get(page).text
    for value in stored.values():
        if isinstance(value, str) and value not in ("oth", "none", "na", "yes", "2026-09-05"):
            assert html.escape(value) in again
    assert citizen.get("check").status_code == 200


@pytest.mark.parametrize(
    ("page", "fields", "typed"),
    [
        ("q_single", {"q_single": "oth", "q_single_other": ""}, 'value="oth" checked'),
        ("q_multi", {"q_multi": ["none", "docs"]}, 'value="none" checked'),
        ("q_nps", {"q_nps": "11"}, "Chắc chắn không"),
        ("q_date", {"q_date": "31/02/2026"}, 'value="31/02/2026"'),
        ("q_date", {"q_date": "31/12/2025"}, 'value="31/12/2025"'),
        ("q_text", {"q_text": '"><script>'}, "&#34;&gt;&lt;script&gt;"),
        ("q_rank", {"q_rank": ["time", "time", ""]}, 'value="time" selected'),
        ("q_long", {"q_long": "ơ" * 201}, "ơ" * 201),
    ],
)
def test_a_wrong_answer_is_shown_again_as_it_was_typed_with_words(
    citizen: Citizen, page: str, fields: dict[str, Any], typed: str
) -> None:
    again = citizen.post(page, **fields)
    assert again.status_code == 422
    assert f'href="#{page}"' in again.text
    assert f'id="{page}-error"' in again.text
    assert typed in again.text
    assert answers(citizen) == {}


def test_the_path_follows_the_answers_and_what_fell_off_it_is_kept_apart(citizen: Citizen) -> None:
    assert citizen.post("q_yes", q_yes="yes").location.endswith("?p=q_wait")
    assert citizen.post("q_wait", q_wait="1.5").status_code == 422
    assert citizen.post("q_wait", q_wait="45").location.endswith("?p=q_single")
    assert citizen.post("q_yes", back="check", q_yes="no").location.endswith("?p=check")
    response = citizen.response()
    assert response is not None
    assert (response.answers, response.off_path) == ({"q_yes": "no"}, {"q_wait": 45})
    assert "Chờ bao nhiêu" not in citizen.get("check").text
    assert citizen.post("q_yes", back="check", q_yes="yes").location.endswith("?p=q_wait")
    assert answers(citizen) == {"q_yes": "yes", "q_wait": 45}


def test_a_required_question_is_asked_before_the_form_can_be_sent(citizen: Citizen) -> None:
    citizen.post("q_nps", q_nps="9")
    assert citizen.post("check").location.endswith("?p=q_yes")
    citizen.post("q_yes", q_yes="no")
    assert citizen.post("check").location.endswith("?p=done")


def test_questions_name_the_dossier_and_officers_markup_is_text(citizen: Citizen) -> None:
    page = citizen.get("n0", c=CONSENT_VERSION).text
    assert "Về thủ tục Chứng thực bản sao tại UBND Xã Thử Nghiệm" in page
    assert "nộp ngày 01/09/2026" in page
    assert "Đón tiếp &lt;b&gt;ra sao&lt;/b&gt;?" in page


TEXTS = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["", "na", "yes", "1", "oth", "5/9/2026"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    page=st.sampled_from([*ITEMS, "n0", "check", "decline", "nothing"]),
    fields=st.dictionaries(
        st.sampled_from([*ITEMS, "q_single_other", "q_multi_other", "comment", "_seen", "f", "c"]),
        st.lists(TEXTS, max_size=4),
        max_size=6,
    ),
    keep_token=st.booleans(),
)
def test_whatever_a_browser_sends_there_is_a_page_and_never_a_failure(
    citizen: Citizen, page: str, fields: dict[str, list[str]], keep_token: bool
) -> None:
    form = citizen.form("n0", c=CONSENT_VERSION) if keep_token else {}
    answer = citizen.client.post(citizen.link, query_string={"p": page}, data={**form, **fields})
    assert answer.status_code in {303, 409, 422}
    assert citizen.get(page).status_code == 200
