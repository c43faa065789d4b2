"""A row of the survey sheet as an item: types, lists of choices, scales, constraints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from forms.model import OTHER_SUFFIX
from forms.xlsform.rules import ExpressionError, parse
from forms.xlsform.sheet import UNSHOWN, Row

_SELECT = re.compile(
    r"(?P<kind>select_one|select one from|select one|select1|select_multiple|select all that apply from"
    r"|select multiple from|select all that apply|rank) (?P<list>\S+)(?P<other> or_other| or specify other)?",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"geo.*|image|photo|audio|background-audio|video|file|barcode|select.*from_file.*|.*-external|entities|audit"
)
_SCALE_LOOKS = ("likert", "list-nolabel")
# Codes that forms of this family give to "does not apply" and "does not know".
_OUTSIDE = frozenset(
    {"na", "n_a", "dk", "kb", "ka", "ko", "88", "98", "99", "-1", "-8", "-9", "-88", "-98", "-99"}
)
_TIME = r"([01]?\d|2[0-3]):[0-5]\d"
_DEFAULT_OTHER = {"vi": "Khác", "en": "Other"}


class _Choice(NamedTuple):
    row: Row
    code: str
    label: dict[str, str]


class ItemBuilder:
    """Builds items as JSON and collects the scales that they use."""

    def __init__(self, choices: list[Row], languages: tuple[str, ...]) -> None:
        self.languages = languages
        self.lists: dict[str, list[_Choice]] = {}
        self.scales: dict[str, Any] = {}
        self.built: dict[str, dict[str, Any]] = {}
        for row in choices:
            label = row.text("label", languages, required=True) or {}
            for column in ("list_name", "name"):
                if not row.get(column):
                    row.fault(column, "is empty")
            self.lists.setdefault(row.get("list_name"), []).append(_Choice(row, row.get("name"), label))

    def absorbs(self, row: Row) -> bool:
        """Whether the row is the text beside "other" of an earlier item, which items hold themselves."""
        name = row.get("name")
        owner = self.built.get(name.removesuffix(OTHER_SUFFIX)) if name.endswith(OTHER_SUFFIX) else None
        if owner is None or row.get("type").lower() != "text":
            return False
        shown_for = re.search(r"['\"]([^'\"]+)['\"]", row.get("relevant"))
        for choice in owner.get("choices", ()):
            if shown_for and choice["code"] == shown_for[1]:
                choice["other"] = True
        return any(choice.get("other") for choice in owner.get("choices", ()))

    def build(self, row: Row, *, in_table: bool) -> dict[str, Any] | None:
        """The item, or None where the row only carries the header of a grid or is refused."""
        kind = " ".join(row.get("type").split())
        if _REFUSED.fullmatch(kind.lower()):
            row.fault("type", f"`{kind}` is not supported")
            return None
        select = _SELECT.fullmatch(kind)
        if select and "label" in row.get("appearance").split():
            return None
        typed = self._typed(row, kind, select, in_table=in_table)
        if typed is None:
            return None
        body = {**self._common(row), **typed, **_constraint(row, typed["type"])}
        self.built[body["id"]] = body
        return body

    def _typed(
        self, row: Row, kind: str, select: re.Match[str] | None, *, in_table: bool
    ) -> dict[str, Any] | None:
        if select:
            return self._select(row, select, in_table=in_table)
        if kind.lower() in _PLAIN:
            return _PLAIN[kind.lower()](row)
        row.fault("type", f"`{kind}` is not a known type")
        return None

    def _common(self, row: Row) -> dict[str, Any]:
        for column in row.cells:
            if column.name in UNSHOWN:
                row.warn(column.name, "is not shown")
        if not row.get("name"):
            row.fault("name", "is empty")
        requirement = "required" if row.flag("required") else "soft" if row.flag("soft_required") else None
        texts = {
            "label": row.text("label", self.languages, required=True),
            "hint": row.text("hint", self.languages),
            "error": row.text("constraint_message", self.languages),
            "low": row.text("low", self.languages),
            "high": row.text("high", self.languages),
        }
        plain = {"requirement": requirement, "sms": row.get("sms"), "max_length": row.number_of("max_length")}
        return {"id": row.get("name"), **{key: value for key, value in (texts | plain).items() if value}}

    def _select(self, row: Row, select: re.Match[str], *, in_table: bool) -> dict[str, Any] | None:
        choices = self.lists.get(select["list"])
        if not choices:
            row.fault("type", f"the list {select['list']} is not in the sheet choices")
            return None
        kind = select["kind"].lower()
        looks = row.get("appearance").split()
        if kind == "rank":
            return {"type": "ranking", "choices": [_choice(choice) for choice in choices]}
        if "multiple" in kind or "all that apply" in kind:
            return {"type": "multiple", **self._options(choices, select)}
        marked = any(choice.row.get("satisfied") for choice in choices)
        if in_table or marked or any(look in looks for look in _SCALE_LOOKS):
            self._add_scale(select["list"], choices)
            return {"type": "likert", "scale": select["list"]}
        options = self._options(choices, select)
        if [choice["code"] for choice in options["choices"]] == ["yes", "no"]:
            return {"type": "yesno", **({"outside": options["outside"]} if "outside" in options else {})}
        return {"type": "single", **options}

    def _options(self, choices: list[_Choice], select: re.Match[str]) -> dict[str, Any]:
        inside = [_choice(choice) for choice in choices if not choice.row.flag("outside")]
        outside = [_choice(choice) for choice in choices if choice.row.flag("outside")]
        if select["other"]:
            label = {lang: _DEFAULT_OTHER.get(lang, _DEFAULT_OTHER["en"]) for lang in self.languages}
            inside.append({"code": "other", "label": label, "other": True})
        return {"choices": inside, **({"outside": outside} if outside else {})}

    def _add_scale(self, name: str, choices: list[_Choice]) -> None:
        if name in self.scales:
            return
        points, outside = [], []
        for choice in choices:
            if choice.row.flag("outside") or choice.code.lower() in _OUTSIDE:
                outside.append(_choice(choice))
            elif not re.fullmatch(r"-?\d{1,4}", choice.code):
                choice.row.fault("name", f"{choice.code!r} is no number and not marked in a column `outside`")
            else:
                point = {"code": int(choice.code), "label": choice.label, "sms": choice.row.get("sms")}
                points.append(point | {"satisfied": choice.row.flag("satisfied")})
        self.scales[name] = {"points": points, "outside": outside}


def _choice(choice: _Choice) -> dict[str, Any]:
    body: dict[str, Any] = {"code": choice.code, "label": choice.label}
    return body | {"other": True} if choice.row.flag("other") else body


def _text(row: Row) -> dict[str, Any]:
    return {"type": "longtext" if "multiline" in row.get("appearance") else "text"}


def _range(row: Row) -> dict[str, Any]:
    """A slider; from 0 to 10 by 1 it is the question whether one would recommend."""
    given = dict(re.findall(r"(start|end|step)\s*=\s*(-?\d+(?:\.\d+)?)", row.get("parameters")))
    start, end, step = (
        float(given.get(key, default)) for key, default in (("start", 0), ("end", 10), ("step", 1))
    )
    if (start, end, step) == (0, 10, 1):
        return {"type": "nps"}
    bounds = {
        "minimum": int(start) if start.is_integer() else start,
        "maximum": int(end) if end.is_integer() else end,
    }
    return {"type": "number", "integer": step.is_integer() and start.is_integer(), **bounds}


def _acknowledge(row: Row) -> dict[str, Any]:
    languages = [column.lang for column in row.cells if column.name == "label"]
    return {"type": "single", "choices": [{"code": "ok", "label": dict.fromkeys(languages, "OK")}]}


_PLAIN: Mapping[str, Callable[[Row], dict[str, Any]]] = {
    "text": _text,
    "string": _text,
    "note": lambda _: {"type": "note"},
    "integer": lambda _: {"type": "number", "integer": True},
    "int": lambda _: {"type": "number", "integer": True},
    "decimal": lambda _: {"type": "number"},
    "range": _range,
    "date": lambda _: {"type": "date"},
    "time": lambda _: {"type": "text", "pattern": _TIME},
    "datetime": lambda _: {"type": "text", "pattern": r"\d{1,2}/\d{1,2}/\d{4} " + _TIME},
    "acknowledge": _acknowledge,
}


def _constraint(row: Row, item_type: str) -> dict[str, Any]:
    if not row.get("constraint"):
        return {}
    try:
        rule = parse(row.get("constraint"))
        found: dict[str, Any] = {}
        for part in rule.get("and", [rule]):
            found |= _bound(part, item_type)
    except ExpressionError as exc:
        row.fault("constraint", str(exc))
        return {}
    return found


def _bound(rule: Mapping[str, Any], item_type: str) -> dict[str, Any]:
    """One condition on `.`: a least or greatest value, a pattern, a length."""
    [(name, operands)] = rule.items()
    if not isinstance(operands, list) or operands[0] != ".":
        raise ExpressionError("a constraint is supported on `.` alone")
    value = operands[-1]
    if name == "regex" and item_type in ("text", "longtext"):
        return {"pattern": value}
    if name == "length" and operands[1] in ("<", "<=") and isinstance(value, int):
        return {"max_length": value - (operands[1] == "<")}
    if name in ("gt", "lt") and item_type == "number" and isinstance(value, int):
        return {"minimum": value + 1} if name == "gt" else {"maximum": value - 1}
    if name in ("ge", "le") and item_type in ("number", "date"):
        return {"minimum" if name == "ge" else "maximum": value}
    raise ExpressionError(f"this constraint is not supported for `{item_type}`")
