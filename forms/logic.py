"""Which questions a citizen is asked: rules as a small tree of data, never code.

A rule is `{operator: operands}`: `{"lt": ["q1", 3]}`, `{"in": ["q2", ["a", "b"]]}`,
`{"includes": ["q3", "a"]}`, `{"answered": "q4"}`, `{"and": [..]}`, `{"or": [..]}`, `{"not": rule}`;
the left side of a comparison may be `{"count": "q3"}`, the number of options ticked.
A comparison with a missing answer is False, and so is one between a word and a number.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from forms.model import Answers, Instrument, Rule, Value

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
MAX_DEPTH = 20


@dataclass(frozen=True)
class Split:
    """Answers that count, and those to questions that the path no longer reaches."""

    on_path: dict[str, Value]
    off_path: dict[str, Value]


@dataclass(frozen=True)
class Completeness:
    """How much of the path is answered; the status follows the instrument's two thresholds."""

    answered: int
    asked: int
    share: float
    status: Literal["complete", "partial", "break_off"]


def holds(rule: Rule, answers: Answers) -> bool:
    """Whether a (checked) rule is true of the answers."""
    [(name, operands)] = rule.items()
    match name:
        case "and":
            return all(holds(part, answers) for part in operands)
        case "or":
            return any(holds(part, answers) for part in operands)
        case "not":
            return not holds(operands, answers)
        case "answered":
            return operands in answers
        case "in":
            return answers.get(operands[0]) in operands[1]
        case "includes":
            chosen = answers.get(operands[0])
            return isinstance(chosen, list) and operands[1] in chosen
        case _:
            return _compares(COMPARE[name], _left(operands[0], answers), operands[1])


def _left(operand: str | Mapping[str, str], answers: Answers) -> Value | None:
    if isinstance(operand, str):
        return answers.get(operand)
    chosen = answers.get(operand["count"])
    return len(chosen) if isinstance(chosen, list) else None


def _compares(compare: Callable[[Any, Any], bool], left: Value | None, right: int | float | str) -> bool:
    if left is None or isinstance(left, str) != isinstance(right, str) or isinstance(left, list):
        return False
    return compare(left, right)


def rule_problem(rule: object, known: Iterable[str], depth: int = 0) -> str | None:
    """What is wrong with a rule that may only name the items in `known`, or None."""
    if not isinstance(rule, Mapping) or len(rule) != 1:
        return "a rule is an object with one operator"
    if depth > MAX_DEPTH:
        return f"a rule is nested deeper than {MAX_DEPTH}"
    [(name, operands)] = rule.items()
    if name in ("and", "or"):
        return _parts_problem(name, operands, known, depth)
    if name == "not":
        return rule_problem(operands, known, depth + 1)
    if name == "answered":
        return _item_problem(operands, known)
    if name in COMPARE or name in ("in", "includes"):
        return _operands_problem(name, operands, known)
    return f"unknown operator `{name}`"


def _parts_problem(name: str, parts: object, known: Iterable[str], depth: int) -> str | None:
    if not isinstance(parts, list) or not parts:
        return f"`{name}` takes a list of rules"
    return next(filter(None, (rule_problem(part, known, depth + 1) for part in parts)), None)


def _operands_problem(name: str, operands: object, known: Iterable[str]) -> str | None:
    if not isinstance(operands, list) or len(operands) != 2:
        return f"`{name}` takes [item, value]"
    left, right = operands
    if name in COMPARE and isinstance(left, Mapping) and list(left) == ["count"]:
        left = left["count"]
    values = right if name == "in" else [right]
    if not isinstance(values, list) or not all(isinstance(v, int | float | str) for v in values):
        return f"`{name}` compares with {'a list of values' if name == 'in' else 'one number or text'}"
    return _item_problem(left, known)


def _item_problem(item_id: object, known: Iterable[str]) -> str | None:
    if isinstance(item_id, str) and item_id in known:
        return None
    return f"names `{item_id}`, which is not an earlier item"


def path(instrument: Instrument, answers: Answers) -> list[str]:
    """The ids of the items to show, notes included.

    One pass is enough because a rule names earlier items only; an answer off the path opens nothing.
    """
    return list(_walk(instrument, answers)[0])


def _walk(instrument: Instrument, answers: Answers) -> tuple[list[str], dict[str, Value]]:
    shown: list[str] = []
    live: dict[str, Value] = {}
    for item in instrument.items:
        if item.show_if is not None and not holds(item.show_if, live):
            continue
        shown.append(item.id)
        for key in (item.id, item.other_id):
            if key in answers:
                live[key] = answers[key]
    return shown, live


def split(instrument: Instrument, answers: Answers) -> Split:
    """Separate what counts from what was answered before a change of mind took it off the path."""
    on_path = _walk(instrument, answers)[1]
    return Split(on_path, {key: value for key, value in answers.items() if key not in on_path})


def completeness(instrument: Instrument, answers: Answers) -> Completeness:
    """Share of the items on the path that are answered; "na" is an answer, a note is no question."""
    shown, live = _walk(instrument, answers)
    asked = [item_id for item_id in shown if instrument.item(item_id).counts]
    answered = sum(item_id in live for item_id in asked)
    share = answered / len(asked) if asked else 0.0
    if share >= instrument.complete_at:
        return Completeness(answered, len(asked), share, "complete")
    return Completeness(answered, len(asked), share, "partial" if share >= instrument.partial_at else "break_off")
