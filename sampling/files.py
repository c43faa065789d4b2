"""Tables and JSON on disk: CSV, Parquet, XLSX told apart by their ending; outputs appear whole or not at all."""

import csv
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sampling.canonical import nfc, quoted, text, texts
from sampling.errors import FileError, check_header
from sampling.parquet import read_parquet, write_parquet

__all__ = ["FileError", "kind", "read_json", "read_table", "whole", "write_json", "write_table"]

_INTEGER = re.compile(r"0|-?[1-9]\d{0,17}")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.0|\.\d*[1-9])?(?:[eE][-+]?\d+)?")
_XLSX_ROWS = 1_048_576
_CHUNK = 200  # rows; few enough that their lists are freed while still in the cache


def read_table(path: Path | str) -> pd.DataFrame:
    """Read a table.

    Parameters
    ----------
    path : path
        Ends in .csv (comma, header, UTF-8 with or without BOM, empty field = missing), .parquet or .xlsx
        (first sheet).

    Returns
    -------
    DataFrame
        Texts and column names are in Unicode normal form C. A CSV column is numeric when each of its values is a
        number in its shortest form: codes with leading or trailing zeros stay text.

    Raises
    ------
    FileError
        If the file is missing, empty, of another kind, not UTF-8, ragged, or names a column twice.

    Examples
    --------
    >>> read_table("frame.txt")
    Traceback (most recent call last):
    sampling.errors.FileError: frame.txt: name: must end in .csv, .parquet or .xlsx
    """
    source = Path(path)
    reader = _READERS[kind(source)]
    if not source.is_file():
        raise FileError(path, "file", "is not there")
    if source.stat().st_size == 0:
        raise FileError(path, "file", "is empty")
    try:
        return reader(source)
    except OSError as exc:
        raise FileError(path, "file", exc.strerror or "cannot be read") from exc


def kind(path: Path) -> str:
    """Ending of a table's file name, or a `FileError`."""
    ending = path.suffix.lower()
    if ending not in _READERS:
        raise FileError(path, "name", f"must end in {', '.join(list(_READERS)[:-1])} or .xlsx")
    return ending


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return _csv_frame(path, csv.reader(stream, strict=True))
    except UnicodeDecodeError as exc:
        raise _not_utf8(path) from exc
    except csv.Error as exc:
        raise FileError(path, "CSV", str(exc)) from exc


def _not_utf8(path: Path) -> FileError:
    """The error that names the first byte of a file which is not UTF-8."""
    try:
        path.read_bytes().decode()
    except UnicodeDecodeError as exc:
        return FileError(path, f"byte {exc.start + 1}", "is not UTF-8; save the file as UTF-8")
    return FileError(path, "file", "is not UTF-8")


def _csv_frame(path: Path, rows: Iterator[list[str]]) -> pd.DataFrame:
    header = list(nfc(next(rows, [])))
    check_header(path, header)
    columns: list[list[str]] = [[] for _ in header]
    done = 1
    while chunk := list(islice(rows, _CHUNK)):
        kept = [row or [""] * len(header) for row in chunk if row or len(header) == 1]
        if any(len(row) != len(header) for row in kept):
            at, row = next((i, row) for i, row in enumerate(chunk, done + 1) if row and len(row) != len(header))
            raise FileError(path, f"row {at}", f"has {len(row)} fields, the header {len(header)}")
        for column, part in zip(columns, zip(*kept, strict=True), strict=False):
            column.extend(part)
        done += len(chunk)
    return pd.DataFrame({name: _typed(values) for name, values in zip(header, columns, strict=True)})


def _typed(values: list[str]) -> pd.Series:
    """Whole numbers, numbers, or text: numbers only where writing them again gives what was read, so that
    a procedure's code 1.000680 is never taken for 1.00068, nor 007 for 7."""
    present = [value for value in values if value]
    if present and all(map(_INTEGER.fullmatch, present)):
        if len(present) == len(values):
            return pd.Series(np.array(values).astype(np.int64))
        return pd.Series([int(v) if v else pd.NA for v in values], dtype="Int64")
    if present and all(map(_is_number, present)):
        return pd.Series([float(v) if v else np.nan for v in values], dtype=np.float64)
    return pd.Series([v or None for v in nfc(values)], dtype="str")


def _is_number(value: str) -> bool:
    """Whether these are the shortest digits of a double. 1e-7 and 0.0000001 are; 12e3 is a code, no 12000."""
    if not _NUMBER.fullmatch(value):
        return False
    shortest = repr(float(value))
    if value in (shortest, text(float(value))):
        return True
    return "e" in shortest and Decimal(value) == Decimal(shortest)


