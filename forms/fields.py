"""What a browser sends for each item type, read into the value that is stored.

A new type is one function and one line in READERS. Nothing is repaired by guessing: a value that the
question does not offer is refused with a sentence, and the raw form stays with the caller.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from forms.model import Item, Value

MAX_TEXT = 2000
_DATE = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_GROUPED = re.compile(r"-?\d{1,3}([. ])\d{3}(?:\1\d{3})*(?:,\d+)?")
_PLAIN = re.compile(r"-?\d{1,15}(?:[.,]\d{1,15})?")
_BLANK_LINES = re.compile(r"\n{3,}")


class AnswerError(ValueError):
    """An answer that cannot be stored; `key` names the sentence in messages.py, `params` fill it."""

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


def clean_text(raw: str, limit: int = MAX_TEXT) -> str:
    """NFC text without controls, zero-width or direction marks and lone surrogates; AnswerError if too long."""
    text = "\n".join(unicodedata.normalize("NFC", raw).replace("\t", " ").splitlines())
    if not text.isprintable():
        text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
        # Removing a mark between a letter and its accent can make the two combine.
        text = unicodedata.normalize("NFC", text)
    text = _BLANK_LINES.sub("\n\n", text.strip())
    if len(text) > limit:
        raise AnswerError("too_long", length=len(text), limit=limit)
    return text


def read(item: Item, values: Sequence[str]) -> Value:
    """The stored value of what the form sent for `item` (at least one value that is not blank)."""
    return READERS[item.type](item, values)


def _read_one(item: Item, values: Sequence[str]) -> Value:
    if len(values) > 1:
        raise AnswerError("one_only")
    try:
        return item.codes[values[0]]
    except KeyError as exc:
        raise AnswerError("not_offered") from exc


def _read_multiple(item: Item, values: Sequence[str]) -> Value:
    chosen = set(values)
    if not chosen <= item.codes.keys():
        raise AnswerError("not_offered")
    alone = next((choice for choice in item.outside if choice.code in chosen), None)
    if alone is not None and len(chosen) > 1:
        raise AnswerError("exclusive", label=alone.label)
    return alone.code if alone else [choice.code for choice in item.choices if choice.code in chosen]


def _read_ranking(item: Item, values: Sequence[str]) -> Value:
    """One list per rank, first rank first; the last ranks may stay blank."""
    ranked = list(values)
    while ranked and not ranked[-1]:
        ranked.pop()
    if "" in ranked:
        raise AnswerError("rank_gap")
    if not set(ranked) <= item.codes.keys():
        raise AnswerError("not_offered")
    if len(set(ranked)) < len(ranked):
        raise AnswerError("ranked_twice")
    return ranked


def _read_number(item: Item, values: Sequence[str]) -> Value:
    """A number as Vietnamese write it: comma for decimals, dot or space between thousands."""
    raw = unicodedata.normalize("NFKC", _single(values)).strip()
    if raw in item.codes:
        return item.codes[raw]
    if _GROUPED.fullmatch(raw):
        raw = raw.replace(".", "").replace(" ", "")
    elif not _PLAIN.fullmatch(raw):
        raise AnswerError("not_a_number")
    number = float(raw.replace(",", "."))
    if item.integer and not number.is_integer():
        raise AnswerError("not_whole")
    if isinstance(item.minimum, int | float) and number < item.minimum:
        raise AnswerError("too_small", limit=number_text(item.minimum))
    if isinstance(item.maximum, int | float) and number > item.maximum:
        raise AnswerError("too_large", limit=number_text(item.maximum))
    return int(number) if number.is_integer() else number


def _read_date(item: Item, values: Sequence[str]) -> Value:
    raw = unicodedata.normalize("NFKC", _single(values)).strip()
    if raw in item.codes:
        return item.codes[raw]
    if iso := _ISO_DATE.fullmatch(raw):
        year, month, day = map(int, iso.groups())
    elif written := _DATE.fullmatch(raw):
        day, month, year = map(int, written.groups())
    else:
        raise AnswerError("not_a_date")
    try:
        value = dt.date(year, month, day).isoformat()
    except ValueError as exc:
        raise AnswerError("not_a_date") from exc
    if isinstance(item.minimum, str) and value < item.minimum:
        raise AnswerError("too_early", limit=date_text(item.minimum))
    if isinstance(item.maximum, str) and value > item.maximum:
        raise AnswerError("too_late", limit=date_text(item.maximum))
    return value


def _read_line(item: Item, values: Sequence[str]) -> Value:
    text = " ".join(clean_text(_single(values), item.max_length or MAX_TEXT).split())
    return _patterned(item, text)


def _read_paragraph(item: Item, values: Sequence[str]) -> Value:
    return _patterned(item, clean_text(_single(values), item.max_length or MAX_TEXT))


def _patterned(item: Item, text: str) -> str:
    if item.pattern is not None and not re.fullmatch(item.pattern, text):
        raise AnswerError("pattern")
    return text


def _single(values: Sequence[str]) -> str:
    if len(values) > 1:
        raise AnswerError("one_only")
    return values[0]


READERS: Mapping[str, Callable[[Item, Sequence[str]], Value]] = {
    "likert": _read_one,
    "nps": _read_one,
    "single": _read_one,
    "yesno": _read_one,
    "multiple": _read_multiple,
    "ranking": _read_ranking,
    "number": _read_number,
    "date": _read_date,
    "text": _read_line,
    "longtext": _read_paragraph,
}


def number_text(number: float) -> str:
    """A number as Vietnamese write it: 2.5 → 2,5."""
    return f"{number:g}".replace(".", ",") if abs(number) < 1e6 else str(number).replace(".", ",")


def date_text(iso: str) -> str:
    """An ISO date as Vietnamese write it: 2026-09-05 → 05/09/2026."""
    return dt.date.fromisoformat(iso).strftime("%d/%m/%Y")
