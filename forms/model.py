"""A questionnaire as frozen data: what is asked, on which scale, and what counts as satisfied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

Text = Mapping[str, str]  # language code -> sentence
Value = int | float | str | list[str]
Answers = Mapping[str, Value]
Rule = Mapping[str, Any]  # the tree of logic.py

ItemType = Literal[
    "likert", "single", "multiple", "nps", "yesno", "number", "date", "text", "longtext", "ranking", "note"
]
Requirement = Literal["optional", "soft", "required"]

MAIN_LANGUAGE = "vi"
OTHER_SUFFIX = "_other"
NPS_CODES = range(11)


def words(text: Text, lang: str) -> str:
    """The sentence in `lang`, else in Vietnamese, else in the language there is."""
    return text.get(lang) or text.get(MAIN_LANGUAGE) or next(iter(text.values()))


@dataclass(frozen=True)
class Point:
    """One step of a scale. `sms` is the unaccented word that answers it in a text message."""

    code: int
    label: Text
    sms: str
    satisfied: bool = False


@dataclass(frozen=True)
class Choice:
    """One option of a closed question, or an answer outside the base such as "na"."""

    code: str
    label: Text
    other: bool = False


YES_NO = (Choice("yes", {"vi": "Có", "en": "Yes"}), Choice("no", {"vi": "Không", "en": "No"}))


@dataclass(frozen=True)
class Scale:
    """Ordered points. `id` is part of the question's meaning: 3- and 5-point results never compare."""

    id: str
    points: tuple[Point, ...]
    outside: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Item:
    """One question. `minimum` and `maximum` are numbers, or ISO dates for a date item."""

    id: str
    type: ItemType
    label: Text
    hint: Text | None = None
    sms: str = ""
    scale: Scale | None = None
    choices: tuple[Choice, ...] = ()
    outside: tuple[Choice, ...] = ()
    requirement: Requirement = "optional"
    minimum: float | str | None = None
    maximum: float | str | None = None
    integer: bool = False
    max_length: int | None = None
    pattern: str | None = None
    error: Text | None = None
    low: Text | None = None
    high: Text | None = None
    show_if: Rule | None = None

    @cached_property
    def options(self) -> tuple[Choice, ...]:
        """What a closed question offers inside the base, in order; empty for an open one."""
        match self.type:
            case "likert":
                points = self.scale.points if self.scale is not None else ()
                return tuple(Choice(str(point.code), point.label) for point in points)
            case "nps":
                return tuple(Choice(str(code), dict.fromkeys(self.label, str(code))) for code in NPS_CODES)
            case "yesno":
                return YES_NO
            case _:
                return self.choices

    @cached_property
    def codes(self) -> Mapping[str, Value]:
        """What a radio button may send, and the value it stands for."""
        is_number = self.type in ("likert", "nps")
        inside: dict[str, Value] = {c.code: int(c.code) if is_number else c.code for c in self.options}
        return inside | {c.code: c.code for c in self.outside}

    @cached_property
    def other_code(self) -> str | None:
        """The choice that asks for words of one's own."""
        return next((choice.code for choice in self.choices if choice.other), None)

    @cached_property
    def other_id(self) -> str:
        """Where the words written beside "other" are kept."""
        return self.id + OTHER_SUFFIX

    @property
    def counts(self) -> bool:
        """Whether completeness counts it: no note, no free text that the citizen may leave empty."""
        return self.type != "note" and not (self.type in ("text", "longtext") and self.requirement == "optional")

    @staticmethod
    def is_rating(value: Value | None) -> bool:
        """A value inside the base of a likert or nps item: ratings are ints, "na" and "dk" are not."""
        return isinstance(value, int)


@dataclass(frozen=True)
class Factor:
    """Items that the index averages together."""

    code: str
    label: Text
    items: tuple[str, ...]


@dataclass(frozen=True)
class Instrument:
    """A version of a questionnaire; immutable once a wave has used it, superseded by the next version.

    `lead` stands above each question, `note` is for officers and the method annex.
    """

    code: str
    version: int
    title: Text
    items: tuple[Item, ...]
    factors: tuple[Factor, ...] = ()
    languages: tuple[str, ...] = ("vi", "en")
    note: Text | None = None
    lead: Text | None = None
    general_item: str | None = None
    complete_at: float = 0.8
    partial_at: float = 0.5

    def __hash__(self) -> int:
        return hash((self.code, self.version))

    @property
    def reference(self) -> str:
        """`code@version`, as commands and files write it."""
        return f"{self.code}@{self.version}"

    @cached_property
    def by_id(self) -> Mapping[str, Item]:
        return {item.id: item for item in self.items}

    def item(self, item_id: str) -> Item:
        return self.by_id[item_id]

    @cached_property
    def skips(self) -> bool:
        """Whether an answer may take questions off the path."""
        return any(item.show_if is not None for item in self.items)

    @cached_property
    def rating_items(self) -> tuple[Item, ...]:
        """The likert items in order: those that can be answered by one digit in an SMS."""
        return tuple(item for item in self.items if item.type == "likert")

    @property
    def factor_items(self) -> dict[str, list[str]]:
        """The `factors` of an index in design.json."""
        return {factor.code: list(factor.items) for factor in self.factors}

    @cached_property
    def satisfied(self) -> list[int]:
        """The codes that count as satisfied, for `satisfied` in design.json."""
        scales = (item.scale for item in self.rating_items if item.scale is not None)
        return sorted({point.code for scale in scales for point in scale.points if point.satisfied})

    @property
    def scales(self) -> dict[str, Scale]:
        return {item.scale.id: item.scale for item in self.items if item.scale is not None}