def _read_xlsx(path: Path) -> pd.DataFrame:
    import python_calamine

    try:
        rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except (python_calamine.CalamineError, IndexError) as exc:
        raise FileError(path, "XLSX", str(exc)) from exc
    if not rows:
        raise FileError(path, "sheet", "is empty")
    header = list(nfc([text(cell) for cell in rows[0]]))
    check_header(path, header)
    body = [row for row in rows[1:] if any(cell != "" for cell in row)]
    columns = zip(*body, strict=True) if body else ([] for _ in header)
    return pd.DataFrame({name: _cells(values) for name, values in zip(header, columns, strict=True)})


def _cells(values: Iterable[object]) -> pd.Series:
    cells = [None if cell == "" else cell for cell in values]
    present = [cell for cell in cells if cell is not None]
    if present and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in present):
        return _typed(["" if cell is None else text(cell) for cell in cells])
    return pd.Series([nfc([cell])[0] if isinstance(cell, str) else cell for cell in cells], dtype=object)


_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".parquet": read_parquet,
    ".xlsx": _read_xlsx,
}


def read_json(path: Path | str) -> object:
    """The value in a JSON file; a key given twice, NaN and infinities are errors."""
    source = Path(path)
    try:
        raw = source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise _not_utf8(source) from exc
    except OSError as exc:
        raise FileError(path, "file", exc.strerror or "cannot be read") from exc
    try:
        return json.loads(raw, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as exc:
        raise FileError(path, f"line {exc.lineno} column {exc.colno}", exc.msg) from exc
    except ValueError as exc:
        raise FileError(path, "JSON", str(exc)) from exc
    except RecursionError as exc:
        raise FileError(path, "JSON", "is nested too deeply") from exc


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r} stands twice in one object")
    return found


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


@contextmanager
def whole(paths: Sequence[Path | str], *, inputs: Iterable[Path | str] = ()) -> Iterator[list[Path]]:
    """Temporary paths beside `paths`; they take their names only when the block ends without an error.

    None of them may be one of the `inputs`: what a figure was made from is not written over.
    """
    finals = [Path(path) for path in paths]
    read = {Path(path).resolve() for path in inputs}
    for final in finals:
        if not final.parent.is_dir():
            raise FileError(final, "folder", "is not there")
        if finals.count(final) > 1:
            raise FileError(final, "name", "is given for two outputs")
        if final.resolve() in read:
            raise FileError(final, "name", "is a file that this command reads")
    temporary = [final.with_name(f".{final.name}.{os.getpid()}{final.suffix}") for final in finals]
    named = dict(zip(map(str, temporary), finals, strict=True))
    try:
        yield temporary
        for source, final in zip(temporary, finals, strict=True):
            source.replace(final)
    except FileError as exc:
        raise FileError(named.get(exc.path, exc.path), exc.where, exc.what) from exc
    except OSError as exc:
        final_name = named.get(str(exc.filename), finals[0])
        raise FileError(final_name, "file", exc.strerror or "cannot be written") from exc
    finally:
        for source in temporary:
            source.unlink(missing_ok=True)


def write_json(path: Path, value: object) -> None:
    """JSON with a final line break; doubles in the shortest form that reads back the same."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a table in the form its ending names."""
    _WRITERS[kind(path)](path, frame)


def _write_csv(path: Path, frame: pd.DataFrame) -> None:
    columns = [texts(frame[name]) for name in frame.columns]
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(",".join(quoted(str(name)) for name in frame.columns) + "\n")
        stream.writelines(",".join(map(quoted, row)) + "\n" for row in zip(*columns, strict=True))


def _write_xlsx(path: Path, frame: pd.DataFrame) -> None:
    import xlsxwriter

    if len(frame) >= _XLSX_ROWS:
        raise FileError(path, "rows", f"{len(frame)} do not fit a sheet; use .csv or .parquet")
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("sample")
        for column, name in enumerate(frame.columns):
            sheet.write_string(0, column, str(name))
        for i, row in enumerate(frame.itertuples(index=False, name=None), start=1):
            for column, value in enumerate(row):
                _write_cell(sheet, i, column, value)


def _write_cell(sheet: Any, row: int, column: int, value: object) -> None:
    """Numbers as numbers, all else as text: a code that begins with = is no formula."""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        if value == value:
            sheet.write_number(row, column, value)
        return
    written = text(value)
    if written:
        sheet.write_string(row, column, written)


_WRITERS: dict[str, Callable[[Path, pd.DataFrame], None]] = {
    ".csv": _write_csv,
    ".parquet": write_parquet,
    ".xlsx": _write_xlsx,
}
