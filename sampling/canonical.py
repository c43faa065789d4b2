"""One text for one value, whatever file it came from: the ground of ids, stratum keys and the frame hash."""

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pandas as pd

from sampling.arrays import Ints, Texts

_SAFE_INTEGER = 2.0**53
_CHUNK = 100_000
_LONG_ID = 64


def texts(values: pd.Series) -> Texts:
    """Canonical text of every value of a column; missing is the empty string.

    Parameters
    ----------
    values : (N,) Series

    Returns
    -------
    (N,) array of str
        NFC; integers without point, other numbers by shortest round trip, dates ISO 8601.

    Raises
    ------
    TypeError
        For a value that is no text, number, date or truth value.

    Examples
    --------
    >>> texts(pd.Series([1.0, 2.5, None])).tolist()
    ['1', '2.5', '']
    """
    if isinstance(values.dtype, pd.StringDtype):
        items = values.fillna("").tolist()
    elif values.dtype.kind in "iu":
        items = [str(value) if value is not pd.NA else "" for value in values.tolist()]
    else:
        items = [text(value) for value in values.tolist()]
    out = np.empty(len(items), dtype=object)
    out[:] = nfc(items)
    return out


def text(value: object) -> str:
    """Canonical text of one value."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating | Decimal):
        return _number(float(value))
    if isinstance(value, dt.date | dt.time):
        return _date(value)
    raise TypeError(f"cannot be written as text: {type(value).__name__}")


def _number(value: float) -> str:
    if value != value:
        return ""
    if abs(value) < _SAFE_INTEGER and value == int(value):
        return str(int(value))
    return repr(value)


def _date(value: dt.date | dt.time) -> str:
    is_midnight = isinstance(value, dt.datetime) and value.tzinfo is None and value.time() == dt.time()
    return value.isoformat()[:10] if is_midnight else value.isoformat()


def nfc(items: Sequence[str]) -> Sequence[str]:
    """The same strings in Unicode normal form C; plain ASCII is returned as it is."""
    if all(map(str.isascii, items)):
        return items
    return [item if item.isascii() else unicodedata.normalize("NFC", item) for item in items]


def frame_hash(frame: pd.DataFrame, id: str) -> str:  # noqa: A002 -- the plan's own word
    """SHA-256 of the canonical frame.

    Parameters
    ----------
    frame : DataFrame
        Any row and column order, any index.
    id : str
        Column that names the rows; its texts are distinct.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    KeyError
        If there is no column `id`.

    Notes
    -----
    The hash of the UTF-8 text of an RFC 4180 CSV: header, columns sorted by name, rows by `id` compared as
    NFC UTF-8 bytes, every line ended by a line feed, fields quoted only where they hold a comma, a quote or
    a line break.

    Examples
    --------
    >>> frame_hash(pd.DataFrame({"id": [2, 1], "a": ["x", "y"]}), "id")[:16]
    '4327aa885b493abd'
    """
    return hash_rows(frame, id_order(texts(frame[id])))


def id_order(ids: Texts) -> Ints:
    """Positions that sort ids by code point, which is the order of their UTF-8 bytes."""
    encoded = [item.encode() for item in ids.tolist()]
    if max(map(len, encoded), default=0) > _LONG_ID or b"\0" in b"".join(encoded):
        return np.argsort(ids, kind="stable").astype(np.int64)
    return np.argsort(np.array(encoded), kind="stable").astype(np.int64)


def hash_rows(frame: pd.DataFrame, order: Ints) -> str:
    """`frame_hash` with the row order already known."""
    columns = sorted(frame.columns, key=lambda name: unicodedata.normalize("NFC", str(name)))
    digest = hashlib.sha256()
    digest.update((",".join(_quoted(nfc([str(name) for name in columns]))) + "\n").encode())
    for start in range(0, len(order), _CHUNK):
        part = frame.iloc[order[start : start + _CHUNK]]
        fields = [_quoted(texts(part[name]).tolist()) for name in columns]
        digest.update("".join(f"{','.join(row)}\n" for row in zip(*fields, strict=True)).encode())
    return digest.hexdigest()


def _quoted(items: Sequence[str]) -> Sequence[str]:
    joined = "".join(items)
    if not any(mark in joined for mark in ',"\r\n'):
        return items
    return [quoted(item) for item in items]


def quoted(item: str) -> str:
    """An RFC 4180 field."""
    if any(mark in item for mark in ',"\r\n'):
        return '"' + item.replace('"', '""') + '"'
    return item
