"""Files as rows of cells: CSV in UTF-8 or UTF-16, XLSX, JSON. What cannot be read is refused as a whole."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from survey.errors import InputError
from survey.names import nfc
from survey.services.intake.extent import largest_extent
from survey.services.intake.json_rows import NotAListError, objects
from survey.services.intake.legacy import first_bad_byte

Cells = Sequence[Any]
DELIMITERS = ",;\t"
TITLE_ROWS = 20
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class Table:
    """`rows` yields (number, cells): numbers as a person counts them, the header being row 1.

    In JSON objects are counted from 1. It can be gone through once.
    """

    name: str
    header: tuple[str, ...]
    rows: Iterator[tuple[int, Cells]]


def open_table(path: Path, expected: frozenset[str] = frozenset()) -> Table:
    """The table in a file, by its ending: .csv .txt .tsv, .xlsx .xls .ods, .json.

    Exports begin with titles: the header is the first row that shows most of the `expected` names (casefolded).

    Raises
    ------
    InputError
        If there is no such file, it is empty, in another encoding, or names a column twice.
    """
    if not path.is_file():
        raise refusal(path, "file_missing", _("không tìm thấy tệp"))
    if path.stat().st_size == 0:
        raise refusal(path, "empty_file", _("tệp rỗng"))
    match path.suffix.lower():
        case ".csv" | ".txt" | ".tsv":
            return _csv(path, expected)
        case ".xlsx" | ".xlsm" | ".xls" | ".ods":
            return _workbook(path, expected)
        case ".json":
            return _json(path)
    raise refusal(path, "unknown_file_type", _("chỉ nhận tệp .csv, .xlsx hoặc .json"))


def refusal(path: Path, code: str, reason: str) -> InputError:
    """An error about a whole file, named first."""
    return InputError(code, f"{path.name}: {reason}")


def _header(path: Path, cells: Cells) -> tuple[str, ...]:
    names = tuple(nfc(str(cell)) if cell is not None else "" for cell in cells)
    while names and not names[-1]:
        names = names[:-1]
    if not names:
        raise refusal(path, "empty_file", _("hàng tiêu đề trống"))
    folded = [name.casefold() for name in names]
    for place, name in enumerate(folded):
        if name and name in folded[:place]:
            raise refusal(
                path,
                "column_twice",
                _("cột %(column)s xuất hiện hai lần ở hàng tiêu đề", column=names[place]),
            )
    return names


def _csv_encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4096)
    if start[:2] in _UTF16:
        return "utf-16"
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) > len(start) // 8:  # ASCII letters of UTF-16 without its mark: every other byte is zero
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8-sig"


def _csv(path: Path, expected: frozenset[str]) -> Table:
    encoding = _csv_encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            start = "".join(islice(file, TITLE_ROWS))
    except UnicodeDecodeError as exc:
        raise _not_unicode(path, exc, encoding) from exc
    delimiter = max(DELIMITERS, key=start.count)
    header, rows = _from_header(path, _csv_rows(path, encoding, delimiter), expected)
    return Table(path.name, header, rows)


def _from_header(
    path: Path, rows: Iterator[tuple[int, Cells]], expected: frozenset[str]
) -> tuple[tuple[str, ...], Iterator[tuple[int, Cells]]]:
    """The header, and the rows after it; without a row that looks like one the first is taken."""
    seen = list(islice(rows, TITLE_ROWS))
    if not seen:
        raise refusal(path, "empty_file", _("tệp rỗng"))
    shown = ({nfc(str(cell)).casefold() for cell in cells} for _number, cells in seen)
    place = next((p for p, names in enumerate(shown) if 2 * len(names & expected) > len(expected)), 0)
    return _header(path, seen[place][1]), chain(seen[place + 1 :], rows)


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, Cells]]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        number = 0
        try:
            for number, cells in enumerate(reader, start=1):
                if any(cells):
                    yield number, cells
        except UnicodeDecodeError as exc:
            raise _not_unicode(path, exc, encoding, delimiter) from exc
        except csv.Error as exc:
            reason = _("hàng %(row)s không đọc được như CSV (%(why)s)", row=number + 1, why=str(exc))
            raise refusal(path, "not_csv", reason) from exc


def _not_unicode(path: Path, exc: UnicodeDecodeError, encoding: str, delimiter: str = ",") -> InputError:
    if encoding != "utf-8-sig":
        return refusal(path, "wrong_encoding", _("tệp UTF-16 bị hỏng"))
    raw = path.read_bytes()  # the decoder tells positions within its buffer; only a second look knows the row
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as again:
        exc = again
    row, column = first_bad_byte(raw, exc.start, delimiter.encode())
    return refusal(
        path,
        "wrong_encoding",
        _(
            "không phải UTF-8: hàng %(row)s, cột thứ %(column)s có byte 0x%(byte)s "
            "(thường do Windows-1258, TCVN3 hoặc VNI). Xin lưu lại dưới dạng «CSV UTF-8».",
            row=row,
            column=column,
            byte=f"{raw[exc.start]:02X}",
        ),
    )


def _workbook(path: Path, expected: frozenset[str]) -> Table:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        _check_extent(path)
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, ValueError) as exc:
        raise refusal(path, "not_a_workbook", _("không đọc được bảng tính (%(why)s)", why=str(exc))) from exc
    # iter_rows starts at the first used row; numbers must be those that Excel shows
    offset = 1 + (sheet.start[0] if sheet.start else 0)
    filled = ((number, cells) for number, cells in enumerate(sheet.iter_rows(), start=offset) if _filled(cells))
    names, rows = _from_header(path, filled, expected)
    return Table(path.name, names, ((number, cells[: len(names)]) for number, cells in rows))


def _check_extent(path: Path) -> None:
    reach = largest_extent(path)
    if reach.is_too_large:
        reason = _(
            "bảng tính quá rộng: có ô ở hàng %(row)s và ở cột thứ %(column)s. Xin xóa các ô thừa rồi lưu lại.",
            row=reach.rows,
            column=reach.columns,
        )
        raise refusal(path, "too_large", reason)


def _filled(cells: Cells) -> bool:
    return any(cell not in ("", None) for cell in cells)


def _json(path: Path) -> Table:
    try:
        keys = tuple(dict.fromkeys(key for item in objects(path) for key in item))
    except UnicodeDecodeError as exc:
        raise _not_unicode(path, exc, "utf-8-sig") from exc
    except json.JSONDecodeError as exc:
        reason = _("không phải JSON: dòng %(row)s, cột %(column)s", row=exc.lineno, column=exc.colno)
        raise refusal(path, "not_json", reason) from exc
    except NotAListError as exc:
        reason = _('cần một danh sách đối tượng, hoặc {"data": [...]}')
        raise refusal(path, "not_a_list", reason) from exc
    if not keys:
        raise refusal(path, "empty_file", _("danh sách rỗng"))
    rows = (
        (number, [_scalar(item.get(key)) for key in keys]) for number, item in enumerate(objects(path), start=1)
    )
    return Table(path.name, _header(path, keys), rows)


def _scalar(value: Any) -> Any:
    """A nested object holds nothing that is imported; as text it can at least be shown."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
