"""A questionnaire as an XLSForm that ODK and KoboToolbox can use and read_xlsform reads back unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from forms.model import Choice, Instrument, Item, Text
from forms.xlsform.rules import literal, written

_LANGUAGE = {"vi": "Tiếng Việt (vi)", "en": "English (en)"}
_TYPES = {"text": "text", "longtext": "text", "note": "note", "date": "date", "nps": "range"}
_YES = "yes"

Cells = dict[str, Any]


def write_xlsform(instrument: Instrument, file: Path | str | IO[bytes]) -> None:
    """Write the workbook. Raises ValueError for what an XLSForm cannot say, before anything is written."""
    sheets = {
        "survey": list(_survey(instrument)),
        "choices": list(_choices(instrument)),
        "settings": [_settings(instrument)],
    }
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            columns = list(dict.fromkeys(column for row in rows for column in row))
            sheet.write_row(0, 0, columns)
            for number, row in enumerate(rows, 1):
                sheet.write_row(number, 0, [str(row.get(column, "")) for column in columns])


def language(code: str) -> str:
    """A language as the heading of a column names it."""
    return _LANGUAGE.get(code, f"{code} ({code})")


def _texts(**texts: Text | None) -> Cells:
    return {
        f"{key}::{language(code)}": words for key, text in texts.items() for code, words in (text or {}).items()
    }


def _settings(instrument: Instrument) -> Cells:
    return {
        "form_title": next(iter(instrument.title.values())),
        "form_id": instrument.code,
        "version": instrument.version,
        "default_language": language(instrument.languages[0]),
        "complete_at": instrument.complete_at,
        "partial_at": instrument.partial_at,
        "general_item": instrument.general_item or "",
        **_texts(questionnaire_title=instrument.title, note=instrument.note, lead=instrument.lead),
    }


def _survey(instrument: Instrument) -> Iterator[Cells]:
    """The rows; each factor is a group, shown as a table where its questions share a scale."""
    factors = {factor.items[0]: factor for factor in instrument.factors}
    ids = [item.id for item in instrument.items]
    at = 0
    while at < len(ids):
        factor = factors.get(ids[at])
        count = len(factor.items) if factor else 1
        members = instrument.items[at : at + count]
        at += count
        if factor is None:
            yield from _rows(members[0], in_table=False)
            continue
        if tuple(item.id for item in members) != factor.items:
            raise ValueError(f"factor {factor.code}: its items must stand together to be a group")
        in_table = len(members) > 1 and len(set(map(_list_name, members))) == 1
        look = {"appearance": "table-list"} if in_table else {}
        yield {"type": "begin group", "name": factor.code, **_texts(label=factor.label), **look}
        for item in members:
            yield from _rows(item, in_table=in_table)
        yield {"type": "end group"}


def _rows(item: Item, *, in_table: bool) -> Iterator[Cells]:
    yield {
        "type": _type(item),
        "name": item.id,
        **_texts(label=item.label, hint=item.hint),
        "required": _YES if item.requirement == "required" else "",
        "soft_required": _YES if item.requirement == "soft" else "",
        "relevant": "" if item.show_if is None else written(item.show_if),
        "constraint": " and ".join(_constraints(item)),
        **_texts(constraint_message=item.error, low=item.low, high=item.high),
        "appearance": _appearance(item, in_table=in_table),
        "parameters": "start=0 end=10 step=1" if item.type == "nps" else "",
        "sms": item.sms,
    }
    if item.other_code is not None:
        relevant = written({"includes": [item.id, item.other_code]})
        label = next(choice.label for choice in item.choices if choice.other)
        yield {"type": "text", "name": item.other_id, **_texts(label=label), "relevant": relevant}


def _type(item: Item) -> str:
    if item.type in ("number", "date", "nps") and item.outside:
        raise ValueError(f"{item.id}: answers outside the base cannot be written for {item.type}")
    match item.type:
        case "likert" | "single" | "yesno":
            return f"select_one {_list_name(item)}"
        case "multiple":
            return f"select_multiple {_list_name(item)}"
        case "ranking":
            return f"rank {_list_name(item)}"
        case "number":
            return "integer" if item.integer else "decimal"
        case _:
            return _TYPES[item.type]


def _list_name(item: Item) -> str:
    if item.scale is not None:
        own = item.outside != item.scale.outside
        return f"{item.scale.id}__{item.id}" if own else item.scale.id
    return f"{item.id}_list"


def _appearance(item: Item, *, in_table: bool) -> str:
    if item.type == "likert":
        return "" if in_table else "likert"
    return "multiline" if item.type == "longtext" else ""


def _constraints(item: Item) -> Iterator[str]:
    for sign, bound in ((">=", item.minimum), ("<=", item.maximum)):
        if bound is not None:
            yield f". {sign} date({literal(bound)})" if isinstance(bound, str) else f". {sign} {bound}"
    if item.pattern is not None:
        yield f"regex(., {literal(item.pattern)})"
    if item.max_length is not None:
        yield f"string-length(.) <= {item.max_length}"


def _choices(instrument: Instrument) -> Iterator[Cells]:
    done: set[str] = set()
    for item in instrument.items:
        if not item.options or item.type == "nps" or _list_name(item) in done:
            continue
        done.add(_list_name(item))
        for choice in item.options:
            extra = _point(item, choice.code) if item.scale else {"other": _YES if choice.other else ""}
            yield _choice(item, choice, extra)
        for choice in item.outside:
            yield _choice(item, choice, {"outside": _YES})


def _choice(item: Item, choice: Choice, extra: Mapping[str, Any]) -> Cells:
    label = {code: choice.label[code] for code in item.label if code in choice.label}
    return {"list_name": _list_name(item), "name": choice.code, **_texts(label=label), **extra}


def _point(item: Item, code: str) -> Cells:
    points = item.scale.points if item.scale is not None else ()
    point = next(point for point in points if str(point.code) == code)
    return {"satisfied": _YES if point.satisfied else "", "sms": point.sms}
