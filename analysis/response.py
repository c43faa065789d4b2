"""The response phase: who answered, in which classes the answers stand for all, at what cost in variance."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.adjustment import Adjustment, Calibrated, Responded, grouped
from analysis.codes import BoolArray, Codes, FloatArray, IntArray, combine, compress, plain, sums, tally
from analysis.design import column_of, identifiers, numbers, truth_as_numbers
from analysis.errors import Refusal, data_error
from analysis.steps import Step


def respondents(data: pd.DataFrame, name: str, where: str) -> BoolArray:
    """A 0/1 or true/false column as booleans."""
    column = truth_as_numbers(column_of(data, name, f"{where}.respondent"))
    flag = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = np.flatnonzero(~np.isin(flag, (0.0, 1.0)))
    if len(bad):
        raise data_error(f"row {bad[0] + 1}", f"`{name}` must be 0 or 1, found {plain(column.iloc[bad[0]])!r}")
    return np.asarray(flag == 1)


def respond(base: FloatArray, responded: BoolArray, code: IntArray, *, finite: bool) -> Adjustment:
    """Let the respondents of each class stand for the whole class.

    Parameters
    ----------
    base : (n,) array of float      base weights
    responded : (n,) array of bool
    code : (n,) array of int        class 0..K-1; each has a respondent
    finite : bool                   the design has an fpc, so the response needs its own variance

    Returns
    -------
    Adjustment                      see there for the formulas

    Raises
    ------
    ValueError
        Never for classes made by `classes_of` or `propensity_classes`.

    References
    ----------
    .. [1] Oh, H. and Scheuren, F. (1983). Weighting adjustment for unit nonresponse. In Incomplete Data in Sample
       Surveys 2.

    Examples
    --------
    >>> out = respond(np.ones(4), np.array([True, False, True, True]), np.array([0, 0, 1, 1]), finite=True)
    >>> out.weight.tolist()
    [2.0, 0.0, 1.0, 1.0]
    """
    answered, size = base * responded, int(code.max()) + 1
    all_weight, own = sums(code, base, size), sums(code, answered, size)
    weight = np.where(responded, base * (all_weight / own)[code], 0.0)
    inflate, kappa = _response_factors(tally(code, size), sums(code, responded, size), own / all_weight)
    phase = Responded(
        classes=Calibrated(
            grouped(code, np.ones(len(code), dtype=bool), size), sparse.eye_array(size, format="csr"), answered
        ),
        base=base,
        factor=weight / base,
        inflate=np.where(responded, inflate[code], 0.0),
        kappa=answered * kappa[code] * finite,
    )
    return Adjustment(weight, (), phase)


def _response_factors(n: FloatArray, n_r: FloatArray, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """√k_c and κ_c of `Adjustment`; a class with one respondent has no residual to scale."""
    several = n_r > 1
    lost = np.where(several, n_r / np.maximum(n_r - 1, 1), 1.0)
    inflate = np.sqrt(lost * np.where(several, (n - 1) / n, 1.0))
    return inflate, np.maximum(1 - share, 0) / share**2 * lost


def classes_of(data: pd.DataFrame, _: FloatArray, responded: BoolArray, step: Step) -> tuple[IntArray, list[str]]:
    """The classes that a step names, by the combinations of its columns."""
    parts = [identifiers(data, name, f"{step.where}.by") for name in step.by]
    code, table = combine(parts, len(data))
    notes: list[str] = []
    for depth in range(len(parts) - 1, -1, -1):
        answering, members = sums(code, responded, len(table)), tally(code, len(table))
        empty = (answering == 0) | ((answering == 1) & (members > 1) & step.collapse)
        if not empty.any():
            return code, notes
        names = [_class_name(parts, row) for row in table[empty]]
        if not step.collapse:
            raise Refusal(step.where, f"class {names[0]!r} of {'|'.join(step.by)} has no respondent")
        notes += [f"class {name!r} has too few respondents: joined with its neighbours" for name in names]
        code, table = _join_empty(depth, code, table, empty)
    if not responded.any():
        raise Refusal(step.where, "nobody responded")
    return code, notes


def _class_name(parts: Sequence[Codes], row: IntArray) -> str:
    return "|".join("*" if k < 0 else str(p.labels[k]) for p, k in zip(parts, row, strict=True))


def _join_empty(depth: int, code: IntArray, table: IntArray, empty: BoolArray) -> tuple[IntArray, IntArray]:
    """Merge every class that shares the first keys with a class without respondents."""
    heads = {tuple(row[:depth]) for row in table[empty]}
    merged = [
        (*row[:depth], *([-1] * (table.shape[1] - depth))) if tuple(row[:depth]) in heads else tuple(row)
        for row in table
    ]
    rows = sorted(set(merged))
    place = {row: k for k, row in enumerate(rows)}
    return np.array([place[row] for row in merged], dtype=np.intp)[code], np.array(rows, dtype=np.intp)


def propensity_classes(
    data: pd.DataFrame, weight: FloatArray, responded: BoolArray, step: Step
) -> tuple[IntArray, list[str]]:
    """Classes of equal size by the estimated propensity to respond.

    Parameters
    ----------
    data : DataFrame of n rows
    weight : (n,) array of float      base weights, used in the regression
    responded : (n,) array of bool
    step : Step                       covariates (numbers as they are, text as categories) and number of classes

    Returns
    -------
    code : (n,) array of int
    notes : list of str

    Raises
    ------
    Refusal
        If nobody, or everybody, responded, or a class has no respondent.

    Notes
    -----
    Weighted logistic regression; the fitted propensities are cut at their quantiles, which is steadier than their
    inverse where some are near 0 [1]_. Standard errors take the classes as given.

    References
    ----------
    .. [1] Rosenbaum, P. and Rubin, D. (1984). JASA 79, 516-524; Little, R. (1986). ISR 54, 139-157.

    Examples
    --------
    See tests/analysis/test_weighting.py.
    """
    import statsmodels.api as sm  # seconds to import: only where a propensity is asked for

    if responded.all() or not responded.any():
        raise Refusal(step.where, "a propensity needs both respondents and non-respondents")
    x = sm.add_constant(np.column_stack([c for name in step.covariates for c in _columns(data, name, step)]))
    mean_one = weight / weight.mean()
    model = sm.GLM(responded.astype(float), x, family=sm.families.Binomial(), var_weights=mean_one)
    fitted = np.asarray(model.fit(tol=1e-12).fittedvalues).round(12)
    cuts = np.unique(np.quantile(fitted, np.arange(1, step.classes) / step.classes))
    code, _ = compress(np.searchsorted(cuts, fitted, side="right"), len(cuts) + 1)
    empty = np.flatnonzero(sums(code, responded, int(code.max()) + 1) == 0)
    if len(empty):
        raise Refusal(step.where, f"propensity class {empty[0] + 1} has no respondent; use fewer classes")
    return code, []


def _columns(data: pd.DataFrame, name: str, step: Step) -> list[FloatArray]:
    where = f"{step.where}.covariates"
    if pd.api.types.is_numeric_dtype(column_of(data, name, where).dtype):
        x = numbers(data, name, where)
        if np.isnan(x).any():
            raise data_error(f"row {np.flatnonzero(np.isnan(x))[0] + 1}", f"`{name}` must not be missing")
        return [x]
    codes = identifiers(data, name, where)
    return [(codes.code == k).astype(np.float64) for k in range(1, len(codes.labels))]
