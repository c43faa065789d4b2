"""Authority: how Vietnamese write numbers and dates; Unicode normalisation form C for all stored text."""

import contextlib
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.fields import READERS, AnswerError, clean_text, date_text, number_text, read
from forms.instrument import Item, Value, from_json

POINTS = [{"code": code, "label": {"vi": str(code), "en": str(code)}} for code in range(1, 6)]
NA = {"code": "na", "label": {"vi": "Không biết", "en": "Don't know"}}
CHOICES = [{"code": c, "label": {"vi": c, "en": c}} for c in "abc"]


def item(item_type: str, **keys: Any) -> Item:
    body = {"id": "q", "type": item_type, "label": {"vi": "?", "en": "?"}, **keys}
    whole = {"code": "thu", "version": 1, "title": {"vi": "T", "en": "T"}, "items": [body]}
    return from_json(whole | {"scales": {"nam": {"points": POINTS, "outside": [NA]}}}).items[0]


LIKERT = item("likert", scale="nam")
MULTIPLE = item("multiple", choices=CHOICES, outside=[NA])
RANKING = item("ranking", choices=CHOICES)
NUMBER = item("number", minimum=0, maximum=1500, outside=[NA])
DATE = item("date", minimum="2026-01-01", maximum="2026-12-31")

GOOD: dict[str, tuple[Item, list[str], Value]] = {
    "likert": (LIKERT, ["4"], 4),
    "likert outside the base": (LIKERT, ["na"], "na"),
    "nps zero": (item("nps"), ["0"], 0),
    "nps ten": (item("nps"), ["10"], 10),
    "yes": (item("yesno"), ["yes"], "yes"),
    "single": (item("single", choices=CHOICES), ["b"], "b"),
    "multiple keeps the order of the question": (MULTIPLE, ["c", "a"], ["a", "c"]),
    "multiple outside": (MULTIPLE, ["na"], "na"),
    "ranking keeps the order given": (RANKING, ["c", "a", ""], ["c", "a"]),
    "whole number": (NUMBER, ["12"], 12),
    "decimal comma": (NUMBER, ["2,5"], 2.5),
    "decimal point": (NUMBER, ["2.5"], 2.5),
    "thousands by dot": (NUMBER, ["1.500"], 1500),
    "thousands by space": (NUMBER, ["1 234,5"], 1234.5),
    "full-width digits": (NUMBER, ["１２"], 12),
    "number unknown": (NUMBER, ["na"], "na"),
    "date with slashes": (DATE, ["5/9/2026"], "2026-09-05"),
    "date with dots": (DATE, ["05.09.2026"], "2026-09-05"),
    "date from a date picker": (DATE, ["2026-09-05"], "2026-09-05"),
    "line of text": (item("text"), ["  hai   dòng\nmột "], "hai dòng một"),
    "paragraph": (item("longtext"), ["một\r\n\r\n\r\n\r\nhai"], "một\n\nhai"),
    "pattern met": (item("text", pattern=r"[A-Z]{2}\d"), ["AB1"], "AB1"),
}
BAD: dict[str, tuple[Item, list[str], str]] = {
    "above the scale": (LIKERT, ["6"], "not_offered"),
    "below the scale": (LIKERT, ["0"], "not_offered"),
    "two radios": (LIKERT, ["4", "5"], "one_only"),
    "padded code": (LIKERT, [" 4"], "not_offered"),
    "nps eleven": (item("nps"), ["11"], "not_offered"),
    "multiple unknown": (MULTIPLE, ["a", "z"], "not_offered"),
    "multiple with outside": (MULTIPLE, ["a", "na"], "exclusive"),
    "ranked twice": (RANKING, ["a", "a"], "ranked_twice"),
    "rank left out": (RANKING, ["a", "", "b"], "rank_gap"),
    "ranked unknown": (RANKING, ["a", "z"], "not_offered"),
    "words for a number": (NUMBER, ["mười"], "not_a_number"),
    "infinity": (NUMBER, ["inf"], "not_a_number"),
    "exponent": (NUMBER, ["1e3"], "not_a_number"),
    "too many digits": (NUMBER, ["9" * 400], "not_a_number"),
    "too small": (NUMBER, ["-1"], "too_small"),
    "too large": (NUMBER, ["1501"], "too_large"),
    "not whole": (item("number", integer=True), ["2,5"], "not_whole"),
    "day that does not exist": (DATE, ["31/02/2026"], "not_a_date"),
    "month first": (DATE, ["12/31/2026"], "not_a_date"),
    "too early": (DATE, ["31/12/2025"], "too_early"),
    "too late": (DATE, ["01/01/2027"], "too_late"),
    "too long": (item("longtext"), ["a" * 2001], "too_long"),
    "longer than the item allows": (item("text", max_length=5), ["abcdef"], "too_long"),
    "pattern broken": (item("text", pattern=r"\d+"), ["1a"], "pattern"),
}


@pytest.mark.parametrize(("question", "values", "expected"), GOOD.values(), ids=GOOD)
def test_a_good_answer_is_read(question: Item, values: list[str], expected: Value) -> None:
    value = read(question, values)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(("question", "values", "key"), BAD.values(), ids=BAD)
def test_a_bad_answer_is_refused_with_its_reason(question: Item, values: list[str], key: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read(question, values)
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        pytest.param("Hài lòng", "Hài lòng", id="decomposed"),
        pytest.param("a\u200bb\ufeffc", "abc", id="zero width"),
        pytest.param("\u202egnol\u202c", "gnol", id="right-to-left override"),
        pytest.param("a\x00b\x1bc", "abc", id="controls"),
        pytest.param("a\ud800b", "ab", id="lone surrogate"),
        pytest.param("a\tb", "a b", id="tab"),
        pytest.param("tốt 😀", "tốt 😀", id="emoji stays"),
        pytest.param("<script>", "<script>", id="markup is text, escaped where shown"),
    ],
)
def test_text_is_cleaned(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(st.text())
def test_cleaned_text_is_composed_encodable_and_stable(raw: str) -> None:
    text = clean_text(raw)
    assert unicodedata.is_normalized("NFC", text)
    assert clean_text(text.encode().decode()) == text


@given(st.sampled_from(sorted(READERS)), st.lists(st.text(), min_size=1, max_size=4))
def test_whatever_is_posted_is_read_or_refused(kind: str, values: list[str]) -> None:
    keys: dict[str, Any] = {"scale": "nam"} if kind == "likert" else {}
    if kind in ("single", "multiple", "ranking"):
        keys["choices"] = CHOICES
    with contextlib.suppress(AnswerError):
        read(item(kind, **keys), values)


def test_numbers_and_dates_are_written_as_vietnamese_write_them() -> None:
    assert number_text(2.5) == "2,5"
    assert date_text("2026-09-05") == "05/09/2026"
