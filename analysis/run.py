"""Estimation from a frame and a DESIGN to a RESULT: the one path of the command and of the application."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

import analysis
from analysis.codes import Codes, encode
from analysis.compare import compare
from analysis.design import Design, column_of, from_frame
from analysis.errors import data_error
from analysis.estimate import Estimator
from analysis.index import index_variable, item_reader
from analysis.quantile import quantile_rows
from analysis.ranks import DEFAULT_SEED, DRAWS, rank_rows
from analysis.replicate import ReplicateEstimator, replication
from analysis.rows import Row, Table, number
from analysis.spec import EstimateSpec, Request, Spec, parse
from analysis.totals import By, Totals
from analysis.variables import Pair, Variable, quantile_variable, simple_variables
from analysis.weighting import Weighted, adjust


def estimate(data: pd.DataFrame, design: Mapping[str, Any], *, data_sha256: str | None = None) -> dict[str, Any]:
    """Every estimate of a DESIGN, as RESULT.json holds it.

    Parameters
    ----------
    data : DataFrame of n rows
        One row per sampled unit; item columns hold answer codes, missing = nan.
    design : mapping
        The parsed DESIGN.json.
    data_sha256 : str, optional
        Hash of the file the data came from, kept in `meta`.

    Returns
    -------
    dict
        Keys `results components covariance compare rank weights meta`; plain JSON values, None for missing.

    Raises
    ------
    InputError
        If the design or the data break the format (the key, column and first offending row are named).
    Refusal
        If a statistical rule forbids an answer: a lonely PSU under ``"fail"``, a margin that cannot be met.

    Notes
    -----
    One pass makes the weighted sums per (domain, unit); all figures are algebra on them.

    References
    ----------
    docs/statistics.md

    Examples
    --------
    >>> rows = pd.DataFrame({"w": [10.0] * 4 + [5.0] * 2, "h": list("AAAABB"), "y": [4, 5, 3, 4, 2, 3],
    ...                      "N": [40] * 4 + [10] * 2})
    >>> result = estimate(rows, {"weights": "w", "strata": "h", "fpc": ["N"],
    ...                          "estimates": [{"name": "m", "statistic": "mean", "of": "y"}]})["results"][0]
    >>> [round(result[k], 3) for k in ("estimate", "se", "df", "ci_low", "ci_high")]
    [3.7, 0.322, 4, 2.805, 4.595]
    """
    return Run(data, parse(design), design).result(data_sha256)


class Run:
    """One estimation: the coded design, its totals and the variables asked for."""

    joins_rows = True

    def __init__(self, data: pd.DataFrame, spec: Spec, design: Mapping[str, Any]) -> None:
        if data.empty:
            raise data_error("rows", "the data hold no rows")
        self.spec, self.raw = spec, design
        self.base = replace(self._base(data), adjust_domain_lonely=spec.adjust_domain_lonely)
        self.weighted: Weighted = adjust(data, self.base, spec.calibration)
        self.design: Design = self.weighted.design
        self.levels = levels_of(spec)
        keys = {name: _domain_codes(data, name, spec) for name in sorted({n for by in self.levels for n in by})}
        self.totals = Totals(self.design, keys, self.levels, joins_rows=self.joins_rows)
        self.data = _answers_of(data, self.weighted, spec)
        self.estimator = self._estimator(data)
        self._tables: dict[tuple[str, By], list[Table]] = {}
        self._items: dict[object, Pair] = {}
        self._solved: dict[object, Table] = {}
        self._variables: dict[str, tuple[list[Variable], list[Variable]]] = {}

    def _base(self, data: pd.DataFrame) -> Design:
        spec = self.spec
        return from_frame(
            data,
            weights=spec.weights,
            strata=spec.strata,
            psu=spec.psu,
            fpc=spec.fpc,
            lonely_psu=spec.lonely_psu,
            pps=spec.pps,
        )

    def _estimator(self, data: pd.DataFrame) -> Estimator:
        spec = self.spec
        if spec.replicates is None:
            return Estimator(self.totals, self.design, self.weighted.adjustment)
        made = replication(data, self.base, self.weighted, spec.replicates, spec.calibration)
        return ReplicateEstimator(self.totals, self.design, None, made)

    def result(self, data_sha256: str | None) -> dict[str, Any]:
        """The whole RESULT."""
        results: list[Row] = []
        components: list[Row] = []
        for estimate_spec in self.spec.estimates:
            for by in self.spec.domains:
                results += self._rows(estimate_spec, by)
                components += self._component_rows(estimate_spec, by)
        return {
            "results": results,
            "components": components,
            "covariance": [block for request in self.spec.covariance for block in self._covariance(request)],
            "compare": [row for request in self.spec.compare for row in self._compare(request)],
            "rank": [row for request in self.spec.rank for row in self._rank(request)],
            "weights": weight_summary(self.design.weight),
            "meta": self._meta(data_sha256),
        }

    def variables(self, estimate_spec: EstimateSpec) -> tuple[list[Variable], list[Variable]]:
        """The variables of an estimate and their components, made once."""
        known = self._variables.get(estimate_spec.name)
        if known is None:
            if estimate_spec.statistic == "index":
                whole, parts = index_variable(item_reader(self.data, estimate_spec, self._items), estimate_spec)
                known = [whole], list(parts)
            elif estimate_spec.statistic == "quantile":
                known = [quantile_variable(self.data, estimate_spec)], []
            else:
                known = list(simple_variables(self.data, estimate_spec)), []
            self._variables[estimate_spec.name] = known
        return known

    def weights(self) -> pd.DataFrame:
        """One row per row of the data: base weight, the factors, final weight (0: no respondent)."""
        base, final = self.base.weight, self.design.weight
        response = np.ones(len(base))
        if self.weighted.adjustment is not None and self.weighted.adjustment.responded is not None:
            response = self.weighted.adjustment.responded.factor
        calibration = np.divide(final, base * response, out=np.zeros(len(base)), where=response > 0)
        columns = {"base_weight": base, "nonresponse_factor": response, "calibration_factor": calibration}
        return pd.DataFrame({"row": np.arange(1, len(base) + 1), **columns, "weight": final})

    def _rows(self, estimate_spec: EstimateSpec, by: By) -> list[Row]:
        if estimate_spec.statistic == "quantile":
            (variable,), _ = self.variables(estimate_spec)
            return quantile_rows(self.estimator, variable, by, estimate_spec.probs, self.spec.level)
        return [row for table in self.tables(estimate_spec, by) for row in table.rows()]

    def _component_rows(self, estimate_spec: EstimateSpec, by: By) -> list[Row]:
        return [row for variable in self.variables(estimate_spec)[1] for row in self._table(variable, by).rows()]

    def tables(self, estimate_spec: EstimateSpec, by: By) -> list[Table]:
        """The solved variables of an estimate over a level, made once."""
        key = (estimate_spec.name, by)
        if key not in self._tables:
            self._tables[key] = [self._table(v, by) for v in self.variables(estimate_spec)[0]]
        return self._tables[key]

    def _table(self, variable: Variable, by: By) -> Table:
        """The table of a variable; one made for the same terms under another name is taken over."""
        key = (variable.key, variable.total, variable.interval, variable.unit, variable.answers, by)
        if key not in self._solved:
            solution = self.estimator.solve(variable, by)
            self._solved[key] = Table(self.estimator, solution, self.spec.level, self.spec.deff)
        return self._solved[key].named(variable)

    def _requested(self, request: Request) -> list[Table]:
        chosen = next(e for e in self.spec.estimates if e.name == request.estimate)
        return self.tables(chosen, request.by)

    def _covariance(self, request: Request) -> list[Row]:
        blocks = []
        for table in self._requested(request):
            matrix = self.estimator.covariance(table.solution)
            missing = np.isnan(table.variance)
            matrix[missing, :] = np.nan
            matrix[:, missing] = np.nan
            blocks.append(
                {
                    "name": request.estimate,
                    "variable": table.solution.variable.label,
                    "by": list(request.by),
                    "keys": [list(key) for key in table.level.keys],
                    "values": [[number(v) for v in row] for row in matrix],
                }
            )
        return blocks

    def _compare(self, request: Request) -> list[Row]:
        return [row for table in self._requested(request) for row in compare(self.estimator, table, request)]

    def _rank(self, request: Request) -> list[Row]:
        return [row for table in self._requested(request) for row in rank_rows(self.estimator, table, request)]

    def _meta(self, data_sha256: str | None) -> Row:
        text = json.dumps(self.raw, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
        first = self.design.stages[0]
        return {
            "n": len(self.design.weight),
            "n_strata": len(first.sampled),
            "n_psu": int(first.sampled.sum()),
            "version": analysis.__version__,
            "design_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "data_sha256": data_sha256,
            **({"rank_seed": DEFAULT_SEED, "rank_draws": DRAWS} if self.spec.rank else {}),
            "notes": list(self.weighted.notes),
        }


def levels_of(spec: Spec) -> list[By]:
    """Every list of keys that the design names, and those inside which a mean over units needs its units."""
    wanted = [*spec.domains, *(r.by for r in (*spec.compare, *spec.rank, *spec.covariance))]
    units = {e.unit for e in spec.estimates if e.unit}
    inner = [(*by, unit) for by in wanted for unit in sorted(units) if unit not in by]
    return list(dict.fromkeys([*wanted, *inner]))


def _domain_codes(data: pd.DataFrame, name: str, spec: Spec) -> Codes:
    requests = {"compare": spec.compare, "rank": spec.rank, "covariance": spec.covariance}
    places = {by: f"{key}[{i}].by" for key, all_ in requests.items() for i, r in enumerate(all_) for by in r.by}
    places |= {e.unit: f"{e.where}.unit" for e in spec.estimates}
    places |= {key: f"domains[{i}]" for i, by in enumerate(spec.domains) for key in by}
    column = column_of(data, name, places.get(name, "by"))
    try:
        return encode(column)
    except TypeError as exc:
        raise data_error(f"column {name!r}", "mixes values that cannot be sorted together") from exc


def _answers_of(data: pd.DataFrame, weighted: Weighted, spec: Spec) -> pd.DataFrame:
    """The data with the answers of non-respondents taken out."""
    if weighted.respondent.all():
        return data
    answers = data.copy(deep=False)
    for name in _answer_columns(spec.estimates):
        if name in answers.columns:
            answers[name] = answers[name].where(weighted.respondent)
    return answers


def _answer_columns(estimates: Sequence[EstimateSpec]) -> set[str]:
    items = {item for e in estimates for _, of_factor in e.factors for item in of_factor}
    return items | {name for e in estimates for name in (e.of, e.over, e.item) if name}


def weight_summary(weight: np.ndarray[Any, np.dtype[np.float64]]) -> Row:
    """Sum, range and Kish's design effect n Σw²/(Σw)² of the weights of respondents.

    Parameters
    ----------
    weight : (n,) array of float   0 for non-respondents

    Returns
    -------
    dict                           `sum min max kish_deff`

    Raises
    ------
    ValueError
        If every weight is 0.

    References
    ----------
    .. [1] Kish, L. (1992). Weighting for unequal P_i. Journal of Official Statistics 8, 183-200.

    Examples
    --------
    >>> weight_summary(np.array([1.0, 3.0, 0.0]))["kish_deff"]
    1.25
    """
    used = weight if weight.min() > 0 else weight[weight != 0]
    total = float(used.sum())
    squares = float(np.einsum("i,i", used, used))  # a BLAS product would wait for its idle threads
    kish = len(used) * squares / total**2
    return {"sum": total, "min": float(used.min()), "max": float(used.max()), "kish_deff": kish}
