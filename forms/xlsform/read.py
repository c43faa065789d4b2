"""An XLSForm read into a questionnaire, all or nothing; what it asks that we cannot ask is refused by cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from forms.instrument import to_json
from forms.model import Instrument
from forms.reader import InstrumentError, from_json
from forms.xlsform.items import ItemBuilder
from forms.xlsform.rules import ExpressionError, parse, typed
from forms.xlsform.sheet import Book, Column, Findings, Row, XlsformError, open_book

_GROUP = re.compile(r"(begin|end)[ _](group|repeat)")
_IGNORED = frozenset(
    {"start", "end", "today", "deviceid", "username", "phonenumber", "email", "simserial", "subscriberid"}
    | {"calculate", "hidden", "start-geopoint"}
)
_UNUSED_COLUMNS = ("default", "calculation", "trigger", "read_only", "repeat_count")


class Imported(NamedTuple):
    """A questionnaire, and what of the file is not used."""

    instrument: Instrument
    warnings: list[str]


@dataclass
class _Group:
    """An open group and the items read in it so far."""

    row: Row
    members: list[str] = field(default_factory=list)
    only_scales: bool = True

    @property
    def is_table(self) -> bool:
        return "table-list" in self.row.get("appearance")


class _Question(NamedTuple):
    """An item as JSON, its row, and the conditions of its own and of the groups around it."""

    row: Row
    body: dict[str, Any]
    conditions: list[tuple[Row, str]]


def read_xlsform(file: Path | str | IO[bytes]) -> Imported:
    """Read a workbook (.xlsx, .xls, .ods). Raises XlsformError with every fault, by sheet, row and column."""
    findings = Findings()
    book = open_book(file, findings)
    languages = book.languages or ("vi",)
    survey = _Survey(book, languages, findings)
    survey.read()
    findings.stop()
    raw = {**_settings(book.settings, languages), "factors": survey.factors}
    raw |= {"scales": survey.builder.scales, "items": [question.body for question in survey.questions]}
    try:
        instrument = from_json(raw)
        instrument = from_json(_with_rules(to_json(instrument), instrument, survey.questions))
    except InstrumentError as exc:
        raise XlsformError([_located(str(exc), survey.questions)]) from exc
    if instrument.rating_items and not instrument.satisfied:
        findings.warnings.append("choices: no scale point is marked in a column `satisfied`; no index is possible")
    return Imported(instrument, findings.warnings)


def _located(fault: str, questions: list[_Question]) -> str:
    """A fault of the questionnaire as one of the row that it came from."""
    item = re.match(r"instrument\.items\[(\d+)\](?:\.[^:]*)?(?: \([^)]*\))?: ", fault)
    return f"survey row {questions[int(item[1])].row.number}: {fault[item.end() :]}" if item else fault


def _settings(row: Row, languages: tuple[str, ...]) -> dict[str, Any]:
    form_id = row.get("form_id")
    code = re.sub(r"\W+", "_", form_id, flags=re.ASCII).strip("_") or "khao_sat"
    if code != form_id:
        row.warn("form_id", f"the questionnaire's code is {code}")
    version = row.get("version") or "1"
    if not version.isdecimal():
        row.fault("version", f"a whole number is expected, not {version!r}")
    texts = {key: row.text(key, languages) for key in ("note", "lead")}
    plain = row.get("form_title") or code
    title = {lang: row.cells.get(Column("questionnaire_title", lang), plain) for lang in languages}
    numbers = {key: row.number_of(key) for key in ("complete_at", "partial_at")}
    row.findings.stop()
    optional = {**texts, **numbers, "general_item": row.get("general_item") or None}
    return {
        "code": code,
        "version": int(version),
        "title": title,
        "languages": list(languages),
        **{key: value for key, value in optional.items() if value is not None},
    }


class _Survey:
    """The survey sheet, walked once with the groups that are open."""

    def __init__(self, book: Book, languages: tuple[str, ...], findings: Findings) -> None:
        self.rows = book.survey
        self.findings = findings
        self.languages = languages
        self.builder = ItemBuilder(book.choices, languages)
        self.groups: list[_Group] = []
        self.questions: list[_Question] = []
        self.factors: list[dict[str, Any]] = []

    def read(self) -> None:
        for row in self.rows:
            kind = row.get("type").lower()
            if group := _GROUP.fullmatch(kind):
                self._group(row, group[1], group[2])
            elif kind in _IGNORED:
                row.warn("type", f"`{kind}` is not asked and is left out")
            else:
                self._question(row)
        if self.groups:
            self.groups[-1].row.fault("type", "the group is not closed")

    def _group(self, row: Row, edge: str, what: str) -> None:
        if what == "repeat":
            row.fault("type", "repeats are not supported")
        elif edge == "begin":
            self.groups.append(_Group(row))
        elif not self.groups:
            row.fault("type", "no group is open")
        else:
            self._close(self.groups.pop())

    def _close(self, group: _Group) -> None:
        """A labelled group of nothing but scale questions is a factor."""
        label = group.row.text("label", self.languages)
        if group.members and group.only_scales and label:
            self.factors.append({"code": group.row.get("name"), "label": label, "items": group.members})

    def _question(self, row: Row) -> None:
        if self.builder.absorbs(row):
            return
        for column in _UNUSED_COLUMNS:
            if row.get(column):
                row.warn(column, "is not used")
        if row.get("choice_filter"):
            row.fault("choice_filter", "filters of choices are not supported")
        body = self.builder.build(row, in_table=any(group.is_table for group in self.groups))
        if body is None:
            return
        if self.groups:
            self.groups[-1].members.append(body["id"])
        for group in self.groups[:-1] if body["type"] == "likert" else self.groups:
            group.only_scales = False
        rows = [*(group.row for group in self.groups), row]
        self.questions.append(_Question(row, body, [(r, r.get("relevant")) for r in rows if r.get("relevant")]))


def _with_rules(raw: dict[str, Any], instrument: Instrument, questions: list[_Question]) -> dict[str, Any]:
    """The same JSON with each item's conditions as a rule about the items before it."""
    earlier: dict[str, Any] = {}
    findings = questions[0].row.findings
    for body, question in zip(raw["items"], questions, strict=True):
        rules = [rule for rule in (_rule(row, text, earlier) for row, text in question.conditions) if rule]
        if rules:
            body["show_if"] = rules[0] if len(rules) == 1 else {"and": rules}
        earlier[body["id"]] = instrument.item(body["id"])
    findings.stop()
    return raw


def _rule(row: Row, expression: str, earlier: Mapping[str, Any]) -> Any:
    try:
        return typed(parse(expression), earlier)
    except ExpressionError as exc:
        row.fault("relevant", str(exc))
        return None


__all__ = ["Imported", "XlsformError", "read_xlsform"]
