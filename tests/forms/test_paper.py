"""Paper forms: codes that show a slip of the pen, readings compared item by item. Authority: a weighted sum modulo
a prime finds every single wrong symbol and every swap of neighbours (ISO 7064, pure systems)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import instrument, paper
from forms.paper import COMMENT, Keyed

BODY = st.text(st.sampled_from(paper.CODE_ALPHABET), min_size=8, max_size=8)
SHORT = instrument.load("motcua_ngan")


@given(BODY)
def test_a_code_is_read_however_it_is_typed(body: str) -> None:
    code = paper.code(body)
    assert [len(part) for part in code.split("-")] == [3, 3, 3]
    for typed in (code, code.lower(), code.replace("-", " "), f" {code.replace('-', '')}."):
        assert paper.read_code(typed) == code


@given(BODY)
def test_each_wrong_symbol_and_each_swap_is_found(body: str) -> None:
    code = paper.code(body).replace("-", "")
    for place, right in enumerate(code):
        for wrong in set(paper.CODE_ALPHABET) - {right}:
            assert paper.read_code(code[:place] + wrong + code[place + 1 :]) is None
    for place, (one, other) in enumerate(pairwise(code)):
        if one != other:
            assert paper.read_code(code[:place] + other + one + code[place + 2 :]) is None


@pytest.mark.parametrize(
    "typed", ["", "234", "234-567-89V", "0OI-1LZ-000", "234-567-89E-2", "<script>", "đđđ-đđđ-đđđ"]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert paper.read_code(typed) is None


def test_marks_are_kept_and_nothing_is_required() -> None:
    keyed, errors = paper.read_keyed(
        SHORT, {"q1": ["4"], "mark-q2": ["two_boxes"], "q3": [""]}, ["q1", "q2", "q3"]
    )
    assert (keyed, errors) == (Keyed({"q1": 4}, {"q2": "two_boxes"}), {})


def test_an_answer_beside_a_mark_and_a_value_off_the_scale_are_told() -> None:
    form = {"q1": ["4"], "mark-q1": ["unreadable"], "q2": ["9"], "mark-q3": ["nonsense"]}
    keyed, errors = paper.read_keyed(SHORT, form, ["q1", "q2", "q3"])
    assert {item: problem.key for item, problem in errors.items()} == {
        "q1": "keyed_and_marked",
        "q2": "not_offered",
    }
    assert "q3" not in keyed.marks


def test_differences_are_by_item_and_marks_are_no_blanks() -> None:
    one = Keyed({"q1": 4, "q2": 3}, {"q4": "two_boxes"})
    assert paper.differences(SHORT, one, one) == []
    assert paper.differences(SHORT, one, Keyed({"q1": 5, "q3": 1})) == ["q1", "q2", "q3", "q4"]


def test_words_differ_by_letters_only() -> None:
    form = paper.on_paper(SHORT, comment=True)
    one, other = (Keyed({COMMENT.id: words}) for words in ("Ghế  ít\nquá", "ghế ít quá"))
    assert paper.differences(form, one, other) == []
    assert paper.differences(form, one, Keyed({COMMENT.id: "ghê ít quá"})) == [COMMENT.id]
    assert paper.on_paper(SHORT, comment=False) is SHORT
