"""Authority: the rule language in forms/logic.py (comparisons with a missing answer are False, as ONS does)."""

from typing import Any

import pytest

from forms.instrument import Instrument, Value, from_json
from forms.logic import completeness, holds, path, split

AB = [{"code": code, "label": {"vi": code, "en": code}} for code in "ab"]


def item(item_id: str, item_type: str = "number", **keys: Any) -> dict[str, Any]:
    return {"id": item_id, "type": item_type, "label": {"vi": "?", "en": "?"}, **keys}


def instrument(*items: dict[str, Any]) -> Instrument:
    return from_json({"code": "thu", "version": 1, "title": {"vi": "T", "en": "T"}, "items": list(items)})


CHAIN = instrument(
    item("n", "note"),
    item("q1"),
    item("q2", show_if={"gt": ["q1", 3]}),
    item("q3", show_if={"eq": ["q2", 1]}),
    item("q4", "longtext"),
)

RULES: dict[str, tuple[dict[str, Any], bool]] = {
    "equal": ({"eq": ["a", 5]}, True),
    "not equal": ({"ne": ["a", 5]}, False),
    "less": ({"lt": ["a", 6]}, True),
    "at most": ({"le": ["a", 4]}, False),
    "more": ({"gt": ["a", 5]}, False),
    "at least": ({"ge": ["a", 5]}, True),
    "in": ({"in": ["w", ["x", "y"]]}, True),
    "not in": ({"not": {"in": ["w", ["y"]]}}, True),
    "includes": ({"includes": ["m", "k"]}, True),
    "does not include": ({"includes": ["m", "z"]}, False),
    "count": ({"ge": [{"count": "m"}, 2]}, True),
    "answered": ({"answered": "a"}, True),
    "not answered": ({"answered": "gone"}, False),
    "and": ({"and": [{"eq": ["a", 5]}, {"eq": ["w", "y"]}]}, False),
    "or": ({"or": [{"eq": ["a", 5]}, {"eq": ["w", "y"]}]}, True),
    "missing equal": ({"eq": ["gone", 5]}, False),
    "missing unequal": ({"ne": ["gone", 5]}, False),
    "missing less": ({"lt": ["gone", 5]}, False),
    "missing counted": ({"lt": [{"count": "gone"}, 5]}, False),
    "word below number": ({"lt": ["na", 3]}, False),
    "word unequal to number": ({"ne": ["na", 3]}, False),
    "list equal to word": ({"eq": ["m", "k"]}, False),
}


@pytest.mark.parametrize(("rule", "expected"), RULES.values(), ids=RULES)
def test_a_rule_says(rule: dict[str, Any], expected: bool) -> None:
    answers: dict[str, Value] = {"a": 5, "w": "x", "m": ["k", "l"], "na": "na"}
    assert holds(rule, answers) is expected


def test_the_path_opens_with_the_answers() -> None:
    assert path(CHAIN, {}) == ["n", "q1", "q4"]
    assert path(CHAIN, {"q1": 4}) == ["n", "q1", "q2", "q4"]
    assert path(CHAIN, {"q1": 4, "q2": 1}) == ["n", "q1", "q2", "q3", "q4"]


def test_an_answer_off_the_path_opens_nothing() -> None:
    assert path(CHAIN, {"q1": 1, "q2": 1}) == ["n", "q1", "q4"]


def test_answers_off_the_path_are_kept_apart() -> None:
    parts = split(CHAIN, {"q1": 1, "q2": 1, "q4": "cảm ơn", "strange": 9})
    assert parts.on_path == {"q1": 1, "q4": "cảm ơn"}
    assert parts.off_path == {"q2": 1, "strange": 9}


def test_words_beside_other_follow_their_item() -> None:
    with_other = instrument(item("q1"), item("q2", "single", choices=AB, show_if={"eq": ["q1", 1]}))
    answers: dict[str, Value] = {"q1": 2, "q2": "b", "q2_other": "khác"}
    assert split(with_other, answers).off_path == {"q2": "b", "q2_other": "khác"}


@pytest.mark.parametrize(
    ("answered", "status"),
    [(10, "complete"), (8, "complete"), (7, "partial"), (5, "partial"), (4, "break_off"), (0, "break_off")],
)
def test_status_follows_the_share_of_the_path(answered: int, status: str) -> None:
    ten = instrument(*(item(f"q{i}") for i in range(10)))
    result = completeness(ten, {f"q{i}": 1 for i in range(answered)})
    assert (result.answered, result.asked, result.status) == (answered, 10, status)


def test_notes_and_optional_comments_are_not_asked_for() -> None:
    assert completeness(CHAIN, {"q1": 1}).asked == 1


def test_no_opinion_counts_as_an_answer() -> None:
    dont_know = [{"code": "na", "label": {"vi": "Không biết", "en": "Unknown"}}]
    one = instrument(item("q1", "yesno", outside=dont_know))
    assert completeness(one, {"q1": "na"}).status == "complete"
