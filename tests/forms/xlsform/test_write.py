"""Authority: the XLSForm specification; what is written reads back as the same questionnaire."""

import copy
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from forms.instrument import Instrument, Value, from_json, load, shipped
from forms.logic import holds
from forms.xlsform import read_xlsform, write_xlsform
from forms.xlsform.rules import parse, typed, written


def both(vi: str, en: str = "") -> dict[str, str]:
    return {"vi": vi, "en": en or vi}


POINTS = [{"code": c, "label": both(str(c)), "sms": f"m{c}", "satisfied": c == 3} for c in (1, 2, 3)]
PLAIN: list[dict[str, Any]] = [{"code": "a", "label": both("Một")}, {"code": "b", "label": both("Khác", "Other")}]
CHOICES = [PLAIN[0], PLAIN[1] | {"other": True}]
NA = [{"code": "na", "label": both("Không biết", "Don't know")}]
EVERYTHING: dict[str, Any] = {
    "code": "du_loai",
    "version": 3,
    "title": both("Đủ loại", "All types"),
    "lead": both("Mời trả lời", "Please answer"),
    "note": both("Ghi chú"),
    "complete_at": 0.9,
    "partial_at": 0.4,
    "general_item": "tong",
    "scales": {"ba": {"points": POINTS, "outside": NA}},
    "factors": [{"code": "F1", "label": both("Nhóm", "Group"), "items": ["k1", "k2"]}],
    "items": [
        {"id": "chao", "type": "note", "label": both("Chào Ông/Bà")},
        {"id": "k1", "type": "likert", "label": both("Thấy sao?"), "scale": "ba", "sms": "Mot"},
        {"id": "k2", "type": "likert", "label": both("Còn đây?"), "scale": "ba", "requirement": "soft"},
        {"id": "tong", "type": "likert", "label": both("Chung"), "scale": "ba", "requirement": "required"},
        {"id": "gt", "type": "nps", "label": both("Giới thiệu?"), "low": both("Không"), "high": both("Có")},
        {"id": "yn", "type": "yesno", "label": both("Có không?"), "outside": NA},
        {"id": "mot", "type": "single", "label": both("Chọn"), "choices": CHOICES, "show_if": {"lt": ["gt", 7]}},
        {"id": "nhieu", "type": "multiple", "label": both("Chọn nhiều"), "choices": CHOICES, "outside": NA},
        {
            "id": "hang",
            "type": "ranking",
            "label": both("Xếp hạng"),
            "choices": PLAIN,
        },
        {"id": "so", "type": "number", "label": both("Mấy"), "integer": True, "minimum": 0, "maximum": 9},
        {"id": "tien", "type": "number", "label": both("Bao nhiêu"), "minimum": 0.5},
        {"id": "ngay", "type": "date", "label": both("Ngày"), "minimum": "2026-01-01", "hint": both("dd/mm/yyyy")},
        {"id": "ma", "type": "text", "label": both("Mã"), "pattern": "[A-Z]{2}'?", "error": both("Sai mã")},
        {"id": "yk", "type": "longtext", "label": both("Ý kiến =1+1"), "max_length": 500},
    ],
}


def round_trip(instrument: Instrument) -> Instrument:
    file = io.BytesIO()
    write_xlsform(instrument, file)
    file.seek(0)
    result = read_xlsform(file)
    assert result.warnings == []
    return result.instrument


@pytest.mark.parametrize(("code", "version"), shipped())
def test_a_shipped_questionnaire_survives(code: str, version: int) -> None:
    assert round_trip(load(code, version)) == load(code, version)


def test_every_type_and_setting_survives() -> None:
    assert round_trip(from_json(EVERYTHING)) == from_json(EVERYTHING)


def test_a_factor_is_written_as_a_table_that_other_tools_show() -> None:
    file = io.BytesIO()
    write_xlsform(load("sipas"), file)
    file.seek(0)
    rows = CalamineWorkbook.from_object(file).get_sheet_by_name("survey").to_python()
    header = [str(title) for title in rows[0]]
    first = dict(zip(header, rows[1], strict=True))
    second = dict(zip(header, rows[2], strict=True))
    assert (first["type"], first["name"], first["appearance"]) == ("begin group", "F1", "table-list")
    assert (second["type"], second["name"], second["appearance"]) == ("select_one hai_long_5", "q1_1", "")
    assert first["label::Tiếng Việt (vi)"] == "Tiếp cận dịch vụ"


def test_what_cannot_be_said_is_refused_before_writing() -> None:
    raw = copy.deepcopy(EVERYTHING)
    raw["items"][9]["outside"] = NA
    with pytest.raises(ValueError, match="so: answers outside the base cannot be written for number"):
        write_xlsform(from_json(raw), io.BytesIO())
    apart = copy.deepcopy(EVERYTHING)
    apart["factors"][0]["items"] = ["k1", "tong"]
    with pytest.raises(ValueError, match="factor F1: its items must stand together"):
        write_xlsform(from_json(apart), io.BytesIO())


WHOLE = from_json(EVERYTHING)
LEAVES = st.one_of(
    st.builds(
        lambda op, n: {op: ["gt", n]}, st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), st.integers(0, 10)
    ),
    st.builds(lambda op, c: {op: ["mot", c]}, st.sampled_from(["eq", "ne"]), st.sampled_from(["a", "b"])),
    st.builds(lambda op, n: {op: [{"count": "nhieu"}, n]}, st.sampled_from(["eq", "ge", "lt"]), st.integers(0, 2)),
    st.just({"in": ["k1", [1, 2]]}),
    st.just({"includes": ["nhieu", "a"]}),
    st.builds(lambda i: {"answered": i}, st.sampled_from(["gt", "mot", "nhieu"])),
)
RULES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a, b: {"and": [a, b]}, inner, inner),
        st.builds(lambda a, b: {"or": [a, b]}, inner, inner),
        st.builds(lambda a: {"not": a}, inner),
    ),
    max_leaves=6,
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "gt": st.integers(0, 10),
        "mot": st.sampled_from(["a", "b"]),
        "nhieu": st.lists(st.sampled_from(["a", "b"]), unique=True, min_size=1),
        "k1": st.sampled_from([1, 2, 3, "na"]),
    },
)


@given(RULES, ANSWERS)
def test_a_rule_means_the_same_after_the_journey(rule: dict[str, Any], answers: dict[str, Value]) -> None:
    back = typed(parse(written(rule)), WHOLE.by_id)
    assert holds(back, answers) == holds(rule, answers)
