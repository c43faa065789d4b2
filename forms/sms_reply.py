"""Ratings out of a text message, or the reason why there are none.

A few patterns over the whole message decide. Nothing is invented, clamped or copied to another question;
what the patterns do not explain is asked about, and two readings that differ are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

from forms import sms_words
from forms.model import Instrument
from forms.sms_grammar import Grammar, Stream, grammar_of, stream_of
from forms.sms_words import CORRECTIONS

Verdict = Literal["accept", "partial", "confirm", "correct", "ask", "optout", "optin", "help"]
Mode = Literal["one_message", "step"]
Reading = dict[int, int]  # index of the item asked -> code

MAX_LENGTH = 1000  # seven parts: longer is no answer to six questions
_SIMPLE = re.compile(r"\s*\d(?:[\s,;]*\d)*[\s.,;!]*", re.ASCII)
_PAIR = re.compile(r"(?:c[ .:]?(?P<c>n)|(?P<n>n)(?=:|[ .\-]?i))?[ .:\-]?(?P<i>i)?[ .:/\-]*(?P<v>[nr])[ .,/\-]*")
_ALL_OUT_OF = re.compile(r"n/n(?: n/n)*")
_LISTABLE = frozenset("nr .:/-")


@dataclass(frozen=True)
class Reply:
    """What a message says. `items` are ratings by item id; `reason` says why they are none, or unsure."""

    verdict: Verdict
    items: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""


def parse_reply(
    text: str,
    instrument: Instrument,
    *,
    mode: Mode = "one_message",
    item: str | None = None,
    items: Sequence[str] | None = None,
) -> Reply:
    """Read a citizen's text: all ratings in one message, or the answer to the one `item` of a step.

    A step without `item` is the first. `items` names those still open when a partial answer is being
    completed. No text makes it raise. `confirm` carries ratings that count only after says_yes, `correct`
    those that replace earlier ones, `partial` those given by number or name, the rest being still open.
    """
    grammar = grammar_of(instrument, asked := _asked(instrument, mode, item, items))
    if len(text) > MAX_LENGTH:
        return Reply("ask", reason="too_long")
    if _SIMPLE.fullmatch(text) and (simple := _listed(grammar, re.findall(r"\d+", text))):
        return simple
    if not text.strip():
        return Reply("ask", reason="empty")
    message = sms_words.readable(text)
    if sms_words.is_echo(message):
        return Reply("ask", reason="echo")
    if order := sms_words.command(message):
        return Reply(order)
    if asked is not None and not CORRECTIONS.isdisjoint(message.words):
        grammar = grammar_of(instrument, None)
    return _judge(grammar, stream_of(grammar, message))


def _asked(
    instrument: Instrument, mode: Mode, item: str | None, items: Sequence[str] | None
) -> tuple[str, ...] | None:
    if mode not in get_args(Mode):
        raise ValueError(f'`mode` must be "one_message" or "step", got {mode!r}')
    if mode != "step":
        if item is not None:
            raise ValueError('`item` names the question of a step; `mode` is "one_message"')
        return None if items is None else tuple(items)
    return (item or next((rated.id for rated in instrument.rating_items), ""),)


def _judge(grammar: Grammar, stream: Stream) -> Reply:
    if stream.unreadable:
        return Reply("ask", reason="unexplained")
    if stream.negated:
        return Reply("ask", reason="negation")
    readings = [reading for reading in _readings(grammar, stream) if reading]
    if not readings:
        return Reply("ask", reason=_why(grammar, stream.numbers()))
    if any(reading != readings[0] for reading in readings):
        return Reply("ask", reason="ambiguous")
    items = {grammar.items[index].id: code for index, code in sorted(readings[0].items())}
    if stream.unknown:
        return Reply("confirm", items, "unexplained")
    if stream.correcting:
        return Reply("correct", items)
    return Reply("accept" if len(items) == len(grammar.items) else "partial", items)


def _listed(grammar: Grammar, digits: list[str]) -> Reply | None:
    """The commonest message, nothing but digits: one each, or all in one run."""
    reading = _as_list(grammar, digits) or _numbered(grammar, digits)
    if not reading:
        return None
    return Reply("accept", {grammar.items[index].id: code for index, code in reading.items()})


def _readings(grammar: Grammar, stream: Stream) -> Iterator[Reading | None]:
    if _LISTABLE.issuperset(stream.shape):
        numbers, separators, has_words = stream.numbers(), stream.separators(), "r" in stream.shape
        alike = len(separators) <= 1 and not (has_words and "n" in stream.shape)
        if alike and (separators <= {" "} or len(numbers) > 2):
            yield _as_list(grammar, numbers)
        yield None if has_words else _numbered(grammar, numbers)
        yield _out_of(grammar, stream)
    yield _pairs(grammar, stream)
    if len(grammar.items) == 1:
        yield _agreeing(grammar, stream)


def _as_list(grammar: Grammar, numbers: list[str]) -> Reading | None:
    """As many ratings as questions, in their order; or one run of exactly so many digits."""
    count = len(grammar.items)
    if len(numbers) == 1 and count > 1 and len(numbers[0]) == count:
        numbers = list(numbers[0])
    if len(numbers) != count:
        return None
    return _on_scale(grammar, enumerate(numbers))


def _numbered(grammar: Grammar, numbers: list[str]) -> Reading | None:
    """`1.5 2.4 3.5 …`: every question's number, in order, before its rating."""
    count = len(grammar.items)
    if count == 1 or len(numbers) != 2 * count or numbers[::2] != list(grammar.places):
        return None
    return _on_scale(grammar, enumerate(numbers[1::2]))


