"""Every field, address and body of the public forms, fed with anything. Authority: RFC 9110: what a client sends
wrongly is a client error (4xx) told in words; a server error (5xx) is ours, and there is none."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey.models import InstrumentVersion
from survey.services.answers.consent import CONSENT_VERSION
from tests.factories import NOW, make_agency, make_invitation, make_unit, make_wave
from tests.survey.citizen import Citizen
from tests.survey.every_type import DEFINITION, make_every_type

pytestmark = pytest.mark.thorough
FORM = "application/x-www-form-urlencoded"
ITEMS = [item["id"] for item in DEFINITION["items"]]
fuzzed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANY = st.text(max_size=40)  # lone surrogates, NUL, non-characters and all
WORDS = ANY | st.sampled_from([*ITEMS, "check", "done", "declined", "barred", "decline", "never", "en", "1", "na"])


@pytest.fixture
def version(app: Flask) -> InstrumentVersion:
    return make_every_type()


@pytest.fixture
def citizen(app: Flask, version: InstrumentVersion) -> Citizen:
    invitation, token = make_invitation(make_unit(make_wave(state="launched", instrument_version=version)))
    return Citizen(app, token, invitation.id)


def url(text: str) -> str:
    return text.encode(errors="surrogatepass").decode(errors="replace")


@fuzzed
@given(query=st.dictionaries(st.sampled_from(["p", "lang", "big", "back", "c", "x"]), WORDS, max_size=5))
def test_any_address_below_a_link_is_a_page(citizen: Citizen, query: dict[str, str]) -> None:
    page = citizen.client.get(citizen.link, query_string={name: url(value) for name, value in query.items()})
    assert page.status_code == 200


@fuzzed
@given(
    page=WORDS,
    body=st.binary(max_size=300),
    kind=st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json",
            "",
            "text/plain",
        ]
    ),
)
def test_any_body_is_answered_and_stores_nothing(citizen: Citizen, page: str, body: bytes, kind: str) -> None:
    answer = citizen.client.post(citizen.link, query_string={"p": url(page)}, data=body, content_type=kind)
    assert 400 <= answer.status_code < 500
    assert "<h1" in answer.text
    assert citizen.response() is None


@fuzzed
@given(item=st.sampled_from(ITEMS), values=st.lists(WORDS, min_size=1, max_size=4), back=WORDS)
def test_any_value_in_any_field_is_stored_or_told_to_be_wrong(
    citizen: Citizen, item: str, values: list[str], back: str
) -> None:
    form: dict[str, Any] = citizen.form("n0", c=CONSENT_VERSION) | {item: list(map(url, values))}
    answer = citizen.client.post(citizen.link, query_string={"p": item, "back": url(back)}, data=form)
    assert answer.status_code in {303, 422}
    for page in (item, "check"):
        assert citizen.get(page).status_code == 200


@fuzzed
@given(
    fields=st.dictionaries(st.sampled_from([*ITEMS, "n", "f", "_seen"]), st.lists(WORDS, max_size=3), max_size=6)
)
def test_anything_posted_at_the_counter_is_answered(
    app: Flask, version: InstrumentVersion, fields: dict[str, list[str]]
) -> None:
    app.extensions["thuocdo_clock"] = lambda: NOW
    if "counter" not in app.extensions:
        make_wave(state="launched", instrument_version=version)
        app.extensions["counter"] = make_agency(code="H57.01")
    data = {name: list(map(url, values)) for name, values in fields.items()}
    assert app.test_client().post("/q/H57.01", data=data).status_code in {200, 409, 422, 429}


@fuzzed
@given(code=WORDS)
def test_any_receipt_code_is_found_or_not(app: Flask, code: str) -> None:
    app.extensions["thuocdo_clock"] = lambda: NOW
    answer = app.test_client().post("/receipt", data={"code": url(code)})
    assert answer.status_code in {200, 404, 429}


@pytest.mark.parametrize("typed", ["\x01", "\x9d", "\ufffe", "\ufdd0", "\U0001ffff", "\U0010fffe"], ids=ascii)
def test_a_character_that_html_forbids_is_not_shown_again(citizen: Citizen, typed: str) -> None:
    page = citizen.post("q_long", q_long="Dài quá" + typed + "ạ" * 300)
    assert page.status_code == 422
    assert typed not in page.text
    assert "Dài quáạ" in page.text


def test_a_field_of_one_line_shows_no_line_feed(app: Flask) -> None:
    answer = app.test_client().post("/receipt", data={"code": "ABCDE\r\n23456\n"})
    assert 'value="ABCDE 23456"' in answer.text


def test_answers_to_another_questionnaire_are_no_answers(app: Flask) -> None:
    """A page of the every-type questionnaire posted under a link whose wave asks the short one."""
    invitation, token = make_invitation()
    citizen = Citizen(app, token, invitation.id)
    page = citizen.post("q_yes", citizen.form("q1"), q_yes="yes", q_nps="9")
    assert page.location == citizen.link
    citizen.post("q1", q1="4", q_yes="yes", q_nps="9", factor_1="5")
    response = citizen.response()
    assert response is not None
    assert (response.answers, response.off_path) == ({"q1": 4}, {})


def test_a_question_off_the_path_takes_no_answer(citizen: Citizen) -> None:
    citizen.post("q_yes", q_yes="no")
    assert citizen.post("q_wait", citizen.form("q_single"), q_wait="45").location == citizen.link
    response = citizen.response()
    assert response is not None
    assert (response.answers, response.off_path) == ({"q_yes": "no"}, {})
