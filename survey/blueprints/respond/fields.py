"""Questions as the template draws them: no rule of the questionnaire is decided here, only what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forms.fields import date_text, number_text
from forms.model import Answers, Choice, Item, Text, Value, words
from forms.web import Form, Problem, pipe

WHOLE_NUMBER = "numeric"
DECIMAL = "decimal"


@dataclass(frozen=True)
class Option:
    """A radio button, check box or list entry. `mouth` is the curve of a face's mouth, empty for no face."""

    code: str
    label: str
    chosen: bool
    mouth: str = ""
    other: bool = False


@dataclass(frozen=True)
class Field:
    """One question on the page. `typed` is what stands in its text boxes, as the citizen wrote it."""

    id: str
    type: str
    label: str
    hint: str
    options: tuple[Option, ...]
    outside: tuple[Option, ...]
    typed: tuple[str, ...]
    other_id: str
    other_typed: str
    low: str
    high: str
    keyboard: str
    error: str

    @property
    def described_by(self) -> str:
        """Ids of what belongs to the question besides its words."""
        parts = [self.id + "-hint"] * bool(self.hint) + [self.id + "-error"] * bool(self.error)
        return " ".join(parts)


def field(
    item: Item,
    form: Form,
    *,
    lang: str,
    facts: Mapping[str, str | None],
    problem: Problem | None = None,
    flipped: bool = False,
) -> Field:
    """The question with what stands in `form`: the stored answer in a browser's terms, or what was typed."""
    sent = set(form.get(item.id, ()))
    options = _options(item, sent, lang)
    return Field(
        id=item.id,
        type=item.type,
        label=pipe(words(item.label, lang), facts, lang),
        hint=pipe(_optional(item.hint, lang), facts, lang),
        options=options[::-1] if flipped and item.type == "likert" else options,
        outside=tuple(_option(choice, sent, lang) for choice in item.outside),
        typed=_typed(item, form.get(item.id, ())),
        other_id=item.other_id if item.other_code is not None else "",
        other_typed="".join(form.get(item.other_id, ())[:1]),
        low=_optional(item.low, lang),
        high=_optional(item.high, lang),
        keyboard=WHOLE_NUMBER if item.integer else DECIMAL,
        error="" if problem is None else problem.text(lang),
    )


def _optional(text: Text | None, lang: str) -> str:
    return "" if text is None else words(text, lang)


def _option(choice: Choice, sent: set[str], lang: str, mouth: str = "") -> Option:
    return Option(choice.code, words(choice.label, lang), choice.code in sent, mouth, choice.other)


def _options(item: Item, sent: set[str], lang: str) -> tuple[Option, ...]:
    faces = item.type == "likert"
    last = len(item.options) - 1
    return tuple(
        _option(choice, sent, lang, _mouth(2 * i / last - 1) if faces else "")
        for i, choice in enumerate(item.options)
    )


def _mouth(mood: float) -> str:
    """An SVG path from a frown (-1) over a straight line (0) to a smile (1), in a box of 24 by 24."""
    corner, middle = 16 - 1.5 * mood, 16 + 3.5 * mood
    return f"M8 {corner:g}Q12 {middle:g} 16 {corner:g}"


def _typed(item: Item, sent: Sequence[str]) -> tuple[str, ...]:
    """Contents of the text boxes, or of a ranking's lists, one for each rank."""
    if item.type == "ranking":
        return tuple([*sent, *[""] * len(item.choices)][: len(item.choices)])
    if item.type in ("number", "date", "text", "longtext"):
        outside = {choice.code for choice in item.outside}
        return tuple(value for value in sent if value not in outside)[:1] or ("",)
    return ()


def as_form(item: Item, answers: Answers) -> dict[str, list[str]]:
    """A stored answer as a browser would send it, so that one template shows both."""
    form = {}
    if item.id in answers:
        form[item.id] = _sent(item, answers[item.id])
    if item.other_id in answers:
        form[item.other_id] = [str(answers[item.other_id])]
    return form


def _sent(item: Item, value: Value) -> list[str]:
    if isinstance(value, list):
        return value
    if item.type == "date" and value not in item.codes:
        return [date_text(str(value))]
    return [value if isinstance(value, str) else number_text(value)]