def _out_of(grammar: Grammar, stream: Stream) -> Reading | None:
    """`5/5 4/5 …`: every rating over the top of its scale."""
    if not _ALL_OUT_OF.fullmatch(stream.shape):
        return None
    numbers = stream.numbers()
    tops = [max(codes.values()) for codes in grammar.codes]
    if [int(top) for top in numbers[1::2]] != tops:
        return None
    return _on_scale(grammar, enumerate(numbers[::2]))


def _pairs(grammar: Grammar, stream: Stream) -> Reading | None:
    """`C1 5`, `1:5`, `Don tiep 5`: some questions, each named by number or by word."""
    pairs: dict[int, str] = {}
    for named, rated in _pairs_of(stream.shape) or ():
        meant = {stream.values[at] for at in named}
        index = grammar.places.get(meant.pop()) if len(meant) == 1 else None
        if index is None or index in pairs:
            return None
        pairs[index] = stream.values[rated]
    return _on_scale(grammar, pairs.items())


@lru_cache(maxsize=1024)
def _pairs_of(shape: str) -> tuple[tuple[tuple[int, ...], int], ...] | None:
    """Where each pair of the shape names its question, by number or by word or both, and where it rates it."""
    at, pairs = 0, []
    while at < len(shape):
        match = _PAIR.match(shape, at)
        named = tuple(match.start(group) for group in ("c", "n", "i") if match[group]) if match else ()
        if match is None or not named:
            return None
        pairs.append((named, match.start("v")))
        at = match.end()
    return tuple(pairs)


def _agreeing(grammar: Grammar, stream: Stream) -> Reading | None:
    """One question: a number and words that say the same, such as `5 rat hai long`."""
    if not re.fullmatch(r"n[ .:\-]r|r[ .:\-]n", stream.shape):
        return None
    first, second = stream.numbers()
    return _on_scale(grammar, [(0, first)]) if first == second else None


def _on_scale(grammar: Grammar, ratings: Iterable[tuple[int, str]]) -> Reading | None:
    reading: Reading = {}
    for index, written in ratings:
        code = grammar.codes[index].get(written)
        if code is None:
            return None
        reading[index] = code
    return reading


def _why(grammar: Grammar, numbers: list[str]) -> str:
    """Why no reading was found, for the log and for the choice of the next question."""
    if not numbers:
        return "no_rating"
    digits = list(numbers[0]) if len(numbers) == 1 < len(grammar.items) else numbers
    if len(digits) != len(grammar.items):
        return "count"
    return "ambiguous" if _on_scale(grammar, enumerate(digits)) else "off_scale"
