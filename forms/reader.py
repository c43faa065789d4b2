"""Reading a questionnaire from JSON. Strict: a fault names the place, nothing is guessed."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from forms.logic import rule_problem
from forms.model import (
    OTHER_SUFFIX,
    Choice,
    Factor,
    Instrument,
    Item,
    ItemType,
    Point,
    Requirement,
    Scale,
    Text,
)

PLACEHOLDERS = ("service", "agency", "received_on", "completed_on")
MAX_RANKED = 5
_REQUIRED: Any = object()
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
_CODE = re.compile(r"-?[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_BRACES = re.compile(r"\{([^{}]*)\}")


class InstrumentError(ValueError):
    """`WHERE: what is wrong` with a questionnaire."""


class _Object:
    """A JSON object being read: each key is taken as its type, and no key may be left over."""

    def __init__(self, raw: object, where: str, languages: Iterable[str] = ()) -> None:
        if not isinstance(raw, dict):
            raise InstrumentError(f"{where}: an object is expected")
        self.left = dict(raw)
        self.where = where
        self.languages = tuple(languages)

    def fail(self, what: str) -> InstrumentError:
        return InstrumentError(f"{self.where}: {what}")

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = _REQUIRED) -> Any:
        value = self.left.pop(key, default)
        if value is _REQUIRED:
            raise self.fail(f"`{key}` is missing")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.fail(f"`{key}` must be finite")
        if value is default or (isinstance(value, kind) and (kind is bool or not isinstance(value, bool))):
            return unicodedata.normalize("NFC", value) if isinstance(value, str) else value
        raise self.fail(f"`{key}` has the wrong type: {value!r}")

    def strings(self, key: str, default: Any = _REQUIRED) -> tuple[str, ...]:
        values = self.take(key, list, default)
        if not values or not all(isinstance(value, str) and value for value in values):
            raise self.fail(f"`{key}` must be a list of words")
        _unique(self, key, list(values))
        return tuple(values)

    def text(self, key: str, default: Any = _REQUIRED) -> Text | None:
        raw = self.take(key, dict, default)
        if raw is None:
            return None
        missing = [language for language in self.languages if not str(raw.get(language, "")).strip()]
        if missing or len(raw) != len(self.languages):
            wrong = f"lacks {missing[0]}" if missing else f"has a language that is not in {list(self.languages)}"
            raise self.fail(f"`{key}` {wrong}")
        for name in _BRACES.findall(" ".join(map(str, raw.values()))):
            if name not in PLACEHOLDERS:
                raise self.fail(f"`{key}` has the unknown placeholder {{{name}}}")
        return {language: unicodedata.normalize("NFC", str(raw[language])) for language in self.languages}

    def required_text(self, key: str) -> Text:
        return self.text(key) or {}

    def each(self, key: str, default: Any = _REQUIRED) -> list[_Object]:
        rows = self.take(key, list, default)
        return [_Object(row, f"{self.where}.{key}[{i}]", self.languages) for i, row in enumerate(rows)]

    def identifier(self, key: str, shape: re.Pattern[str] = _ID) -> str:
        value = str(self.take(key, str))
        if not shape.fullmatch(value):
            start = "starting with a letter" if shape is _ID else "- only inside or before"
            raise self.fail(f"`{key}` must be letters a-z, digits and _, {start}; {value!r} is not")
        return value

    def close(self) -> None:
        if self.left:
            raise self.fail(f"unknown key `{next(iter(self.left))}`")


def from_json(raw: Mapping[str, Any]) -> Instrument:
    """Build a questionnaire from its JSON, or raise InstrumentError naming the first fault."""
    top = _Object(raw, "instrument")
    top.languages = top.strings("languages", ["vi", "en"])
    scales = {name: _scale(name, body, top) for name, body in top.take("scales", dict, {}).items()}
    items = tuple(_item(row, scales) for row in top.each("items"))
    instrument = Instrument(
        code=top.identifier("code"),
        version=top.take("version", int),
        title=top.required_text("title"),
        items=items,
        factors=tuple(_factor(row) for row in top.each("factors", [])),
        languages=top.languages,
        note=top.text("note", None),
        lead=top.text("lead", None),
        general_item=top.take("general_item", str, None) or None,
        complete_at=top.take("complete_at", (int, float), 0.8),
        partial_at=top.take("partial_at", (int, float), 0.5),
    )
    top.close()
    _check_whole(instrument)
    return instrument


def _scale(name: str, raw: object, top: _Object) -> Scale:
    body = _Object(raw, f"{top.where}.scales.{name}", top.languages)
    scale = Scale(name, tuple(map(_point, body.each("points"))), _choices(body, "outside"))
    body.close()
    if len(scale.points) < 2:
        raise body.fail("`points` needs at least two")
    _unique(body, "points", [point.code for point in scale.points])
    _unique(body, "points", [point.sms for point in scale.points if point.sms])
    return scale


def _point(row: _Object) -> Point:
    point = Point(
        row.take("code", int),
        row.required_text("label"),
        row.take("sms", str, ""),
        row.take("satisfied", bool, False),
    )
    row.close()
    return point


def _choices(parent: _Object, key: str) -> tuple[Choice, ...]:
    rows = parent.each(key, [])
    choices = tuple(
        Choice(row.identifier("code", _CODE), row.required_text("label"), row.take("other", bool, False))
        for row in rows
    )
    for row in rows:
        row.close()
    _unique(parent, key, [choice.code for choice in choices])
    return choices


def _unique(parent: _Object, key: str, values: list[Any]) -> None:
    for i, value in enumerate(values):
        if value in values[:i]:
            raise parent.fail(f"`{key}` has {value!r} twice")


def _item(row: _Object, scales: Mapping[str, Scale]) -> Item:
    item_id = row.identifier("id")
    row.where = f"{row.where} ({item_id})"
    scale_name = row.take("scale", str, None)
    scale = scales.get(scale_name)
    if scale_name is not None and scale is None:
        raise row.fail(f"`scale` names `{scale_name}`, which is not defined")
    item = Item(
        id=item_id,
        type=_one_of(row, "type", get_args(ItemType)),
        label=row.required_text("label"),
        hint=row.text("hint", None),
        sms=row.take("sms", str, ""),
        scale=scale,
        choices=_choices(row, "choices"),
        outside=_choices(row, "outside") or (scale.outside if scale else ()),
        requirement=_one_of(row, "requirement", get_args(Requirement), "optional"),
        minimum=row.take("minimum", (int, float, str), None),
        maximum=row.take("maximum", (int, float, str), None),
        integer=row.take("integer", bool, False),
        max_length=row.take("max_length", int, None),
        pattern=row.take("pattern", str, None) or None,
        error=row.text("error", None),
        low=row.text("low", None),
        high=row.text("high", None),
        show_if=row.take("show_if", dict, None),
    )
    row.close()
    _check_item(item, row)
    return item


def _one_of(row: _Object, key: str, allowed: tuple[Any, ...], default: Any = _REQUIRED) -> Any:
    value = row.take(key, str, default)
    if value not in allowed:
        raise row.fail(f"`{key}` must be one of {', '.join(allowed)}; {value!r} is not")
    return value


def _check_item(item: Item, row: _Object) -> None:
    if (item.scale is not None) != (item.type == "likert"):
        raise row.fail("`scale` belongs to likert items, and each of them needs one")
    if bool(item.choices) != (item.type in ("single", "multiple", "ranking")):
        raise row.fail("`choices` belong to single, multiple and ranking items, and each of them needs some")
    if item.type == "ranking" and len(item.choices) > MAX_RANKED:
        raise row.fail(f"`choices` of a ranking are at most {MAX_RANKED}")
    if item.outside and item.type == "ranking":
        raise row.fail("`outside` does not belong to a ranking")
    _unique(row, "choices", [c.code for c in (*item.choices, *item.outside)])
    for bound in (item.minimum, item.maximum):
        if not _is_bound(item, bound):
            raise row.fail(
                f"`minimum` and `maximum` are numbers of a number item or dates of a date item: {bound!r}"
            )
    if item.max_length is not None and item.max_length < 1:
        raise row.fail("`max_length` must be at least 1")
    try:
        re.compile(item.pattern or "")
    except re.error as exc:
        raise row.fail(f"`pattern` is not a regular expression: {exc}") from exc


def _is_bound(item: Item, bound: float | str | None) -> bool:
    if bound is None or (item.type == "number" and not isinstance(bound, str)):
        return True
    if item.type != "date" or not isinstance(bound, str):
        return False
    try:
        return dt.date.fromisoformat(bound).isoformat() == bound
    except ValueError:
        return False


def _factor(row: _Object) -> Factor:
    factor = Factor(row.take("code", str), row.required_text("label"), row.strings("items"))
    row.close()
    return factor


def _check_whole(instrument: Instrument) -> None:
    known: list[str] = []
    lowered: set[str] = set()  # columns of the analysis file do not tell q1 from Q1
    for i, item in enumerate(instrument.items):
        where = f"instrument.items[{i}] ({item.id})"
        if item.id.lower() in lowered:
            raise InstrumentError(f"{where}: `id` is used twice")
        if item.id.endswith(OTHER_SUFFIX) and item.id.removesuffix(OTHER_SUFFIX) in known:
            raise InstrumentError(f"{where}: `id` is kept for the words beside the choice other")
        problem = None if item.show_if is None else rule_problem(item.show_if, known)
        if problem:
            raise InstrumentError(f"{where}: `show_if`: {problem}")
        known.append(item.id)
        lowered.add(item.id.lower())
    if not known:
        raise InstrumentError("instrument: `items` is empty")
    if not 0 < instrument.partial_at <= instrument.complete_at <= 1:
        raise InstrumentError("instrument: thresholds must satisfy 0 < partial_at <= complete_at <= 1")
    _check_factors(instrument)


def _check_factors(instrument: Instrument) -> None:
    seen: set[str] = set()
    ratings = {item.id for item in instrument.rating_items}
    for i, factor in enumerate(instrument.factors):
        where = f"instrument.factors[{i}] ({factor.code})"
        for item_id in factor.items:
            if item_id not in ratings:
                raise InstrumentError(f"{where}: `items` names `{item_id}`, which is not a likert item")
            if item_id in seen:
                raise InstrumentError(f"{where}: `{item_id}` stands in two factors")
            seen.add(item_id)
    if instrument.general_item is not None and instrument.general_item not in ratings:
        raise InstrumentError(f"instrument: `general_item` names `{instrument.general_item}`, not a likert item")
