"""Totals from an Ibis expression. Authority: the same estimate from arrays, counts equal and figures to 1e-12."""

import os
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import pytest

from analysis.engine import estimate_table
from analysis.errors import InputError
from analysis.run import estimate

# Ibis 12 still calls what pandas 3 and duckdb 2 deprecate
pytestmark = [
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
]
SURVEY = Path(__file__).parents[1] / "oracles" / "analysis_survey.csv"
DATA = pd.read_csv(SURVEY)
FACTORS = {"F1": ["q1", "q2"], "F2": ["q3", "q4"], "F3": ["q5", "q6"]}
DESIGN = {
    "weights": "v",
    "strata": "district",
    "psu": ["office"],
    "fpc": ["N_office"],
    "lonely_psu": "adjust",
    "interval": "logit",
    "estimates": [
        {"name": "mean", "statistic": "mean", "of": "q1"},
        {"name": "total", "statistic": "total", "of": "visits"},
        {"name": "ratio", "statistic": "ratio", "of": "late", "over": "done"},
        {"name": "factors", "statistic": "index", "formula": "t2b_mean_of_factors@1", "factors": FACTORS},
        {"name": "items", "statistic": "index", "formula": "t2b_mean_of_items@1", "factors": FACTORS},
        {"name": "pooled", "statistic": "index", "formula": "t2b_pooled@1", "factors": FACTORS},
        {"name": "general", "statistic": "index", "formula": "general_item@1", "item": "q1"},
    ],
    "domains": [[], ["agency"], ["agency", "channel"]],
    "compare": [{"estimate": "factors", "by": ["agency"]}],
    "covariance": [{"estimate": "factors", "by": ["channel"]}],
}


def duckdb_table():
    assert duckdb
    return ibis.duckdb.connect().read_csv(str(SURVEY))


def same(a: object, b: object) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == pytest.approx(b, rel=1e-10, abs=1e-13)
    return a == b


def test_duckdb_gives_the_same_result_as_arrays() -> None:
    ours, theirs = estimate(DATA, DESIGN), estimate_table(duckdb_table(), DESIGN)
    for key in ("results", "components", "compare", "covariance", "weights"):
        assert same(theirs[key], ours[key]), key
    assert theirs["meta"] | {"design_sha256": ""} == ours["meta"] | {"design_sha256": ""}


@pytest.mark.postgresql
def test_postgresql_gives_the_same_result_as_arrays() -> None:
    connection = ibis.connect(os.environ["THUOCDO_TEST_DATABASE_URL"].replace("+psycopg", ""))
    try:
        table = connection.create_table("analysis_answers", DATA, temp=True)
        ours, theirs = estimate(DATA, DESIGN), estimate_table(table, DESIGN)
    finally:
        connection.disconnect()
    for key in ("results", "components", "compare", "covariance", "weights"):
        assert same(theirs[key], ours[key]), key


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"deff": True}, "need the rows"),
        ({"psu": []}, "one stage of `psu`"),
        ({"estimates": [{"name": "q", "statistic": "quantile", "of": "days"}]}, r"estimates\[0\]: needs the rows"),
        ({"strata": "zz"}, "no column 'zz' in the table"),
    ],
    ids=["deff", "psu", "quantile", "column"],
)
def test_what_needs_the_rows_is_refused(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        estimate_table(duckdb_table(), {**DESIGN, "compare": None, "covariance": None, **change})
