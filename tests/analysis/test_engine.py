"""Totals from an Ibis expression. Authority: the same estimate from arrays, counts equal and sums to 1e-12."""

import os
from collections.abc import Iterator
from typing import Any

import ibis
import pytest

from analysis.engine import estimate_table
from analysis.errors import InputError, Refusal
from tests.analysis.engine_case import DATA, DESIGN, PSUS, check_estimates, check_totals, duckdb_table

# Ibis 12 still calls what pandas 3 and duckdb 2 deprecate
pytestmark = [
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
]


@pytest.fixture
def postgresql_table() -> Iterator[Any]:
    connection = ibis.connect(os.environ["THUOCDO_TEST_DATABASE_URL"].replace("+psycopg", ""))
    yield connection.create_table("analysis_answers", DATA, temp=True)
    connection.disconnect()


def test_duckdb_gives_the_totals_of_a_plain_group_by() -> None:
    check_totals(duckdb_table())


@pytest.mark.parametrize("psus", PSUS)
def test_duckdb_gives_the_same_result_as_arrays(psus: str) -> None:
    check_estimates(duckdb_table(), psus)


@pytest.mark.postgresql
def test_postgresql_gives_the_totals_of_a_plain_group_by(postgresql_table: Any) -> None:
    check_totals(postgresql_table)


@pytest.mark.postgresql
@pytest.mark.parametrize("psus", PSUS)
def test_postgresql_gives_the_same_result_as_arrays(psus: str, postgresql_table: Any) -> None:
    check_estimates(postgresql_table, psus)


BASE = {**DESIGN, **PSUS["offices"]}
MEAN = {"name": "m", "statistic": "mean", "of": "visits"}


def test_answers_all_alike_have_standard_error_0_though_rows_are_summed() -> None:
    data = DATA.assign(q1=5.0, q2=4.0, q3=5.0)
    design = {**PSUS["dossiers"], "lonely_psu": "certainty", "estimates": DESIGN["estimates"][5:6]}
    first = estimate_table(duckdb_table(data.assign(q4=5, q5=4, q6=4)), design)["results"][0]
    assert (first["estimate"], first["se"], first["flags"]) == (1.0, 0.0, ["zero_se"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"calibration": [{"method": "trim", "max": 3}]}, "need the rows"),
        ({"estimates": [{"name": "q", "statistic": "quantile", "of": "days"}]}, r"estimates\[0\]: needs the rows"),
        ({"strata": "zz"}, "no column 'zz' in the table"),
        ({"weights": "zz"}, "no column 'zz' in the table"),
        (
            {"estimates": [{**MEAN, "of": "agency"}]},
            r"estimates\[0\]\.of: `agency` must hold numbers; it holds string",
        ),
        (
            {"estimates": [{**DESIGN["estimates"][9], "scale": [1, 4]}]},
            r"column 'q.': must lie in 1\.\.4, found 5",
        ),
    ],
    ids=["calibration", "quantile", "strata", "weights", "text", "scale"],
)
def test_what_cannot_be_had_from_totals_is_refused(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        estimate_table(duckdb_table(), {**BASE, "compare": None, "rank": None, "covariance": None, **change})


@pytest.mark.parametrize(
    ("weight", "found"), [(-1.0, "found -1$"), (0.0, "found 0$"), (None, "found a missing one$")]
)
def test_a_weight_that_is_none_is_refused(weight: float | None, found: str) -> None:
    data = DATA.assign(v=[weight, *DATA.v[1:]])
    with pytest.raises(InputError, match=f"`weights` 'v' must be positive and finite; {found}"):
        estimate_table(duckdb_table(data), {**PSUS["offices"], "lonely_psu": "adjust", "estimates": [MEAN]})


def test_a_stratum_of_one_dossier_is_refused_and_one_summed_into_a_row_is_not() -> None:
    design = {**PSUS["dossiers"], "estimates": [MEAN]}
    several = DATA[DATA.groupby("stratum")["id"].transform("size") > 1]
    assert estimate_table(duckdb_table(several), design)["results"][0]["se"] > 0
    with pytest.raises(Refusal, match="has one unit at stage 1"):
        estimate_table(duckdb_table(DATA.drop_duplicates("stratum")), design)
