"""Strata with one unit *of the domain*. Authority: R survey 4.1, survey.adjust.domain.lonely (analysis_lonely.R).

Figures agree to 1e-9. At the second stage R looks for "average" inside each unit of the first, where a lonely one
has no other stratum to borrow from, and gives NaN (as at the first stage where none is left); ours borrows from
all units of the domain.
"""

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.engine import estimate_table
from analysis.errors import InputError
from analysis.run import estimate
from tests.analysis.engine_case import FACTORS, duckdb_table
from tests.analysis.test_oracle_survey import DESIGNS

# Ibis 12 still calls what pandas 3 and duckdb 2 deprecate
pytestmark = [
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
]
FOLDER = Path(__file__).parents[1] / "oracles"
ORACLE = json.loads((FOLDER / "analysis_lonely.json").read_text())
DATA = pd.read_csv(FOLDER / "analysis_survey.csv")
WHAT = [
    {"name": "mean_q1", "statistic": "mean", "of": "q1"},
    {"name": "total_visits", "statistic": "total", "of": "visits"},
    {"name": "ratio_late", "statistic": "ratio", "of": "late", "over": "done"},
    {"name": "pooled", "statistic": "index", "formula": "t2b_pooled@1", "factors": FACTORS},
]


def spec(design: str, rule: str, adjusted: bool = True) -> dict:
    return {
        **DESIGNS[design],
        "lonely_psu": rule,
        "adjust_domain_lonely": adjusted,
        "estimates": WHAT,
        "domains": [[], ["agency"], ["office"], ["channel", "visits"]],
    }


def table(result: dict) -> dict:
    return {(r["name"], tuple(r["domain"].items())): r for r in result["results"]}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("rule", ["adjust", "average"])
def test_figures_equal_r(design: str, rule: str) -> None:
    mine = table(estimate(DATA, spec(design, rule)))
    plain = table(estimate(DATA, spec(design, rule, adjusted=False)))
    records = [r for r in ORACLE["estimates"] if (r["design"], r["rule"]) == (design, rule)]
    wrong, moved = [], 0
    for record in records:
        key = record["what"], tuple(dict(record["domain"] or {}).items())
        row = mine[key]
        moved += row["se"] != plain[key]["se"]
        if record["se"] is None:
            good = row["se"] is None or design == "twostage"
        else:
            good = row["se"] == pytest.approx(record["se"], rel=1e-9, abs=1e-13 * abs(record["estimate"]))
        wrong += [] if good else [(record, row)]
    assert len(records) > 100
    assert moved > 10
    assert not wrong, (len(wrong), wrong[:4])


def test_an_engine_that_sums_offices_gives_the_same() -> None:
    design = spec("onestage", "adjust")
    ours, theirs = table(estimate(DATA, design)), table(estimate_table(duckdb_table(), design))
    assert all(theirs[key]["se"] == pytest.approx(row["se"], rel=1e-9, abs=1e-9) for key, row in ours.items())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lonely_psu": "remove"}, 'changes nothing unless `lonely_psu` is "adjust" or "average"'),
        ({"replicates": {"method": "jkn"}}, "is defined for variances without `replicates`"),
        ({"adjust_domain_lonely": "yes"}, "must be true or false, found a string"),
    ],
    ids=["rule", "replicates", "text"],
)
def test_where_it_means_nothing_it_is_refused(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=f"adjust_domain_lonely: {message}"):
        estimate(DATA, {**spec("onestage", "adjust"), **change})


def test_rows_that_an_engine_has_summed_cannot_be_told_apart() -> None:
    with pytest.raises(InputError, match="adjust_domain_lonely: needs the rows"):
        estimate_table(duckdb_table(), spec("element", "adjust"))
