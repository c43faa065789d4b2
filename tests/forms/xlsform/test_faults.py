"""Authority: an import is all or nothing and names each fault by sheet, row and column."""

import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.xlsform import XlsformError, read_xlsform
from tests.forms.xlsform.test_read import CHOICES, workbook

HEADER = ("type", "name", "label", "relevant", "constraint", "choice_filter")
Q = ["integer", "a", "?"]

FAULTS: dict[str, tuple[list[list[Any]], str]] = {
    "repeat": ([Q, ["begin repeat", "r", "R"]], "survey row 3, column type: repeats are not supported"),
    "geopoint": ([["geopoint", "g", "?"]], "survey row 2, column type: `geopoint` is not supported"),
    "image": ([["image", "g", "?"]], "survey row 2, column type: `image` is not supported"),
    "file choices": ([["select_one_from_file x.csv", "g", "?"]], "`select_one_from_file x.csv` is not supported"),
    "unknown type": ([["slider", "g", "?"]], "survey row 2, column type: `slider` is not a known type"),
    "unknown list": ([["select_one gi", "g", "?"]], "the list gi is not in the sheet choices"),
    "no label": ([["integer", "a", ""]], "survey row 2, column label::vi: the translation is missing"),
    "no name": ([["integer", "", "?"]], "survey row 2, column name: is empty"),
    "name with a space": ([["integer", "a b", "?"]], "survey row 2: `id` must be letters a-z"),
    "same name in another case": ([Q, ["integer", "A", "?"]], "survey row 3: `id` is used twice"),
    "open group": ([["begin group", "g", "G"], Q], "survey row 2, column type: the group is not closed"),
    "no group": ([Q, ["end group", "", ""]], "survey row 3, column type: no group is open"),
    "later item": ([["note", "n", "?", "${a} > 1"], Q], "survey row 2, column relevant: `${a}` is not an earlier"),
    "function": (
        [Q, ["note", "n", "?", "today() > ${a}"]],
        "survey row 3, column relevant: `today` is not supported",
    ),
    "arithmetic": ([Q, ["note", "n", "?", "${a} + 1 > 2"]], "a comparison is expected, not `+`"),
    "half a condition": ([Q, ["note", "n", "?", "${a} >"]], "`a value` is expected, not `the end`"),
    "brackets": ([Q, ["note", "n", "?", "(" * 900 + "${a} > 1"]], "more than 50 brackets are not supported"),
    "code": ([Q, ["note", "n", "?", "__import__('os')"]], "survey row 3, column relevant: `_` is not supported"),
    "constraint on another": (
        [Q, ["integer", "b", "?", "", "${a} > 1"]],
        "a constraint is supported on `.` alone",
    ),
    "constraint or": ([["integer", "b", "?", "", ". = 1 or . = 3"]], "survey row 2, column constraint: "),
    "choice filter": ([["select_one yn", "b", "?", "", "", "x=1"]], "filters of choices are not supported"),
}


def faults(*rows: Sequence[Any], header: Sequence[str] = HEADER, choices: Any = CHOICES) -> list[str]:
    with pytest.raises(XlsformError) as caught:
        read_xlsform(workbook(survey=[header, *rows], choices=choices))
    return caught.value.faults


@pytest.mark.parametrize(("rows", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_by_its_cell(rows: list[list[Any]], message: str) -> None:
    assert any(message in fault for fault in faults(*rows))


def test_all_faults_are_told_at_once() -> None:
    found = faults(["geopoint", "g", "?"], ["slider", "h", "?"], ["integer", "", "?"])
    assert [fault.split(",")[0] for fault in found] == ["survey row 2", "survey row 3", "survey row 4"]


def test_a_column_without_language_beside_translated_ones_is_refused() -> None:
    found = faults(["integer", "a", "?", "?"], header=("type", "name", "label", "label::English (en)"))
    assert found == ["survey row 1, column label: stands beside translated columns; name its language too"]


def test_a_language_needs_its_code() -> None:
    found = faults(["integer", "a", "?"], header=("type", "name", "label::Cơ Tu"))
    assert found == ["survey row 1, column label::Cơ Tu: give the language's code, as in label::English (en)"]


def test_half_a_translation_is_refused() -> None:
    header = ("type", "name", "label::Tiếng Việt (vi)", "label::English (en)")
    choices: list[list[Any]] = [["list_name", "name", "label::Tiếng Việt (vi)", "label::English (en)"]]
    found = faults(
        ["integer", "a", "Mấy?", "How many?"], ["integer", "b", "Mấy?", ""], header=header, choices=choices
    )
    assert found == ["survey row 3, column label::en: the translation is missing"]


def test_a_scale_of_words_is_refused_by_the_choice() -> None:
    rows = [["select_one ly_do", "a", "?", "likert"]]
    found = faults(*rows, header=("type", "name", "label", "appearance"))
    assert found[0] == "choices row 5, column name: 'cham' is no number and not marked in a column `outside`"


def test_a_workbook_without_survey_is_refused() -> None:
    with pytest.raises(XlsformError, match="no sheet survey"):
        read_xlsform(workbook(choices=CHOICES))


CELLS = (
    "select_one hl|select_multiple ly_do or_other|rank yn|integer|text|range|begin group|end group|note"
    "|a|b|a_other|likert|label|table-list|${a} > 1|not(${a} = 'x')|regex(., '[')|. >= 1|selected(${a}, 'cham')"
    "|yes|(|${|'|-1|1.5|"
)


@given(
    st.lists(
        st.lists(st.one_of(st.sampled_from(CELLS.split("|")), st.text(max_size=5)), min_size=7, max_size=7),
        max_size=6,
    )
)
def test_any_sheet_is_read_or_refused(rows: list[list[str]]) -> None:
    header = ("type", "name", "label", "relevant", "constraint", "appearance", "required")
    clean = [[cell.encode("ascii", "ignore").decode().replace("\x00", "") for cell in row] for row in rows]
    with contextlib.suppress(XlsformError):
        assert read_xlsform(workbook(survey=[header, *clean], choices=CHOICES)).instrument.items
