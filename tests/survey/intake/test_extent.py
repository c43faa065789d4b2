"""Workbooks that would burst memory are refused unread. Authority: Excel's limits, 1,048,576 rows by XFD."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from survey.errors import InputError
from survey.services.intake import extent
from survey.services.intake.extent import Extent, largest_extent
from survey.services.intake.tables import open_table


def _workbook(path: Path, *cells: tuple[int, int]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, column in cells:
            sheet.write(row, column, "x")
    return path


def test_the_farthest_row_and_column_are_counted_as_people_do(tmp_path: Path) -> None:
    path = _workbook(tmp_path / "a.xlsx", (0, 0), (41, 3), (7, 26))
    assert largest_extent(path) == Extent(42, 27)


def test_a_stray_cell_in_the_last_corner_is_refused_and_says_where(tmp_path: Path) -> None:
    path = _workbook(tmp_path / "stray.xlsx", (0, 0), (1_048_575, 16_383))
    with pytest.raises(InputError, match="hàng 1048576 và ở cột thứ 16384"):
        open_table(path)


def test_a_sheet_that_says_its_size_wrongly_is_measured_all_the_same(tmp_path: Path) -> None:
    honest, lying = _workbook(tmp_path / "a.xlsx", (0, 0), (1_048_575, 16_383)), tmp_path / "b.xlsx"
    with ZipFile(honest) as source, ZipFile(lying, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'ref="A1:XFD1048576"', b'ref="A1:B2"'))
    assert largest_extent(lying) == Extent(1_048_576, 16_384)


@pytest.mark.parametrize("size", [1, 7, 20, 33])
def test_a_reference_cut_by_the_end_of_a_chunk_is_still_seen(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extent, "_CHUNK", size)
    path = _workbook(tmp_path / "a.xlsx", (0, 0), (122, 26))
    assert largest_extent(path) == Extent(123, 27)


@pytest.mark.parametrize(
    ("xml", "reach"),
    [
        (b'<c r="XFD9">', Extent(9, 16_384)),
        (b"<x:c s='1' rr='' r = 'xfd9'>", Extent(9, 16_384)),
        (b'<c\n\tr="B9">', Extent(9, 2)),
        (b'<row r="9"><c>', Extent(9, 0)),
    ],
)
def test_a_place_is_seen_however_it_is_written(xml: bytes, reach: Extent, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with ZipFile(path, "w") as archive:
        archive.writestr("xl/any.xml", xml)
    assert largest_extent(path) == reach


def test_what_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extent, "MOST_BYTES", 1_000_000)
    path = tmp_path / "bomb.xlsx"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"0" * 1_000_001)
    with pytest.raises(InputError, match=r"bomb\.xlsx: .*unpacks to more than"):
        open_table(path)
