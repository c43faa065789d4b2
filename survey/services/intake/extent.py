"""How far the cells of a workbook reach, asked before it is read into memory.

The reader makes room for the whole rectangle: one stray cell in the last row and column of a sheet, in a file of a
kilobyte, would ask for 500 GB and end the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile, is_zipfile

MOST_CELLS = 50_000_000
MOST_BYTES = 2 * 1024**3  # unpacked
_CHUNK = 1 << 20
_OVERLAP = 4096  # an element may be cut in two by the end of a chunk
_PLACE = re.compile(rb"""[<:](?:c|row)\s+(?:r|[^<>]+?\sr)\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")


class Extent(NamedTuple):
    """The farthest row and column in use, counted from 1."""

    rows: int
    columns: int

    @property
    def is_too_large(self) -> bool:
        return self.rows * self.columns > MOST_CELLS


def largest_extent(path: Path) -> Extent:
    """Of all parts of an XLSX file, for a sheet may have any name; nothing for a file of another kind.

    Raises
    ------
    ValueError
        If the archive is damaged, or would unpack to more than `MOST_BYTES`.
    """
    if not is_zipfile(path):
        return Extent(0, 0)
    try:
        with ZipFile(path) as book:
            if sum(info.file_size for info in book.infolist()) > MOST_BYTES:
                raise ValueError("unpacks to more than 2 GB")
            return max((_extent(_chunks(book, name)) for name in book.namelist()), default=Extent(0, 0))
    except (BadZipFile, NotImplementedError, RuntimeError) as exc:  # damaged, odd compression, a password
        raise ValueError(str(exc)) from exc


def _chunks(book: ZipFile, name: str) -> Iterator[bytes]:
    with book.open(name) as sheet:
        tail = b""
        while piece := sheet.read(_CHUNK):
            yield tail + piece
            tail = (tail + piece)[-_OVERLAP:]


def _extent(chunks: Iterator[bytes]) -> Extent:
    rows, columns = 0, 0
    for chunk in chunks:
        for letters, number in set(_PLACE.findall(chunk)):
            rows = max(rows, int(number))
            columns = max(columns, _column_number(letters))
    return Extent(rows, columns)


def _column_number(letters: bytes) -> int:
    """A is 1, Z is 26, AA is 27; nothing is 0, as in the place of a row."""
    number = 0
    for letter in letters.upper()[:8]:
        number = 26 * number + letter - 64
    return number
