"""A questionnaire on paper: the code on each form, what a clerk keys from it, and where two clerks differ.

Nothing is repaired by guessing. Two boxes ticked, a word that nobody can read, a number outside the range: each
has a mark of its own, which is an answer that is missing and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from forms.model import Answers, Instrument, Item, Value
from forms.web import Form, Problem, validate_page

CODE_ALPHABET = (
    "23456789ABCDEFGHJKLMNPQRSTUVWXY"  # 31, a prime: the check finds each wrong and each swapped symbol
)
BODY_LENGTH = 8
MARKS = ("two_boxes", "unreadable", "impossible")
COMMENT = Item(
    id="comment_on_paper",
    type="longtext",
    label={"vi": "Góp ý thêm (không bắt buộc)", "en": "Comments (optional)"},
)
_MARK = "mark-"


@dataclass(frozen=True)
class Keyed:
    """What one clerk read on a form; an item in neither is blank."""

    answers: dict[str, Value] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)


def code(body: str) -> str:
    """The code as printed, `ABC-DEF-GHK`: eight symbols and one that checks them.

    >>> code("23456789")
    '234-567-89E'
    """
    whole = body + CODE_ALPHABET[-_weighted(body) % len(CODE_ALPHABET)]
    return "-".join((whole[:3], whole[3:6], whole[6:]))


def read_code(typed: str) -> str | None:
    """The code as printed, however it was typed; None for one that cannot be."""
    symbols = "".join(filter(str.isalnum, typed.upper()))
    is_known = len(symbols) == BODY_LENGTH + 1 and all(symbol in CODE_ALPHABET for symbol in symbols)
    return code(symbols[:-1]) if is_known and code(symbols[:-1])[-1] == symbols[-1] else None


def _weighted(body: str) -> int:
    return sum(CODE_ALPHABET.index(symbol) * weight for weight, symbol in enumerate(reversed(body), 2))


def on_paper(instrument: Instrument, *, comment: bool) -> Instrument:
    """The questionnaire with room for words of one's own, where it has none and the wave wants it."""
    has_room = any(item.type == "longtext" for item in instrument.items)
    return replace(instrument, items=(*instrument.items, COMMENT)) if comment and not has_room else instrument


def mark_field(item_id: str) -> str:
    """The name of the field that holds the mark of an item."""
    return _MARK + item_id


def read_keyed(instrument: Instrument, form: Form, item_ids: Iterable[str]) -> tuple[Keyed, dict[str, Problem]]:
    """What was keyed for these items, and what is wrong with it. On paper nothing is required."""
    ids = list(item_ids)
    chosen = {item_id: "".join(form.get(mark_field(item_id), ())[:1]) for item_id in ids}
    marks = {item_id: mark for item_id, mark in chosen.items() if mark in MARKS}
    result = validate_page(instrument, ids, form)
    errors = {key: problem for key, problem in result.errors.items() if problem.key not in ("missing", "soft")}
    errors |= {key: Problem("keyed_and_marked") for key in marks if key in result.answers or key in errors}
    return Keyed(dict(result.answers), marks), errors


def differences(instrument: Instrument, one: Keyed, other: Keyed) -> list[str]:
    """The ids of the items that two readings of a form have otherwise, in the order of the questionnaire."""
    return [item.id for item in questions(instrument) if _reading(item, one) != _reading(item, other)]


def questions(instrument: Instrument) -> list[Item]:
    return [item for item in instrument.items if item.type != "note"]


def only(item: Item, keyed: Keyed) -> Keyed:
    """The part of a reading that is about one item."""
    answers: Answers = keyed.answers
    ids = (item.id, item.other_id)
    return Keyed({key: answers[key] for key in ids if key in answers}, _of(item, keyed.marks))


def _of(item: Item, marks: Mapping[str, str]) -> dict[str, str]:
    return {item.id: marks[item.id]} if item.id in marks else {}


def _reading(item: Item, keyed: Keyed) -> tuple[object, object, object]:
    """Words of one's own differ where their letters do, not where spaces and capitals do."""
    answers = keyed.answers
    return _plain(item, answers.get(item.id)), _folded(answers.get(item.other_id)), keyed.marks.get(item.id)


def _plain(item: Item, value: Value | None) -> object:
    if item.type == "multiple" and isinstance(value, list):
        return frozenset(value)
    return _folded(value) if item.type in ("text", "longtext") else value


def _folded(value: Value | None) -> object:
    return " ".join(value.casefold().split()) if isinstance(value, str) else value
