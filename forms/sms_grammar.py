"""A text message as one character per meaning: the alphabet that sms_reply's patterns are written in.

`n` number, `r` rating word, `i` name of an item, `c` "câu" before a number; between them the separators
space, `:`, `.`, `/`, `-`. Words that say nothing vanish; what is not understood is kept as a flag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from forms import sms_words
from forms.model import NPS_CODES, Instrument, Item
from forms.sms_text import unaccent
from forms.sms_words import CORRECTIONS, FILLER_PHRASES, FILLERS, NEGATIONS, Message

SEPARATORS = " .:/-"
_LONG_NUMBER = 8  # a phone or dossier number, unless it is exactly one digit per question
_TOKEN = re.compile(r"\d+|[a-z]+|[^\da-z]+")
_LOUD = {":": ":", "=": ":", ")": ":", ".": ".", "/": "/", "-": "-"}
_QUIET = frozenset(" \t\r\n,;|!?\"'*#_&([]>")
_SHORT_FORMS = ("hl", "bt", "khl", "rhl", "rkhl")


class Stream(NamedTuple):
    """The message as one character per meaning, with the number, rating or item index behind each."""

    shape: str
    values: list[str]
    unknown: bool
    negated: bool
    correcting: bool
    unreadable: bool

    def numbers(self) -> list[str]:
        return [value for kind, value in zip(self.shape, self.values, strict=True) if kind in "nr"]

    def separators(self) -> set[str]:
        return {kind for kind in self.shape if kind in SEPARATORS}


class Grammar(NamedTuple):
    """What can be said to the items asked: which digits each takes and which words stand for them."""

    items: tuple[Item, ...]
    codes: tuple[Mapping[str, int], ...]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], str, str], ...]]
    places: Mapping[str, int]  # an item's number in the questionnaire -> its index here


@lru_cache(maxsize=256)
def grammar_of(instrument: Instrument, asked: tuple[str, ...] | None) -> Grammar:
    """The grammar of the items asked now, all rating items if None. Numbers are those of the questionnaire."""
    numbered = {item.id: str(number) for number, item in enumerate(instrument.rating_items, 1)}
    items = tuple(instrument.by_id[item_id] for item_id in asked or numbered if item_id in instrument.by_id)
    codes = tuple(map(_codes, items))
    if not all(codes) or (asked and not items):
        raise ValueError(f"`items` must be rated by a number; {asked or instrument.reference} is not")
    phrases: dict[str, tuple[str, str]] = dict.fromkeys(FILLER_PHRASES, ("", ""))
    phrases |= {unaccent(i.sms).lower(): ("i", numbered[i.id]) for i in instrument.rating_items if i.sms}
    phrases |= {phrase: ("r", str(code)) for item in items for phrase, code in _words(item)}
    by_first: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        words = tuple(re.findall(r"[a-z]+", phrase))
        if words:
            by_first.setdefault(words[0], []).append((words, *phrases[phrase]))
    places = {numbered.get(item.id, str(i)): i for i, item in enumerate(items)}
    return Grammar(items, codes, {word: tuple(found) for word, found in by_first.items()}, places)


def _codes(item: Item) -> Mapping[str, int]:
    if item.type == "nps":
        return {str(code): code for code in NPS_CODES}
    return {str(point.code): point.code for point in item.scale.points} if item.scale is not None else {}


def _words(item: Item) -> Iterator[tuple[str, int]]:
    """The words of each scale point with the short forms that people text; "khong" and "chua" deny alike."""
    for point in item.scale.points if item.scale is not None else ():
        for phrase in {unaccent(words).lower() for words in (point.sms, *point.label.values()) if words}:
            yield phrase, point.code
            yield phrase.replace(" ", ""), point.code
            for denial in NEGATIONS - {"dung", "not", "no", "never"}:
                if "khong " in phrase:
                    yield phrase.replace("khong ", denial + " "), point.code
            short = "".join(word[0] for word in phrase.split())
            if short in _SHORT_FORMS:
                yield short, point.code


def stream_of(grammar: Grammar, message: Message) -> Stream:
    """What a message says, line by line; a last line that only looks like a name says nothing."""
    meanings: list[tuple[str, str]] = []
    for line, looks_like_name in sms_words.lines_without_frills(message):
        found = list(_meanings(grammar, line))
        if not (looks_like_name and all(kind == "u" for kind, _ in found if kind != " ")):
            meanings += found
            meanings.append((" ", ""))
    flags = {kind for kind, _ in meanings}
    shape, kept = _squeezed(meanings, len(grammar.items))
    return Stream(shape, kept, "u" in flags, "!" in flags, "s" in flags, "?" in flags)


def _meanings(grammar: Grammar, line: str) -> Iterator[tuple[str, str]]:
    tokens: list[str] = _TOKEN.findall(line)
    if len(tokens) == 2 and tokens[0].endswith("-"):
        yield "?", ""  # -5 alone may be a dash or a number below zero
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token.isdigit():
            yield "n", token
        elif token.isalpha() and token.isascii():
            kind, value, at = _phrase(grammar, tokens, at - 1) or (_word(token), "", at)
            if kind:
                yield kind, value
        else:
            yield _separator(token), ""


def _phrase(grammar: Grammar, tokens: list[str], at: int) -> tuple[str, str, int] | None:
    """The longest known phrase that starts here, its words parted by spaces (tokens alternate with them)."""
    for words, kind, value in grammar.phrases.get(tokens[at], ()):
        end = at + 2 * len(words) - 1
        if tuple(tokens[at:end:2]) == words and all(
            gap.isspace() or gap == "/" for gap in tokens[at + 1 : end : 2]
        ):
            return kind, value, end
    return None


def _word(word: str) -> str:
    if word in ("c", "cau", "q", "muc"):
        return "c"
    if word in NEGATIONS:
        return "!"
    if word in CORRECTIONS:
        return "s"
    return "" if word in FILLERS else "u"


@lru_cache(maxsize=1024)
def _separator(token: str) -> str:
    """The one class of a run of signs: loud ones win over spaces and commas, foreign ones are unreadable."""
    loud = {_LOUD[sign] for sign in token if sign in _LOUD}
    if not all(sign in _QUIET or sign in _LOUD for sign in token) or len(loud - {":"}) > 1:
        return "?"
    return ":" if ":" in loud else next(iter(loud), " ")


def _squeezed(meanings: Iterable[tuple[str, str]], count: int) -> tuple[str, list[str]]:
    """Drop what carries no rating, and every separator that stands beside nothing or another one."""
    shape: list[str] = []
    kept: list[str] = []
    for kind, value in meanings:
        if kind in "u!s?" or (kind == "n" and len(value) >= _LONG_NUMBER and len(value) != count):
            continue
        if kind in SEPARATORS and (not shape or shape[-1] in SEPARATORS):
            if shape and shape[-1] == " ":
                shape[-1] = kind
            continue
        shape.append(kind)
        kept.append(value)
    while shape and shape[-1] in SEPARATORS:
        shape.pop()
        kept.pop()
    return "".join(shape), kept
