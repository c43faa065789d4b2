"""Authority: the path rule of forms/logic.py; every refusal has a sentence in both languages."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.instrument import Instrument, from_json, load
from forms.messages import MESSAGES, say
from forms.web import Problem, pages, pipe, shown, validate, validate_page

REASONS = [
    {"code": "cham", "label": {"vi": "Chậm", "en": "Slow"}},
    {"code": "khac", "label": {"vi": "Khác", "en": "Other"}, "other": True},
]


def item(item_id: str, item_type: str, **keys: Any) -> dict[str, Any]:
    return {"id": item_id, "type": item_type, "label": {"vi": item_id, "en": item_id}, **keys}


SURVEY: Instrument = from_json(
    {
        "code": "thu",
        "version": 1,
        "title": {"vi": "T", "en": "T"},
        "items": [
            item("intro", "note"),
            item("q1", "nps", requirement="required"),
            item("q2", "multiple", choices=REASONS, show_if={"lt": ["q1", 7]}, requirement="soft"),
            item("q3", "date"),
            item("q4", "longtext"),
        ],
    }
)


def test_one_question_a_page_with_the_note_before_it() -> None:
    assert [[i.id for i in page.items] for page in pages(SURVEY, {"q1": 3})] == [
        ["intro", "q1"],
        ["q2"],
        ["q3"],
        ["q4"],
    ]


def test_sections_keep_a_dependent_question_on_its_own_page() -> None:
    shown_pages = pages(SURVEY, {"q1": 3}, by="section")
    assert [page.key for page in shown_pages] == ["intro", "q2"]


def test_sipas_by_section_has_a_page_per_factor_and_one_for_the_whole() -> None:
    assert [len(page.items) for page in pages(load("sipas"), {}, by="section")] == [4, 5, 6, 3, 4, 1]


def test_a_page_reads_only_its_own_items() -> None:
    result = validate_page(SURVEY, ["q1"], {"q1": ["9"], "q3": ["1/2/2026"], "csrf_token": ["x"]})
    assert result.answers == {"q1": 9}
    assert result.errors == {}


def test_a_required_item_left_empty_is_said_so() -> None:
    assert validate_page(SURVEY, ["q1"], {"q1": [" "]}).errors["q1"].text() == "Xin Ông/Bà trả lời câu này."


def test_a_soft_item_is_asked_once_more_and_then_let_go() -> None:
    first = validate_page(SURVEY, ["q2"], {})
    again = validate_page(SURVEY, ["q2"], {"_seen": ["q2"]})
    assert first.errors["q2"].soft
    assert again.errors == {}


def test_an_answer_taken_back_is_removed_from_what_was_stored() -> None:
    result = validate_page(SURVEY, ["q3"], {"q3": [""]})
    assert result.merged({"q1": 9, "q3": "2026-02-01"}) == {"q1": 9}


@pytest.mark.parametrize(
    ("form", "answers"),
    [
        pytest.param({"q2": ["khac"], "q2_other": ["xa"]}, {"q2": ["khac"], "q2_other": "xa"}, id="with words"),
        pytest.param({"q2_other": ["xa"]}, {"q2": ["khac"], "q2_other": "xa"}, id="words alone tick other"),
        pytest.param({"q2": ["cham"], "q2_other": ["xa"]}, {"q2": ["cham"]}, id="words without other"),
    ],
)
def test_other_comes_with_its_words(form: dict[str, list[str]], answers: dict[str, Any]) -> None:
    assert validate_page(SURVEY, ["q2"], form).answers == answers


def test_other_without_words_is_asked_for() -> None:
    assert validate_page(SURVEY, ["q2"], {"q2": ["khac"]}).errors["q2"].key == "other_missing"


def test_a_whole_form_keeps_what_is_on_the_path() -> None:
    result = validate(SURVEY, {"q1": ["9"], "q2": ["cham"], "q3": ["5/9/2026"], "q4": ["tốt"]})
    assert result.answers == {"q1": 9, "q3": "2026-09-05", "q4": "tốt"}
    assert result.errors == {}


def test_a_whole_form_names_faults_on_the_path_only() -> None:
    assert set(validate(SURVEY, {"q1": ["9"], "q2": ["la"], "q3": ["ngay"]}).errors) == {"q3"}
    assert set(validate(SURVEY, {"q1": ["2"], "q2": ["la"]}).errors) == {"q2"}


def test_text_of_zero_width_characters_is_no_answer() -> None:
    assert validate_page(SURVEY, ["q4"], {"q4": ["\u200b\u200d"]}).answers == {}


@pytest.mark.parametrize("key", MESSAGES)
def test_every_sentence_is_in_both_languages_with_the_same_placeholders(key: str) -> None:
    names = {"agency", "best", "count", "days", "example", "high", "item", "items", "label", "length", "limit"}
    params = dict.fromkeys(names | {"link", "low", "number", "ratings", "sender"}, "§")
    vietnamese, english = say(key, "vi", **params), say(key, "en", **params)
    assert vietnamese != english
    assert vietnamese.count("§") == english.count("§")


def test_a_problem_may_speak_the_questionnaires_own_words() -> None:
    assert Problem("pattern", own={"vi": "Mã gồm 6 số.", "en": "Six digits."}).text("en") == "Six digits."


def test_piping_fills_known_names_once_and_falls_back_to_plain_words() -> None:
    assert (
        pipe("{service} tại {agency}", {"service": "{agency} <b>"}) == "{agency} <b> tại cơ quan tiếp nhận hồ sơ"
    )


@pytest.mark.parametrize(
    ("item_id", "value", "written", "expected"),
    [
        ("q2", ["cham", "khac"], "xa", "Chậm; Khác: xa"),
        ("q3", "2026-09-05", None, "05/09/2026"),
        ("q1", 10, None, "10"),
        ("q4", "Tốt <b>", None, "Tốt <b>"),
    ],
)
def test_an_answer_is_shown_in_words(item_id: str, value: Any, written: str | None, expected: str) -> None:
    assert shown(SURVEY.item(item_id), value, "vi", written) == expected


@given(st.dictionaries(st.sampled_from(["q1", "q2", "q2_other", "q3", "q4", "_seen"]), st.lists(st.text())))
def test_any_post_gives_a_result_whose_problems_have_sentences(form: dict[str, list[str]]) -> None:
    result = validate(SURVEY, form)
    assert all(problem.text("vi") and problem.text("en") for problem in result.errors.values())
