"""Sheets as rows of clean cells under canonical column names, and the list of faults found in them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

MAX_ROWS = 5000
TRANSLATED = frozenset({"label", "hint", "constraint_message", "low", "high", "note", "lead"})
# What other tools show and we do not; harmless to leave out.
UNSHOWN = frozenset({"guidance_hint", "required_message", "image", "audio", "video", "media", "big-image"})

_SYNONYMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "survey": {
        "type": ("command",),
        "name": ("tag", "value"),
        "label": ("caption",),
        "relevant": ("relevance", "bind:relevant", "bind::relevant"),
        "required": ("bind:required", "bind::required"),
        "required_message": ("requiredmsg", "bind:jr:requiredmsg", "bind::jr:requiredmsg"),
        "constraint": ("bind:constraint", "bind::constraint"),
        "constraint_message": ("constraint message", "bind:jr:constraintmsg", "bind::jr:constraintmsg"),
        "calculation": ("calculate", "bind:calculate", "bind::calculate"),
        "read_only": ("read only", "readonly", "bind:readonly", "bind::readonly"),
    },
    "choices": {"list_name": ("list name",), "name": ("value",), "label": ("caption",)},
    "settings": {"form_id": ("id_string",), "form_title": ("title", "set form title")},
}
_ALIASES = {
    sheet: {other: name for name, others in names.items() for other in others}
    for sheet, names in _SYNONYMS.items()
}
_LANGUAGE_NAMES = {"vietnamese": "vi", "tiếng việt": "vi", "english": "en", "vi": "vi", "en": "en"}
_CODE = re.compile(r"\(([a-z]{2,3}(?:-[A-Za-z0-9]+)?)\)\s*$")


class XlsformError(ValueError):
    """Every fault of a file as `SHEET row N, column C: what is wrong`; nothing was imported."""

    def __init__(self, faults: list[str]) -> None:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(faults[0] + more)
        self.faults = faults


@dataclass
class Findings:
    """Faults, which stop the import at its end, and warnings, which only say what is not used."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def stop(self) -> None:
        if self.faults:
            raise XlsformError(self.faults)


class Column(NamedTuple):
    """A canonical column name, with the language code where the column is one language's."""

    name: str
    lang: str = ""


@dataclass(frozen=True)
class Row:
    """One row: its sheet and number as a spreadsheet counts, and the cells that are not empty."""

    sheet: str
    number: int
    cells: Mapping[Column, str]
    findings: Findings

    def get(self, name: str) -> str:
        return self.cells.get(Column(name), "")

    def flag(self, name: str) -> bool:
        """A yes/no cell as the tools of the family understand it."""
        value = self.get(name).lower()
        if value not in ("", "yes", "true", "true()", "1", "no", "false", "false()", "0"):
            self.fault(name, f"yes or no is expected, not {value!r}")
        return value in ("yes", "true", "true()", "1")

    def number_of(self, name: str) -> float | None:
        value = self.get(name)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            self.fault(name, f"a number is expected, not {value!r}")
            return None
        return int(number) if number.is_integer() else number

    def text(self, name: str, languages: tuple[str, ...], *, required: bool = False) -> dict[str, str] | None:
        """The translations of a cell: all of them, or none where none is required."""
        found = {lang: self.cells.get(Column(name, lang), "") for lang in languages}
        if not any(found.values()) and not required:
            return None
        for lang, words in found.items():
            if not words:
                self.fault(f"{name}::{lang}", "the translation is missing")
        return found

    def fault(self, column: str, what: str) -> None:
        self.findings.faults.append(f"{self.sheet} row {self.number}, column {column}: {what}")

    def warn(self, column: str, what: str) -> None:
        self.findings.warnings.append(f"{self.sheet} row {self.number}, column {column}: {what}")


@dataclass(frozen=True)
class Book:
    """The three sheets and the languages that their columns are in."""

    survey: list[Row]
    choices: list[Row]
    settings: Row
    languages: tuple[str, ...]


def open_book(file: Path | str | IO[bytes], findings: Findings) -> Book:
    """Read a workbook; faults of the sheets themselves stop here, for nothing else could be read."""
    grids = _grids(file, findings)
    default = _default_language(grids["settings"])
    rows = {name: list(_rows(name, grid, default, findings)) for name, grid in grids.items()}
    findings.stop()
    blank = Row("settings", 2, {}, findings)
    languages = dict.fromkeys(
        column.lang for name in ("survey", "choices") for row in rows[name] for column in row.cells if column.lang
    )
    return Book(rows["survey"], rows["choices"], next(iter(rows["settings"]), blank), tuple(languages))


def _grids(file: Path | str | IO[bytes], findings: Findings) -> dict[str, list[list[object]]]:
    try:
        workbook = CalamineWorkbook.from_object(file)
    except CalamineError as exc:
        raise XlsformError([f"the file is not a workbook that can be read: {exc}"]) from exc
    grids: dict[str, list[list[object]]] = {"survey": [], "choices": [], "settings": []}
    for name in workbook.sheet_names:
        known = name.strip().lower()
        if known in grids:
            grids[known] = [list(row) for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)]
        else:
            findings.warnings.append(f"sheet {name} is not used")
    if not grids["survey"]:
        raise XlsformError(["the workbook has no sheet survey, or it is empty"])
    return grids


def _default_language(settings: list[list[object]]) -> str:
    header = [_text(cell).lower() for cell in settings[0]] if settings else []
    if "default_language" not in header or len(settings) < 2:
        return "vi"
    return _language_code(_text(settings[1][header.index("default_language")])) or "vi"


def _language_code(name: str) -> str | None:
    code = _CODE.search(name)
    return code[1] if code else _LANGUAGE_NAMES.get(name.strip().lower())


def _rows(sheet: str, grid: list[list[object]], default: str, findings: Findings) -> Iterator[Row]:
    if len(grid) > MAX_ROWS:
        findings.faults.append(f"{sheet} has {len(grid)} rows, more than {MAX_ROWS}")
        return
    header = grid[0] if grid else []
    columns = [_column(sheet, _text(cell), findings) for cell in header]
    translated = {column.name for column in columns if column and column.lang}
    for i, column in enumerate(columns):
        if column and not column.lang and column.name in TRANSLATED:
            if column.name in translated:
                findings.faults.append(
                    f"{sheet} row 1, column {column.name}: stands beside translated columns; name its language too"
                )
            columns[i] = Column(column.name, default)
    for number, cells in enumerate(grid[1:], 2):
        row = {c: _text(cell) for c, cell in zip(columns, cells, strict=False) if c and _text(cell)}
        if row:
            yield Row(sheet, number, row, findings)


def _column(sheet: str, title: str, findings: Findings) -> Column | None:
    """The canonical name of a column: aliases resolved, `label::Tiếng Việt (vi)` taken apart."""
    aliases = _ALIASES[sheet]
    lowered = title.lower()
    if not title or lowered in aliases:
        return Column(aliases[lowered]) if title else None
    base, colon, language = (part.strip() for part in title.partition("::" if "::" in title else ":"))
    name = aliases.get(base.lower(), base.lower().replace(" ", "_"))
    if not colon or name not in TRANSLATED | UNSHOWN | {"questionnaire_title"}:
        return Column(lowered.replace(" ", "_"))
    code = _language_code(language)
    if code is None:
        findings.faults.append(
            f"{sheet} row 1, column {title}: give the language's code, as in {base}::English (en)"
        )
    return Column(name, code or "")


def _text(cell: object) -> str:
    """A cell as text: NFC, 1.0 as 1, TRUE as yes."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return unicodedata.normalize("NFC", str(cell)).strip()
