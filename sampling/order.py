"""The order systematic sampling follows: columns, serpentine if asked, ties by label."""

import numpy as np
import pandas as pd

from sampling.arrays import Ints
from sampling.canonical import texts
from sampling.frame import factorize


def positions(group: Ints, columns: pd.DataFrame, *, serpentine: bool) -> Ints:
    """Place of each unit in the list of its group.

    Parameters
    ----------
    group : (N,) array of int
        Group of each unit; units stand in the order of their labels, which breaks ties.
    columns : DataFrame
        N rows, one column per sort key, most important first. A column of numbers, however written, sorts as
        numbers, any other as text; missing values come first.
    serpentine : bool
        Turn the direction of each key at every new value of the keys before it, so that neighbours in the
        list stay alike.

    Returns
    -------
    (N,) array of int
        A permutation of 0 to N − 1 that is increasing along the list of each group.

    Raises
    ------
    TypeError
        If a column holds values that have no text.

    References
    ----------
    .. [1] Williams, R. L., Chromy, J. R. (1980). SAS sample selection macros. SUGI 5, 392-396.

    Examples
    --------
    >>> grid = pd.DataFrame({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2]})
    >>> positions(np.zeros(4, int), grid, serpentine=True).tolist()
    [0, 1, 3, 2]
    """
    keys = [group]
    for name in columns.columns:
        code = _codes(columns[name])
        if serpentine and len(keys) > 1:
            code = np.where(_cell_in_group(keys) % 2 == 1, -code, code)
        keys.append(code)
    place = np.empty(len(group), dtype=np.int64)
    place[np.lexsort(keys[::-1])] = np.arange(len(group))
    return place


def _codes(values: pd.Series) -> Ints:
    written = texts(values)
    as_number = pd.to_numeric(pd.Series(written), errors="coerce").to_numpy(np.float64)
    if (np.isnan(as_number) & (written != "")).any():
        return factorize(written)[0]
    return pd.factorize(as_number, sort=True)[0].astype(np.int64)


def _cell_in_group(keys: list[Ints]) -> Ints:
    """Number, counted from 0 inside each group, of the cell the keys so far put each unit in."""
    order = np.lexsort(keys[::-1])
    sorted_keys = np.stack([key[order] for key in keys])
    new_cell = np.r_[False, (sorted_keys[:, 1:] != sorted_keys[:, :-1]).any(axis=0)]
    cell = np.cumsum(new_cell)
    new_group = np.r_[True, sorted_keys[0, 1:] != sorted_keys[0, :-1]]
    first = np.maximum.accumulate(np.where(new_group, cell, 0))
    out = np.empty(len(order), dtype=np.int64)
    out[order] = cell - first
    return out
