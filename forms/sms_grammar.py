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
from forms.sms_words import CORRECTIONS, FILLER_PHRASES, FILLERS, NEGATIONS, UNREADABLE, Message

SEPARATORS = frozenset(" .:/-")
_SILENT = frozenset(("", *"u!s?"))  # said by a flag, or by nothing
_SIGNATURE = frozenset(("", "u", *SEPARATORS))
_LONG_NUMBER = 8  # a phone or dossier number, unless it is exactly one digit per question
_LETTERS = re.compile("[a-z]+")
_MOST_KNOWN = 4096  # tokens whose meaning is kept
_LOUD = {":": ":", "=": ":", ")": ":", ".": ".", "/": "/", "-": "-"}
_QUIET = frozenset(" \t\r\n,;|!?\"'*#_&([]>")
_SHORT_FORMS = ("hl", "bt", "khl", "rhl", "rkhl")


Meaning = tuple[str, str]  # the kind, and the number, rating or name behind it


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
    places: Mapping[str, int]  # an item's number in the questionnaire -> its index here
    token: re.Pattern[str]  # a number, a known phrase, a word, a run of signs
    meanings: Mapping[str, Meaning]


class _Meanings(dict[str, Meaning]):
    """What each token says, found once; all forgotten when the words of citizens have filled it."""

    def __init__(self, phrases: Mapping[tuple[str, ...], Meaning]) -> None:
        super().__init__()
        self.phrases = phrases

    def __missing__(self, token: str) -> Meaning:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        known = self.phrases.get(tuple(_LETTERS.findall(token)))
        self[token] = found = known or _meaning(token)
        return found


@lru_cache(maxsize=256)
def grammar_of(instrument: Instrument, asked: tuple[str, ...] | None) -> Grammar:
    """The grammar of the items asked now, all rating items if None. Numbers are those of the questionnaire."""
    numbered = {item.id: str(number) for number, item in enumerate(instrument.rating_items, 1)}
    items = tuple(instrument.by_id[item_id] for item_id in asked or numbered if item_id in instrument.by_id)
    codes = tuple(map(_codes, items))
    if not all(codes) or (asked and not items):
        raise ValueError(f"`items` must be rated by a number; {asked or instrument.reference} is not")
    phrases: dict[str, Meaning] = dict.fromkeys(FILLER_PHRASES, ("", ""))
    phrases |= {unaccent(i.sms).lower(): ("i", numbered[i.id]) for i in instrument.rating_items if i.sms}
    phrases |= {phrase: ("r", str(code)) for item in items for phrase, code in _words(item)}
    by_words: dict[tuple[str, ...], Meaning] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        by_words.setdefault(tuple(_LETTERS.findall(phrase)), phrases[phrase])
    by_words.pop((), None)
    places = {numbered.get(item.id, str(i)): i for i, item in enumerate(items)}
    return Grammar(items, codes, places, _token(by_words), _Meanings(by_words))


def _token(phrases: Iterable[tuple[str, ...]]) -> re.Pattern[str]:
    """The longest known phrase comes first; its words are parted by spaces or one slash."""
    by_letter: dict[str, list[str]] = {}  # a pattern of a hundred branches is slow
    for words in phrases:
        pattern = r"(?:\s+|/)".join(words)
        by_letter.setdefault(pattern[0], []).append(pattern[1:])
    known = "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in by_letter.items())
    return re.compile(rf"\d+|[^\da-z]+|(?:{known})(?![a-z])|[a-z]+")


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
    tokens: list[str] = []
    for line, looks_like_name in sms_words.lines_without_frills(message):
        found = grammar.token.findall(line)
        if len(found) == 2 and found[0].endswith("-"):
            found.append(UNREADABLE)  # -5 alone may be a dash or a number below zero
        if not (looks_like_name and all(_may_sign(*grammar.meanings[token]) for token in found)):
            tokens += found
            tokens.append(" ")
    return _squeezed(grammar, tokens)


def _may_sign(kind: str, value: str) -> bool:
    """Whether a token may stand in the line of a name and a phone: it rates, names and denies nothing."""
    return kind in _SIGNATURE or (kind == "n" and len(value) >= _LONG_NUMBER)


def _meaning(token: str) -> Meaning:
    """A number, a word outside all phrases, or a run of signs."""
    if token.isdigit():
        return "n", token
    return (_word(token) if token.isalpha() and token.isascii() else _separator(token)), ""


def _word(word: str) -> str:
    if word in ("c", "cau", "q", "muc"):
        return "c"
    if word in NEGATIONS:
        return "!"
    if word in CORRECTIONS:
        return "s"
    return "" if word in FILLERS else "u"


def _separator(token: str) -> str:
    """The one class of a run of signs: loud ones win over spaces and commas, foreign ones are unreadable."""
    loud = {_LOUD[sign] for sign in token if sign in _LOUD}
    if not all(sign in _QUIET or sign in _LOUD for sign in token) or len(loud - {":"}) > 1:
        return "?"
    return ":" if ":" in loud else next(iter(loud), " ")


def _squeezed(grammar: Grammar, tokens: Iterable[str]) -> Stream:
    """Drop what carries no rating, and every separator that stands beside nothing or another one."""
    shape: list[str] = []
    kept: list[str] = []
    flags: set[str] = set()
    meanings, last = grammar.meanings, " "
    for token in tokens:
        kind, value = meanings[token]
        if kind in _SILENT:
            flags.add(kind)
        elif kind in SEPARATORS and last in SEPARATORS:
            if last == " " and shape:
                shape[-1] = last = kind
        elif kind != "n" or len(value) < _LONG_NUMBER or len(value) == len(grammar.items):
            shape.append(kind)
            kept.append(value)
            last = kind
    if shape and last in SEPARATORS:
        shape.pop()
        kept.pop()
    return Stream("".join(shape), kept, "u" in flags, "!" in flags, "s" in flags, "?" in flags)
