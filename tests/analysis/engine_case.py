"""DESIGNs on the synthetic survey, and what an engine must give for them."""

from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from analysis.engine import estimate_table, table_of_totals
from analysis.run import estimate

SURVEY = Path(__file__).parents[1] / "oracles" / "analysis_survey.csv"
DATA = pd.read_csv(SURVEY)
FACTORS = {"F1": ["q1", "q2"], "F2": ["q3", "q4"], "F3": ["q5", "q6"]}


def index(name: str, **more: object) -> dict:
    return {"name": name, "statistic": "index", "formula": f"{name}@1", "factors": FACTORS, **more}


DESIGN: dict[str, Any] = {
    "lonely_psu": "adjust",
    "interval": "logit",
    "deff": True,
    "estimates": [
        {"name": "mean", "statistic": "mean", "of": "q1"},
        {"name": "total", "statistic": "total", "of": "visits"},
        {"name": "ratio", "statistic": "ratio", "of": "late", "over": "done"},
        {"name": "channel", "statistic": "proportion", "of": "channel"},
        {"name": "codes", "statistic": "proportion", "of": "q3"},
        *(index(f"t2b_{name}") for name in ("mean_of_factors", "mean_of_items", "pooled")),
        index("all_satisfied"),
        index("mean_score", scale=[1, 5]),
        index("mean_of_agencies", of_formula="t2b_pooled@1", unit="agency"),
        {"name": "general", "statistic": "index", "formula": "general_item@1", "item": "q1"},
    ],
    "domains": [[], ["agency"], ["agency", "channel"]],
    "compare": [{"estimate": "t2b_mean_of_factors", "by": ["agency"]}],
    "rank": [{"estimate": "t2b_mean_of_factors", "by": ["agency"]}],
    "covariance": [{"estimate": "t2b_mean_of_factors", "by": ["channel"]}],
}
PSUS = {
    "offices": {"weights": "v", "strata": "district", "psu": ["office"], "fpc": ["N_office"]},
    "offices with replacement": {"weights": "v", "strata": "district", "psu": ["office"], "deff": "replace"},
    "dossiers": {"weights": "w", "strata": "stratum", "fpc": ["N_h"]},
    "dossiers that weigh N/n": {"weights": None, "strata": "stratum", "fpc": ["N_h"]},
    "dossiers of offices": {
        "weights": "v", "strata": "district", "psu": ["office"], "fpc": ["N_office", "N_dossier"],
    },
}  # fmt: skip


def duckdb_table(data: pd.DataFrame | None = None) -> Any:
    """The survey, or other data, as a table of DuckDB."""
    return ibis.duckdb.connect().read_csv(str(SURVEY)) if data is None else ibis.memtable(data)


def same(a: object, b: object) -> bool:
    """Counts and words equal, numbers to 1e-10: ends of intervals amplify the 1e-12 of the sums."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == pytest.approx(b, rel=1e-10, abs=1e-13)
    return a == b


def check_estimates(table: Any, psus: str) -> None:
    """The RESULT from the table and the RESULT from arrays."""
    design = {**DESIGN, **PSUS[psus]}
    ours, theirs = estimate(DATA, design), estimate_table(table, design)
    for part in ours:
        assert same(theirs[part], ours[part]), part


def check_totals(table: Any) -> None:
    """Counts of the table of totals equal to the last unit, sums to 1e-12, against pandas' own group-by."""
    design = {**PSUS["offices"], "domains": [["agency"]], "estimates": DESIGN["estimates"][:1]}
    found = table_of_totals(table, design)
    answers = DATA.assign(wq=DATA.v * DATA.q1, wa=DATA.v * DATA.q1.notna())
    keys = ["agency", "district", "office", "N_office"]
    plain = answers.groupby(keys).agg(
        num=("wq", "sum"), den=("wa", "sum"), count=("q1", "count"), rows=("v", "size"), w=("v", "sum")
    )
    sums, counts = ["num", "den", "w"], ["count", "rows"]
    found = found.rename(columns={"part0": "num", "part1": "den", "part2": "count"}).set_index(keys)
    assert found.index.tolist() == plain.index.tolist()
    assert (found[counts].astype(int) == plain[counts]).all(axis=None)
    np.testing.assert_allclose(found[sums].astype(float), plain[sums], rtol=1e-12)
