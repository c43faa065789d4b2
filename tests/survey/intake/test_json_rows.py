"""Objects out of a JSON file piece by piece. Authority: json.loads on the whole text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from survey.services.intake import json_rows
from survey.services.intake.json_rows import NotAListError, objects

ROWS = [{"a": 1, "b": "Đ"}, {}, {"c": [1, {"d": 12345}], "e": None, "f": '\\"]}'}, {"a": 1.5e3}]


@pytest.mark.parametrize("chunk", [1, 2, 7, 1 << 18])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "wrap", [lambda rows: rows, lambda rows: {"total": 41, "page": {"n": 1}, "data": rows, "x": 1}]
)
def test_whatever_the_chunks_the_objects_are_those_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, indent: int | None, wrap
) -> None:
    monkeypatch.setattr(json_rows, "CHUNK", chunk)
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(wrap(ROWS), ensure_ascii=False, indent=indent), encoding="utf-8-sig")
    assert list(objects(path)) == ROWS


@pytest.mark.parametrize("chunk", [1, 5, 1 << 18])
@pytest.mark.parametrize(
    "text", ['[{"a": 1},\n {"a": }]', '[{"a": 1}\n {"a": 2}]', '[{"a": 1},\n{"a": 2},]', "[\n", '{"data"\n [1]}']
)
def test_an_error_is_placed_where_json_places_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, text: str
) -> None:
    monkeypatch.setattr(json_rows, "CHUNK", chunk)
    path = tmp_path / "rows.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(json.JSONDecodeError) as expected:
        json.loads(text)
    with pytest.raises(json.JSONDecodeError) as found:
        list(objects(path))
    assert found.value.lineno == expected.value.lineno


def test_brackets_without_end_are_an_error_like_others(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(json.JSONDecodeError, match="Nested too deeply"):
        list(objects(path))


@pytest.mark.parametrize("text", ["{}", '{"rows": []}', '{"data": 1}', "[1]", '"x"', '{"data": {"a": 1}}'])
def test_what_is_no_list_of_objects_is_told_apart(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises((NotAListError, json.JSONDecodeError)):
        list(objects(path))
