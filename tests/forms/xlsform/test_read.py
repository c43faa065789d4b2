"""Authority: the XLSForm specification (xlsform.org) and the aliases that pyxform accepts."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import xlsxwriter

from forms.instrument import Instrument
from forms.xlsform import Imported, XlsformError, read_xlsform

Grid = Sequence[Sequence[Any]]

CHOICES: list[list[Any]] = [
    ["list_name", "name", "label", "satisfied"],
    ["hl", 1, "Không hài lòng", ""],
    ["hl", 2.0, "Hài lòng", "yes"],
    ["hl", 99, "Không biết", ""],
    ["ly_do", "cham", "Chậm", ""],
    ["ly_do", "khac", "Khác", ""],
    ["yn", "yes", "Có", ""],
    ["yn", "no", "Không", ""],
]


def workbook(**sheets: Grid) -> io.BytesIO:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    file.seek(0)
    return file


def imported(rows: Grid, header: Sequence[str] = ("type", "name", "label"), **sheets: Grid) -> Imported:
    every: dict[str, Grid] = {"survey": [header, *rows], "choices": CHOICES, **sheets}
    return read_xlsform(workbook(**every))


def read(rows: Grid, header: Sequence[str] = ("type", "name", "label"), **sheets: Grid) -> Instrument:
    return imported(rows, header, **sheets).instrument


TYPES: dict[str, tuple[list[Any], Mapping[str, Any]]] = {
    "select_one": (["select_one ly_do", "q", "?"], {"type": "single"}),
    "select1": (["select1 ly_do", "q", "?"], {"type": "single"}),
    "select one from": (["select one from ly_do", "q", "?"], {"type": "single"}),
    "marked scale": (["select_one hl", "q", "?"], {"type": "likert"}),
    "yes and no": (["select_one yn", "q", "?"], {"type": "yesno"}),
    "select_multiple": (["select_multiple ly_do", "q", "?"], {"type": "multiple"}),
    "or_other": (["select_one ly_do or_other", "q", "?"], {"type": "single", "other_code": "other"}),
    "rank": (["rank ly_do", "q", "?"], {"type": "ranking"}),
    "integer": (["integer", "q", "?"], {"type": "number", "integer": True}),
    "decimal": (["decimal", "q", "?"], {"type": "number", "integer": False}),
    "text": (["text", "q", "?"], {"type": "text"}),
    "note": (["note", "q", "?"], {"type": "note"}),
    "date": (["date", "q", "?"], {"type": "date"}),
    "time": (["time", "q", "?"], {"type": "text", "pattern": r"([01]?\d|2[0-3]):[0-5]\d"}),
    "acknowledge": (["acknowledge", "q", "?"], {"type": "single"}),
    "range is nps": (["range", "q", "?"], {"type": "nps"}),
}


@pytest.mark.parametrize(("row", "expected"), TYPES.values(), ids=TYPES)
def test_a_type_becomes_an_item(row: list[Any], expected: Mapping[str, Any]) -> None:
    item = read([row]).items[0]
    assert {key: getattr(item, key) for key in expected} == expected


def test_a_scale_keeps_order_codes_and_the_answer_outside() -> None:
    item = read([["select_one hl", "q", "?"]]).items[0]
    assert item.codes == {"1": 1, "2": 2, "99": "99"}
    assert item.scale is not None
    assert [point.satisfied for point in item.scale.points] == [False, True]


GRIDS: dict[str, Grid] = {
    "table-list": [
        ["begin group", "F1", "Nhóm", "table-list"],
        ["select_one hl", "a", "?", ""],
        ["end group", "", "", ""],
    ],
    "list-nolabel": [
        ["begin_group", "F1", "Nhóm", "field-list"],
        ["select_one hl", "h", "?", "label"],
        ["select_one hl", "a", "?", "list-nolabel"],
        ["end_group", "", "", ""],
    ],
    "likert": [
        ["begin group", "F1", "Nhóm", ""],
        ["select_one hl", "a", "?", "likert"],
        ["end group", "", "", ""],
    ],
}


@pytest.mark.parametrize("rows", GRIDS.values(), ids=GRIDS)
def test_the_three_ways_to_write_a_grid_give_a_factor(rows: Grid) -> None:
    unmarked = [row[:3] for row in CHOICES]
    result = imported(rows, ("type", "name", "label", "appearance"), choices=unmarked)
    assert result.instrument.factor_items == {"F1": ["a"]}
    assert [item.type for item in result.instrument.items] == ["likert"]
    assert "no scale point is marked" in result.warnings[-1]


def test_other_with_its_text_is_one_item() -> None:
    rows = [
        ["select_one ly_do", "q", "?", ""],
        ["text", "q_other", "Ghi rõ", "${q} = 'khac'"],
        ["text", "z", "?", "selected(${q}, 'cham')"],
    ]
    instrument = read(rows, ("type", "name", "label", "relevant"))
    assert [item.id for item in instrument.items] == ["q", "z"]
    assert instrument.item("q").other_code == "khac"
    assert instrument.item("z").show_if == {"eq": ["q", "cham"]}


def test_languages_and_aliases_of_columns() -> None:
    header = ("command", "tag", "caption::Tiếng Việt (vi)", "label:English", "relevance", "bind:required")
    rows = [["integer", "a", "Mấy?", "How many?", "", "TRUE"], ["note", "b", "Cảm ơn", "Thanks", "${a} > 2", ""]]
    instrument = read(rows, header, choices=[["list_name", "name", "label"]])
    assert instrument.languages == ("vi", "en")
    assert instrument.item("a").label == {"vi": "Mấy?", "en": "How many?"}
    assert instrument.item("a").requirement == "required"
    assert instrument.item("b").show_if == {"gt": ["a", 2]}


def test_a_groups_condition_holds_for_each_of_its_questions() -> None:
    header = ("type", "name", "label", "relevant")
    rows = [
        ["integer", "a", "?", ""],
        ["begin group", "g", "G", "${a} > 2"],
        ["text", "b", "?", "${a} < 9"],
        ["text", "c", "?", ""],
        ["end group", "", "", ""],
    ]
    instrument = read(rows, header)
    assert instrument.item("b").show_if == {"and": [{"gt": ["a", 2]}, {"lt": ["a", 9]}]}
    assert instrument.item("c").show_if == {"gt": ["a", 2]}


CONSTRAINTS = {
    "range": ("integer", ". >= 1 and . <= 5", {"minimum": 1, "maximum": 5}),
    "strict range": ("integer", ". > 0 and . < 10", {"minimum": 1, "maximum": 9}),
    "dates": ("date", ". >= date('2026-01-01')", {"minimum": "2026-01-01"}),
    "pattern": ("text", "regex(., '^[0-9]{6}$')", {"pattern": "^[0-9]{6}$"}),
    "length": ("text", "string-length(.) <= 40", {"max_length": 40}),
}


@pytest.mark.parametrize(("kind", "constraint", "expected"), CONSTRAINTS.values(), ids=CONSTRAINTS)
def test_a_constraint_becomes_bounds(kind: str, constraint: str, expected: Mapping[str, Any]) -> None:
    item = read([[kind, "q", "?", constraint]], ("type", "name", "label", "constraint")).items[0]
    assert {key: getattr(item, key) for key in expected} == expected


def test_what_is_not_used_is_said() -> None:
    rows = [["start", "s", "", ""], ["calculate", "c", "", ""], ["text", "q", "?", "abc"]]
    result = imported(rows, ("type", "name", "label", "default"), entities=[["x"]])
    assert result.warnings == [
        "sheet entities is not used",
        "survey row 2, column type: `start` is not asked and is left out",
        "survey row 3, column type: `calculate` is not asked and is left out",
        "survey row 4, column default: is not used",
        "settings row 2, column form_id: the questionnaire's code is khao_sat",
    ]


def test_settings_name_the_questionnaire() -> None:
    settings: Grid = [["form_title", "form_id", "version"], ["Khảo sát", "ks-2026", 2026112401]]
    instrument = read([["text", "q", "?"]], settings=settings)
    assert (instrument.code, instrument.version, instrument.title) == ("ks_2026", 2026112401, {"vi": "Khảo sát"})


def test_a_file_that_is_no_workbook_is_refused() -> None:
    with pytest.raises(XlsformError, match="not a workbook"):
        read_xlsform(io.BytesIO(b"type,name,label"))
