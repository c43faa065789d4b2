"""Parquet through DuckDB, which takes column names that differ only in case for one: mended here."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sampling.canonical import nfc
from sampling.errors import FileError, check_header

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation


_FLAT = re.compile(
    r"BOOLEAN$|U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$|DECIMAL|FLOAT$|DOUBLE$|VARCHAR$|ENUM|UUID$|DATE$|TIME"
)


def read_parquet(path: Path) -> pd.DataFrame:
    """A flat Parquet file as a table."""
    import duckdb

    try:
        with duckdb.connect() as connection:
            found = _composed(path, connection.read_parquet(str(path))).fetchnumpy()
            schema = connection.execute("SELECT name, num_children FROM parquet_schema(?)", [str(path)])
            names = list(nfc([name for name, children in schema.fetchall() if not children]))
    except duckdb.Error as exc:
        raise FileError(path, "Parquet", str(exc).splitlines()[0]) from exc
    # DuckDB renames columns that differ only in case, as stage1_n and stage1_N do; the schema has the names.
    check_header(path, names)
    return pd.DataFrame({name: _from_masked(v) for name, v in zip(names, found.values(), strict=True)})


def _composed(path: Path, table: "DuckDBPyRelation") -> "DuckDBPyRelation":
    """The table with its texts in Unicode normal form C."""
    kinds = dict(zip(table.columns, map(str, table.types), strict=True))
    for name, kind in kinds.items():
        if not _FLAT.match(kind) or kind.endswith("]"):
            raise FileError(path, f"column {name}", f"holds {kind.partition('(')[0].lower()}, no plain values")
    return table.project(", ".join(_column(name, kind) for name, kind in kinds.items()))


def _column(name: str, kind: str) -> str:
    quoted = '"{}"'.format(name.replace('"', '""'))
    return f"nfc_normalize({quoted}::VARCHAR) AS {quoted}" if kind in ("VARCHAR", "UUID") else quoted


def _from_masked(values: np.ndarray) -> pd.Series:
    """Whole numbers stay whole beside missing values; a masked array's own fill values are never used."""
    if not isinstance(values, np.ma.MaskedArray) or not np.ma.getmaskarray(values).any():
        return pd.Series(np.asarray(values))
    mask = np.ma.getmaskarray(values)
    if values.dtype.kind in "iu":
        return pd.Series(pd.arrays.IntegerArray(values.data.astype(np.int64), mask))
    return pd.Series(values.data).mask(mask)


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as a Parquet file."""
    import duckdb

    standins = _standins(path, [str(name) for name in frame.columns])
    table = frame.astype(dict.fromkeys(frame.select_dtypes(include="str").columns, object))
    table.columns = pd.Index(list(standins))
    with duckdb.connect() as connection:
        connection.register("sample", table)
        connection.execute(f"COPY sample TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)")
    _rename_in_footer(path, {a: b for a, b in standins.items() if a != b})


def _standins(path: Path, names: list[str]) -> dict[str, str]:
    """Name to write → name wanted. DuckDB takes stage1_n and stage1_N for one: the second is written under
    a name of equal length that no column has."""
    seen: set[str] = set()
    found = {}
    for i, name in enumerate(names):
        length = len(name.encode())
        standin = f"{i}".rjust(length, "\x7f") if name.lower() in seen else name
        if standin != name and length < 6:
            raise FileError(path, "header", f"the column {name!r} differs from another only in case")
        seen.add(name.lower())
        found[standin] = name
    return found


def _rename_in_footer(path: Path, names: Mapping[str, str]) -> None:
    """Put the wanted names into the metadata at the end of a Parquet file; equal lengths keep it valid."""
    if not names:
        return
    whole_file = path.read_bytes()
    start = len(whole_file) - 8 - int.from_bytes(whole_file[-8:-4], "little")
    footer = whole_file[start:]
    for standin, name in names.items():
        footer = footer.replace(standin.encode(), name.encode())
    path.write_bytes(whole_file[:start] + footer)
