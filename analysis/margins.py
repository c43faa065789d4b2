"""Known totals of a DESIGN as calibration variables: who stands in which category, which number is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.codes import BoolArray, FloatArray, IntArray, combine, encode
from analysis.design import column_of, identifiers, numbers
from analysis.errors import InputError, data_error
from analysis.steps import Step

INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class Margin:
    """Categories 0..K-1 of every row and their known totals; the code K means "not in this step"."""

    code: IntArray
    wanted: FloatArray
    names: tuple[str, ...]


def cells(data: pd.DataFrame, used: BoolArray, step: Step) -> Margin:
    """The poststrata of a step: combinations of `by` joined by ``|``."""
    return _margin(data, step.by, dict(step.totals), used, f"{step.where}.totals")


def margins(data: pd.DataFrame, used: BoolArray, step: Step) -> list[Margin]:
    """The margins of a raking step."""
    return [
        _margin(data, (name,), dict(totals), used, f"{step.where}.margins.{name}") for name, totals in step.margins
    ]


def _margin(
    data: pd.DataFrame, by: Sequence[str], totals: dict[str, float], used: BoolArray, where: str
) -> Margin:
    parts = [identifiers(_used(data, name, used, where), name, where) for name in by]
    code, table = combine(parts, int(used.sum()))
    labels = ["|".join(str(p.labels[k]) for p, k in zip(parts, row, strict=True)) for row in table]
    unknown = [label for label in labels if label not in totals]
    if unknown:
        raise InputError(where, f"has no total for {unknown[0]!r}, which occurs in the data")
    negative = [name for name, total in totals.items() if total < 0]
    if negative:
        raise InputError(f"{where}.{negative[0]}", "must not be negative")
    names = (*labels, *(name for name in totals if name not in labels))
    whole = np.full(len(data), len(names), dtype=np.intp)
    whole[used] = code
    return Margin(whole, np.array([totals[name] for name in names]), tuple(f"{where}.{n}" for n in names))


def _used(data: pd.DataFrame, name: str, used: BoolArray, where: str) -> pd.DataFrame:
    column = column_of(data, name, where)
    return pd.DataFrame({name: column if used.all() else column[used]})


def variables(data: pd.DataFrame, used: BoolArray, step: Step) -> sparse.csr_array:
    """The (n, q) calibration variables that `totals` names: ``(Intercept)``, ``column[level]`` or ``column``."""
    columns = [_variable(data, name, used, f"{step.where}.totals.{name}") for name, _ in step.totals]
    return sparse.csr_array(np.column_stack(columns) * used[:, None])


def _variable(data: pd.DataFrame, name: str, used: BoolArray, where: str) -> FloatArray:
    if name == INTERCEPT:
        return np.ones(len(data))
    if name.endswith("]") and name not in data.columns:
        column, _, level = name[:-1].partition("[")
        codes = encode(column_of(data, column, where))
        if (codes.code[used] < 0).any():
            raise data_error(f"column {column!r}", "must not be missing where it is calibrated on")
        names = [str(label) for label in codes.labels]
        return np.asarray(codes.code == (names.index(level) if level in names else len(names)), dtype=np.float64)
    x = numbers(data, name, where)
    missing = np.flatnonzero(np.isnan(x) & used)
    if len(missing):
        raise data_error(f"row {missing[0] + 1}", f"`{name}` must not be missing where it is calibrated on")
    return np.nan_to_num(x)
