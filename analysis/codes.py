"""Columns as integer codes: done once, so that every later grouping is a `numpy.bincount`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

_DENSE = 1 << 20  # tables up to this many cells are addressed directly instead of being looked up


@dataclass(frozen=True)
class Codes:
    """One code per row into sorted `labels`; -1 where the value is missing."""

    code: IntArray
    labels: tuple[object, ...]


def plain(value: object) -> object:
    """A JSON value for a label: numpy scalars unwrapped, whole floats as integers, dates in ISO 8601.

    >>> plain(np.float64(4.0)), plain("A01"), plain(pd.Timestamp("2026-01-02"))
    (4, 'A01', '2026-01-02')
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if isinstance(value, date):
        return value.isoformat().removesuffix("T00:00:00")
    return value if isinstance(value, str | int | float | bool) else str(value)


def encode(column: pd.Series) -> Codes:
    """Code the values of a column in sorted order.

    Parameters
    ----------
    column : (n,) Series of strings, numbers, booleans, dates or a categorical

    Returns
    -------
    Codes
        Codes 0..K-1 in the order of the sorted values, -1 for missing.

    Raises
    ------
    TypeError
        If the values of the column cannot be compared with one another.

    References
    ----------
    None: plain coding.

    Examples
    --------
    >>> encode(pd.Series(["b", "a", None, "b"])).code.tolist()
    [1, 0, -1, 1]
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _from_categorical(column)
    if pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans and len(column):
        values = column.to_numpy()
        low, span = int(values.min()), int(values.max()) - int(values.min()) + 1
        if span <= max(_DENSE, len(column)):
            code, present = compress(values.astype(np.intp) - low, span)
            return Codes(code, tuple(int(v) + low for v in present))
    code, labels = pd.factorize(column, sort=True)
    return Codes(code.astype(np.intp, copy=False), tuple(plain(v) for v in labels))


def _from_categorical(column: pd.Series) -> Codes:
    names = column.cat.categories.to_numpy()
    position = np.empty(len(names) + 1, dtype=np.intp)
    order = np.argsort(names, kind="stable")
    position[order] = np.arange(len(names))
    position[-1] = len(names)  # code -1 addresses the last entry: one past the labels
    code, present = compress(position[column.cat.codes.to_numpy()], len(names) + 1)
    kept = [k for k in present if k < len(names)]
    code[code == len(kept)] = -1
    return Codes(code, tuple(plain(names[order[k]]) for k in kept))


def compress(key: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Renumber keys in 0..size-1 without gaps; also the keys in use, ascending.

    >>> compress(np.array([7, 2, 7]), 9)[0].tolist()
    [1, 0, 1]
    """
    code, present, _ = tabulate(key, size)
    return code, present


def tabulate(key: IntArray, size: int) -> tuple[IntArray, IntArray, IntArray]:
    """As `compress`, and how often each key in use occurs.

    >>> [found.tolist() for found in tabulate(np.array([7, 2, 7]), 9)]
    [[1, 0, 1], [2, 7], [1, 2]]
    """
    if size > max(_DENSE, 4 * len(key)):
        present, inverse, often = np.unique(key, return_inverse=True, return_counts=True)
        return inverse, present, often
    often = np.bincount(key, minlength=size)
    present = np.flatnonzero(often)
    if len(present) == size:
        return key, present, often
    lookup = np.zeros(size, dtype=np.intp)
    lookup[present] = np.arange(len(present))
    return lookup[key], present, often[present]


def combine(parts: Sequence[Codes], n: int) -> tuple[IntArray, IntArray]:
    """Cross several columns: code per row of the combinations that occur, and their columns' codes.

    Returns
    -------
    code : (n,) array of int
    table : (K, number of columns) array of int
        Row k holds the column codes of combination k, in lexicographic order; -1 for missing.
    """
    if not parts:
        return np.zeros(n, dtype=np.intp), np.empty((min(n, 1), 0), dtype=np.intp)
    code, table = combine_codes([part.code + 1 for part in parts], [len(part.labels) + 1 for part in parts])
    return code, table - 1


def combine_codes(codes: Sequence[IntArray], sizes: Sequence[int]) -> tuple[IntArray, IntArray]:
    """Cross arrays of codes: combination of each row, and the (K, len(codes)) table of combinations in use.

    >>> combine_codes([np.array([0, 1, 1]), np.array([1, 0, 0])], [2, 2])[1].tolist()
    [[0, 1], [1, 0]]
    """
    code, table = compress(codes[0], sizes[0])
    table = table[:, None]
    for more, base in zip(codes[1:], sizes[1:], strict=True):
        code, present = compress(code * base + more, len(table) * base)
        table = np.column_stack([table[present // base], present % base])
    return code, table


def sums(code: IntArray, values: npt.ArrayLike, size: int) -> FloatArray:
    """Sum of the values of each code 0..size-1.

    >>> sums(np.array([0, 2, 0]), [1.0, 5.0, 2.0], 3).tolist()
    [3.0, 0.0, 5.0]
    """
    return np.bincount(code, weights=np.asarray(values), minlength=size).astype(np.float64, copy=False)


def tally(code: IntArray, size: int) -> FloatArray:
    """How often each code 0..size-1 occurs.

    >>> tally(np.array([0, 2, 0]), 3).tolist()
    [2.0, 0.0, 1.0]
    """
    return np.bincount(code, minlength=size).astype(np.float64)
