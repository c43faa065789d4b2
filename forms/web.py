"""The web form between the questionnaire and the browser: pages, reading a page, piping, answers in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

from forms import logic
from forms.fields import AnswerError, clean_text, date_text, number_text, read
from forms.messages import say
from forms.model import Answers, Instrument, Item, Rule, Text, Value, words

Form = Mapping[str, Sequence[str]]
By = Literal["item", "section"]

SEEN_FIELD = "_seen"  # ids of unanswered soft-required items that the citizen has been told of
_PLACEHOLDER = re.compile(r"\{(service|agency|received_on|completed_on)\}")


@dataclass(frozen=True)
class Page:
    """What is shown at once; `key` is the id of its first item and stands in the address.

    `number` is its first question's on the path of `total` questions, `before` the key of the page before it.
    """

    key: str
    items: tuple[Item, ...]
    number: int = 1
    total: int = 1
    before: str = ""

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return tuple(item.id for item in self.items)

    @cached_property
    def questions(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.type != "note")

    @cached_property
    def is_piped(self) -> bool:
        """Whether a text on it names the dossier: then it is one citizen's own."""
        texts = (text for item in self.items for text in (item.label, item.hint) if text is not None)
        return any(_PLACEHOLDER.search(words) for text in texts for words in text.values())


@dataclass(frozen=True)
class Problem:
    """What is wrong with one answer. `soft`: the citizen may go on by repeating the page."""

    key: str
    params: Mapping[str, Any] = field(default_factory=dict)
    own: Text | None = None

    @property
    def soft(self) -> bool:
        return self.key == "soft"

    def text(self, lang: str = "vi") -> str:
        """The sentence to show, the questionnaire's own where it has one."""
        if self.own is not None:
            return words(self.own, lang)
        params = {key: words(v, lang) if isinstance(v, Mapping) else v for key, v in self.params.items()}
        return say(self.key, lang, **params)


@dataclass(frozen=True)
class PageResult:
    """Good answers, problems by item id, and the ids that came back empty (an answer taken back)."""

    answers: dict[str, Value] = field(default_factory=dict)
    errors: dict[str, Problem] = field(default_factory=dict)
    cleared: tuple[str, ...] = ()

    def merged(self, answers: Answers) -> dict[str, Value]:
        """The stored answers after this page: what it cleared is gone, what it gave stands."""
        kept = {key: value for key, value in answers.items() if key not in self.cleared}
        return kept | self.answers


def pages(instrument: Instrument, answers: Answers, *, by: By = "item") -> tuple[Page, ...]:
    """The pages on the path now: a question each, or the neighbouring questions of a factor together.

    A note is shown with the question after it; a question that depends on another never shares its page.
    """
    if answers and instrument.skips:
        return _pages(instrument, answers, by)
    return _first_pages(instrument, by)


@lru_cache(maxsize=64)
def _first_pages(instrument: Instrument, by: By) -> tuple[Page, ...]:
    """The same for whoever has not answered yet, and for all where no question is skipped."""
    return _pages(instrument, {}, by)


def _pages(instrument: Instrument, answers: Answers, by: By) -> tuple[Page, ...]:
    factor_of = {item_id: factor.code for factor in instrument.factors for item_id in factor.items}
    groups: list[list[Item]] = []
    for item in map(instrument.item, logic.path(instrument, answers)):
        if groups and _joins(groups[-1], item, factor_of if by == "section" else None):
            groups[-1].append(item)
        else:
            groups.append([item])
    counts = [sum(item.type != "note" for item in group) for group in groups]
    total = sum(counts)
    found: list[Page] = []
    for place, group in enumerate(groups):
        number = min(sum(counts[:place]) + 1, total)  # a closing note stands at the last question
        found.append(Page(group[0].id, tuple(group), number, total, found[-1].key if found else ""))
    return tuple(found)


def _joins(group: list[Item], item: Item, factor_of: Mapping[str, str] | None) -> bool:
    questions = [other.id for other in group if other.type != "note"]
    if item.show_if is not None and any(_names(item.show_if, other) for other in questions):
        return False
    if not questions:
        return True
    return factor_of is not None and item.type != "note" and factor_of.get(questions[-1]) == factor_of.get(item.id)


def _names(rule: Rule, item_id: str) -> bool:
    """Whether a rule asks about an item: as an operand, never as the value compared with."""
    [(name, operands)] = rule.items()
    if name in ("and", "or"):
        return any(_names(part, item_id) for part in operands)
    if name == "not":
        return _names(operands, item_id)
    left = operands if isinstance(operands, str) else operands[0]
    return bool((left["count"] if isinstance(left, Mapping) else left) == item_id)


def validate_page(instrument: Instrument, item_ids: Iterable[str], form: Form) -> PageResult:
    """Read the items of one page; everything else in the form is ignored."""
    items = [item for item in map(instrument.item, item_ids) if item.type != "note"]
    return _collect(items, form)


def validate(instrument: Instrument, form: Form) -> PageResult:
    """Read a whole form at once; answers and faults of items off the path are dropped."""
    everything = _collect([item for item in instrument.items if item.type != "note"], form)
    on_path = set(logic.path(instrument, everything.answers))
    return PageResult(
        logic.split(instrument, everything.answers).on_path,
        {item_id: problem for item_id, problem in everything.errors.items() if item_id in on_path},
        everything.cleared,
    )


def _collect(items: Iterable[Item], form: Form) -> PageResult:
    answers: dict[str, Value] = {}
    errors: dict[str, Problem] = {}
    cleared: list[str] = []
    seen = form.get(SEEN_FIELD, ())
    for item in items:
        try:
            found = _answer(item, form)
        except AnswerError as problem:
            errors[item.id] = Problem(problem.key, problem.params, item.error)
            continue
        answers.update(found)
        cleared += [key for key in (item.id, item.other_id) if key not in found]
        if not found and (item.requirement == "required" or (item.requirement == "soft" and item.id not in seen)):
            errors[item.id] = Problem("missing" if item.requirement == "required" else "soft")
    return PageResult(answers, errors, tuple(cleared))


def _answer(item: Item, form: Form) -> dict[str, Value]:
    values = form.get(item.id, ())
    if item.type != "ranking":
        values = [value for value in values if value.strip()]
    if item.other_code is None:
        value = read(item, values) if any(values) else ""
        return {} if value == "" else {item.id: value}
    written = clean_text("".join(form.get(item.other_id, ())[:1]))
    if written and not values:
        values = [item.other_code]
    if not values:
        return {}
    if item.other_code not in values:
        return {item.id: read(item, values)}
    if not written:
        raise AnswerError("other_missing")
    return {item.id: read(item, values), item.other_id: written}


def pipe(text: str, values: Mapping[str, str | None], lang: str = "vi") -> str:
    """Put the dossier's own words into a question; a value is never read as a placeholder itself."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1]) or say(f"pipe_{match[1]}", lang), text)


def shown(item: Item, value: Value, lang: str = "vi", written: str | None = None) -> str:
    """An answer in words, as the page "check your answers" shows it; `written` is what stands beside other."""
    labels = {choice.code: words(choice.label, lang) for choice in (*item.options, *item.outside)}
    if written is not None and item.other_code is not None:
        labels[item.other_code] += f": {written}"
    if isinstance(value, list):
        parts = [labels.get(code, code) for code in value]
        return " > ".join(parts) if item.type == "ranking" else "; ".join(parts)
    if str(value) in labels:
        return labels[str(value)]
    if item.type == "date" and isinstance(value, str):
        return date_text(value)
    return value if isinstance(value, str) else number_text(value)
