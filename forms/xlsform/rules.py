"""XLSForm expressions into the rule trees of forms.logic and back: read by a small parser, never evaluated.

Understood: `${item}`, `.`, text and numbers, `= != < <= > >=`, `and`, `or`, `not()`, `selected()`,
`count-selected()`, `string-length()`, `regex()`, `date()`. Anything else is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from forms.model import Item, Rule

_TOKEN = re.compile(
    r"\s*(?:(?P<ref>\$\{\s*[^{}\s]+\s*\})|(?P<text>'[^']*'|\"[^\"]*\")|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<op><=|>=|!=|=|<|>)|(?P<name>[A-Za-z][\w-]*)|(?P<mark>[().,])|(?P<other>\S))"
)
_COMPARE = {"=": "eq", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_SIGNS = {name: sign for sign, name in _COMPARE.items()} | {"ne": "!="}
_MIRROR = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
SUBJECT = "."
MAX_BRACKETS = 50


class ExpressionError(ValueError):
    """What in an expression is not understood."""


class Operand(NamedTuple):
    """One side of a comparison: an item (or `.`), a function of one, or a literal."""

    item: str | None = None
    function: str = ""
    literal: int | float | str = ""


def parse(expression: str) -> Rule:
    """The rule tree of an expression; item ids as written, `.` for the item itself."""
    if expression.count("(") > MAX_BRACKETS:
        raise ExpressionError(f"more than {MAX_BRACKETS} brackets are not supported")
    parser = _Parser(expression)
    rule = parser.either()
    if parser.peek():
        raise ExpressionError(f"`{parser.peek()}` is not expected here")
    return rule


class _Parser:
    """Recursive descent over the tokens: or, and, one condition."""

    def __init__(self, expression: str) -> None:
        self.tokens = [(m.lastgroup or "", m[m.lastgroup or 0]) for m in _TOKEN.finditer(expression)]
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise ExpressionError(f"`{expected or 'a value'}` is expected, not `{token or 'the end'}`")
        self.at += 1
        return token

    def either(self) -> Rule:
        return self._joined("or", self.both)

    def both(self) -> Rule:
        return self._joined("and", self.condition)

    def _joined(self, word: str, part: Any) -> Rule:
        parts = [part()]
        while self.peek() == word:
            self.take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else {word: parts}

    def condition(self) -> Rule:
        if self.peek() == "(":
            return self._enclosed()
        if self.peek() == "not":
            self.take()
            return {"not": self._enclosed()}
        if self.peek() in ("selected", "regex"):
            return self._test(self.take())
        return self._comparison()

    def _enclosed(self) -> Rule:
        self.take("(")
        rule = self.either()
        self.take(")")
        return rule

    def _test(self, function: str) -> Rule:
        self.take("(")
        subject = self.operand()
        self.take(",")
        wanted = self.operand()
        self.take(")")
        if subject.item is None or wanted.item is not None:
            raise ExpressionError(f"`{function}` takes an item and a text")
        return {"includes" if function == "selected" else "regex": [subject.item, wanted.literal]}

    def _comparison(self) -> Rule:
        left = self.operand()
        if self.kind() != "op":
            raise ExpressionError(f"a comparison is expected, not `{self.peek() or 'the end'}`")
        sign = self.take()
        right = self.operand()
        if left.item is None:
            left, right, sign = right, left, _MIRROR[sign]
        if left.item is None or right.item is not None:
            raise ExpressionError("a comparison is between an item and a value")
        return _compared(left, sign, right.literal)

    def operand(self) -> Operand:
        kind, token = self.kind(), self.take()
        match kind:
            case "ref":
                return Operand(token[2:-1].strip())
            case "text":
                return Operand(literal=token[1:-1])
            case "number":
                return Operand(literal=_number(token))
            case "mark" if token == SUBJECT:
                return Operand(SUBJECT)
            case "name" if token in ("count-selected", "string-length", "date"):
                return self._called(token)
            case "name":
                raise ExpressionError(f"`{token}` is not supported")
        raise ExpressionError(f"`{token}` is not supported")

    def _called(self, function: str) -> Operand:
        self.take("(")
        inner = self.operand()
        self.take(")")
        return inner._replace(function=function if inner.item else "")


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _compared(left: Operand, sign: str, value: int | float | str) -> Rule:
    """A comparison with the empty text asks whether there is an answer; `!=` is true of no answer."""
    if left.function == "string-length":
        return {"length": [left.item, sign, value]}
    subject: Any = {"count": left.item} if left.function == "count-selected" else left.item
    if value == "" and sign in ("=", "!="):
        rule: Rule = {"answered": left.item}
        return rule if sign == "!=" else {"not": rule}
    if sign == "!=":
        return {"not": {"eq": [subject, value]}}
    return {_COMPARE[sign]: [subject, value]}


def typed(rule: Rule, items: Mapping[str, Item]) -> Rule:
    """The same rule with values of the type its items store: an int for a rating, a code for a choice."""
    [(name, operands)] = rule.items()
    match name:
        case "and" | "or":
            return {name: [typed(part, items) for part in operands]}
        case "not":
            return {"not": typed(operands, items)}
        case "answered":
            return {"answered": _known(operands, items).id}
        case "regex" | "length":
            raise ExpressionError(f"`{name}` is supported in a constraint only")
    left, value = operands
    if isinstance(left, Mapping):
        _known(left["count"], items)
        return rule
    item = _known(left, items)
    if name == "includes" and item.type != "multiple":
        name = "eq"
    return {name: [left, _stored(item, value)]}


def _known(item_id: str, items: Mapping[str, Item]) -> Item:
    if item_id not in items:
        raise ExpressionError(f"`${{{item_id}}}` is not an earlier question")
    return items[item_id]


def _stored(item: Item, value: int | float | str) -> Any:
    if item.codes:
        return item.codes.get(str(value), value)
    if item.type == "number" and isinstance(value, str):
        return _number(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else value
    return value


def written(rule: Rule) -> str:
    """The expression of a rule; parse and typed make an equivalent rule of it."""
    [(name, operands)] = rule.items()
    match name:
        case "and" | "or":
            return "(" + f" {name} ".join(map(written, operands)) + ")"
        case "not":
            return f"not({written(operands)})"
        case "answered":
            return f"${{{operands}}} != ''"
        case "in":
            return written({"or": [{"eq": [operands[0], value]} for value in operands[1]]})
        case "includes":
            return f"selected(${{{operands[0]}}}, {literal(operands[1])})"
        case "ne":
            return f"({written({'answered': operands[0]})} and ${{{operands[0]}}} != {literal(operands[1])})"
    left, value = operands
    subject = f"count-selected(${{{left['count']}}})" if isinstance(left, Mapping) else f"${{{left}}}"
    return f"{subject} {_SIGNS[name]} {literal(value)}"


def literal(value: int | float | str) -> str:
    """A value as an expression writes it; a text may hold one kind of quote."""
    if not isinstance(value, str):
        return str(value)
    quote = '"' if "'" in value else "'"
    if quote in value:
        raise ExpressionError(f"a text with both kinds of quotes cannot be written: {value}")
    return quote + value + quote
