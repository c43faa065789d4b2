"""What stands below the answers on the last page: a comment, and a wish to be called back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms import phone
from forms.fields import AnswerError, clean_text
from forms.messages import say
from forms.model import Answers, Instrument, Item
from forms.web import Form
from survey.services.answers.feedback import Wish

_LOW_SHARE = 0.4  # of a scale's points, from below: two of five, one of three


@dataclass(frozen=True)
class Closing:
    """The last page's fields as they were typed, what is wrong with them, and the wish when nothing is."""

    comment: str = ""
    calls: bool = False
    number: str = ""
    words: str = ""
    wish: Wish | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


def closing_of(form: Form, lang: str) -> Closing:
    """Read the last page; its errors are sentences by field."""
    typed = {name: "".join(form.get(name, ())[:1]) for name in ("comment", "number", "words")}
    errors: dict[str, str] = {}
    clean = {name: _clean(name, text, lang, errors) for name, text in typed.items()}
    calls = bool(form.get("calls"))
    found = phone.normalise(clean["number"])
    if calls and found.kind not in ("mobile", "landline"):
        errors["number"] = say(f"phone_{found.reason}", lang)
    if errors:
        return Closing(typed["comment"], calls, typed["number"], typed["words"], errors=errors)
    wish = Wish(found.e164, clean["words"]) if calls and found.e164 else None
    return Closing(clean["comment"], calls, clean["number"], clean["words"], wish)


def _clean(name: str, text: str, lang: str, errors: dict[str, str]) -> str:
    try:
        return clean_text(text)
    except AnswerError as problem:
        errors[name] = say(problem.key, lang, **problem.params)
        return ""


def has_very_low_rating(instrument: Instrument, answers: Answers) -> bool:
    """Whether some rating lies at the bottom of its scale."""
    return any(_is_low(item, answers) for item in instrument.rating_items if item.id in answers)


def _is_low(item: Item, answers: Answers) -> bool:
    points = [point.code for point in item.scale.points] if item.scale else []
    return answers[item.id] in points[: int(len(points) * _LOW_SHARE) or 1]
