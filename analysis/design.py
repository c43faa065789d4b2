"""The sampling design as integer codes: weights, strata, stages of units with their population counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.codes import Codes, FloatArray, IntArray, combine, compress, encode, plain, sums, tally
from analysis.errors import InputError, Refusal, data_error
from analysis.pps import Pps, PpsSpec, matched

LONELY_RULES = ("fail", "remove", "certainty", "adjust", "average", "center")
CENSUS = 1e-7  # below this sampling variance factor a stratum counts as taken whole (R survey's limit)
LARGEST = 1e60  # squares of weighted values, and their sums, must stay doubles
_TRUTH = {"True": 1.0, "true": 1.0, "False": 0.0, "false": 0.0}


@dataclass(frozen=True)
class Stage:
    """One stage of selection: U units in H strata (at deeper stages a stratum is the parent unit).

    Attributes
    ----------
    unit : (n,) array of int         unit of each row, 0..U-1
    stratum : (U,) array of int      stratum of each unit, 0..H-1
    sampled : (H,) array of float    n_h, units in the sample of the *whole* design
    population : (H,) array of float N_h, infinity where sampling is with replacement
    pps : Pps, None                  unequal probabilities (first stage)
    """

    unit: IntArray
    stratum: IntArray
    sampled: FloatArray
    population: FloatArray
    pps: Pps | None = None

    @property
    def fraction(self) -> FloatArray:
        """Sampling fraction f_h = n_h / N_h."""
        return self.sampled / self.population

    @property
    def lonely(self) -> IntArray:
        """Strata with one unit that are not taken whole."""
        free = 1 - self.fraction
        if self.pps is not None:
            free = sums(self.stratum, 1 - self.pps.probability, len(self.sampled))
        return np.flatnonzero((self.sampled == 1) & (free > CENSUS))

    @property
    def unit_fraction(self) -> FloatArray:
        """Inclusion probability of each unit, (U,)."""
        return self.fraction[self.stratum] if self.pps is None else self.pps.probability


@dataclass(frozen=True)
class Design:
    """A sample of n rows with its weights and how it was drawn.

    Attributes
    ----------
    weight : (n,) array of float   final weights; 0 for rows that an adjustment replaced by others
    stages : tuple of Stage        first stage first; those after it only where their fpc is known
    lonely_psu : str               what a stratum with one unit contributes, see `LONELY_RULES`
    rows_are_units : bool          each row is its own unit at the deepest stage
    adjust_domain_lonely : bool    the rule holds, too, for strata with one unit *of the domain*
    """

    weight: FloatArray
    stages: tuple[Stage, ...]
    lonely_psu: str = "fail"
    rows_are_units: bool = False
    stratum_labels: tuple[str, ...] = field(default=())
    adjust_domain_lonely: bool = False

    @property
    def psu(self) -> IntArray:
        """First-stage unit of each row."""
        return self.stages[0].unit


def from_frame(
    data: pd.DataFrame,
    *,
    weights: str | None = None,
    strata: Sequence[str] = (),
    psu: Sequence[str] = (),
    fpc: Sequence[str] = (),
    lonely_psu: str = "fail",
    pps: PpsSpec | None = None,
    rows: FloatArray | None = None,
) -> Design:
    """Code a design from the columns of a frame.

    Parameters
    ----------
    data : DataFrame of n rows
    weights : str, optional
        Column of weights; None: the product of N/n over the stages.
    strata : sequence of str
        Columns whose combinations are the first-stage strata; empty: one stratum.
    psu : sequence of str
        One column of unit identifiers a stage; empty: each row is its own unit. Identifiers of the first
        stage are unique in the whole file, deeper ones within their parent.
    fpc : sequence of str
        One column of population *counts* a stage (one more than `psu`: the rows are the last stage).
        Empty: sampling with replacement at the first stage.
    lonely_psu : {'fail', 'remove', 'certainty', 'adjust', 'average', 'center'}
    pps : PpsSpec, optional
        Unequal first-stage probabilities; `fpc` must then be empty.
    rows : (n,) array of float, optional
        How many sampled rows each row of `data` stands for; 1 if not given.

    Returns
    -------
    Design

    Raises
    ------
    InputError
        If a column does not exist, an identifier is missing, a weight is not positive and finite, a unit
        lies in two strata, a count varies inside its stratum or is smaller than the sample.
    Refusal
        If a stratum holds one unit and `lonely_psu` is ``"fail"``.

    References
    ----------
    .. [1] Lumley, T. (2010). Complex Surveys. Wiley, ch. 2-3.

    Examples
    --------
    >>> d = from_frame(pd.DataFrame({"w": [2.0, 2.0, 3.0, 3.0], "h": list("AABB")}), weights="w", strata=["h"])
    >>> d.stages[0].sampled.tolist()
    [2.0, 2.0]
    """
    if len(fpc) > len(psu) + 1:
        raise InputError("fpc", f"`fpc` has {len(fpc)} columns for {len(psu)} stages of `psu`")
    parent, labels = _strata(data, strata)
    stages: list[Stage] = []
    for level in range(max(1, len(fpc))):
        column = psu[level] if level < len(psu) else None
        stages.append(_stage(data, column, parent, fpc[level] if fpc else None, rows, first=level == 0))
        parent = Codes(stages[-1].unit, ())
    if pps is not None:
        stages[0] = _with_probabilities(data, stages[0], psu, fpc, pps)
    rows_are_units = len(stages) > len(psu)
    weight = _weights(data, weights) if weights else _implied_weights(stages, bool(fpc) or pps is not None)
    if lonely_psu == "fail":
        _refuse_lonely(stages, labels)
    return Design(weight, tuple(stages), lonely_psu, rows_are_units, labels)


def column_of(data: pd.DataFrame, name: str, where: str) -> pd.Series:
    """The column `name`, or an error that says which key of the design asked for it."""
    if name not in data.columns:
        raise InputError(where, f"no column {name!r} in the data")
    return data[name]


def truth_as_numbers(column: pd.Series) -> pd.Series:
    """A CSV has no truth values: a column of nothing but the words true and false is 1 and 0.

    >>> truth_as_numbers(pd.Series(["True", None, "False"])).tolist()
    [1.0, nan, 0.0]
    """
    if pd.api.types.is_numeric_dtype(column.dtype) or not column.dropna().isin(list(_TRUTH)).all():
        return column
    return column.astype(object).map(_TRUTH).astype(np.float64)


def numbers(data: pd.DataFrame, name: str, where: str) -> FloatArray:
    """A column as floats, missing as nan."""
    column = truth_as_numbers(column_of(data, name, where))
    if isinstance(column.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(column.dtype):
        as_number = pd.to_numeric(column.astype(object), errors="coerce")
        bad = np.flatnonzero(as_number.isna().to_numpy() & column.notna().to_numpy())
        if len(bad):
            raise data_error(
                f"row {bad[0] + 1}", f"`{name}` must hold numbers; found {plain(column.iloc[bad[0]])!r}"
            )
        column = as_number
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if where != "weights" and len(huge := np.flatnonzero(np.abs(values) > LARGEST)):
        rule = f"lie within ±{LARGEST:g}" if np.isfinite(values[huge[0]]) else "be finite"
        raise data_error(f"row {huge[0] + 1}", f"`{name}` must {rule}")
    return values


def identifiers(data: pd.DataFrame, name: str, where: str) -> Codes:
    """A column of identifiers as codes; none may be missing."""
    codes = encode(column_of(data, name, where))
    missing = np.flatnonzero(codes.code < 0)
    if len(missing):
        raise data_error(f"row {missing[0] + 1}", f"`{name}` must not be missing")
    return codes


def _strata(data: pd.DataFrame, strata: Sequence[str]) -> tuple[Codes, tuple[str, ...]]:
    parts = [identifiers(data, name, "strata") for name in strata]
    code, table = combine(parts, len(data))
    labels = tuple("|".join(str(p.labels[k]) for p, k in zip(parts, row, strict=True)) for row in table)
    return Codes(code, labels), labels


def _stage(
    data: pd.DataFrame, column: str | None, parent: Codes, fpc: str | None, rows: FloatArray | None, *, first: bool
) -> Stage:
    n, size = len(data), int(parent.code.max(initial=-1)) + 1
    if column is None:
        unit, stratum = np.arange(n), parent.code
    else:
        own = identifiers(data, column, "psu")
        unit = own.code
        if not first:
            unit, _ = compress(parent.code * len(own.labels) + own.code, size * len(own.labels))
        stratum = np.zeros(int(unit.max(initial=-1)) + 1, dtype=np.intp)
        stratum[unit] = parent.code
        _one_stratum_each(data, column, unit, stratum, parent.code)
    sampled = tally(stratum, size) if rows is None or column is not None else sums(stratum, rows, size)
    return Stage(unit, stratum, sampled, _population(data, fpc, parent.code, sampled))


def _with_probabilities(
    data: pd.DataFrame, stage: Stage, psu: Sequence[str], fpc: Sequence[str], spec: PpsSpec
) -> Stage:
    if fpc:
        raise InputError("fpc", "`fpc` and `pps` exclude one another")
    row = numbers(data, spec.probability, "pps.probability")
    bad = np.flatnonzero(~((row > 0) & (row <= 1)))
    if len(bad):
        raise data_error(f"row {bad[0] + 1}", f"`{spec.probability}` must lie in (0, 1]; found {row[bad[0]]:g}")
    probability = np.zeros(len(stage.stratum))
    probability[stage.unit] = row
    varying = np.flatnonzero(probability[stage.unit] != row)
    if len(varying):
        raise data_error(f"row {varying[0] + 1}", f"`{spec.probability}` must be the same within its unit")
    names = data[psu[0]].astype(str) if psu else pd.Series(np.arange(1, len(data) + 1)).astype(str)
    labels = dict(zip(names, stage.unit.tolist(), strict=True))
    return replace(stage, pps=matched(spec, labels, probability))


def _one_stratum_each(
    data: pd.DataFrame, column: str, unit: IntArray, stratum: IntArray, row_stratum: IntArray
) -> None:
    astray = np.flatnonzero(stratum[unit] != row_stratum)
    if len(astray):
        row = int(astray[0])
        raise data_error(
            f"row {row + 1}", f"`psu` {plain(data[column].iloc[row])!r} of {column!r} lies in two strata"
        )


def _population(data: pd.DataFrame, fpc: str | None, stratum: IntArray, sampled: FloatArray) -> FloatArray:
    population = np.full(len(sampled), np.inf)
    if fpc is None:
        return population
    count = numbers(data, fpc, "fpc")
    bad = np.flatnonzero(~(count > 0))
    if len(bad):
        raise data_error(f"row {bad[0] + 1}", f"`fpc` {fpc!r} must be a positive count; found {count[bad[0]]}")
    population[stratum] = count
    varying = np.flatnonzero(population[stratum] != count)
    if len(varying):
        raise data_error(f"row {varying[0] + 1}", f"`fpc` {fpc!r} must be the same within its stratum")
    small = np.flatnonzero((population < sampled)[stratum])
    if len(small):
        row, h = int(small[0]), int(stratum[small[0]])
        raise data_error(
            f"row {row + 1}",
            f"`fpc` {fpc!r} must be a population count, at least the {sampled[h]:g} units sampled; "
            f"found {population[h]:g}",
        )
    return population


def _weights(data: pd.DataFrame, name: str) -> FloatArray:
    weight = numbers(data, name, "weights")
    bad = np.flatnonzero(~((weight >= 1 / LARGEST) & (weight <= LARGEST)))
    if len(bad):
        raise data_error(
            f"row {bad[0] + 1}", f"`weights` {name!r} must be positive and finite; found {weight[bad[0]]:g}"
        )
    return weight


def _implied_weights(stages: Sequence[Stage], known: bool) -> FloatArray:
    if not known:
        raise InputError("weights", "`weights` may be null only where `fpc` is given")
    return np.asarray(1 / np.prod([stage.unit_fraction[stage.unit] for stage in stages], axis=0))


def _refuse_lonely(stages: Sequence[Stage], labels: Sequence[str]) -> None:
    for level, stage in enumerate(stages):
        if len(stage.lonely):
            h = int(stage.lonely[0])
            name = f"stratum {labels[h]!r}" if level == 0 and labels and labels[h] else "a stratum"
            raise Refusal("lonely_psu", f'{name} has one unit at stage {level + 1} and `lonely_psu` is "fail"')
