"""Coverage of the intervals of an agency's index in 1,000 waves from a known population. Authority: the truth."""

from pathlib import Path

import pandas as pd
import pytest

from tests.analysis.coverage import markdown, simulate, table
from tests.analysis.coverage_grid import grid

DOCUMENT = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8").splitlines()
METHODS = ("logit", "korn_graubard", "wilson", "beta")


@pytest.mark.slow
def test_the_published_interval_covers_the_truth_in_93_to_97_of_100_waves() -> None:
    covered = table(simulate(1000))["covered"]
    assert 93 <= covered.loc["logit", "0.75-0.95"] <= 97
    assert covered.loc["logit"].min() > 91


def test_the_simulation_runs_and_is_not_far_off() -> None:
    covered = table(simulate(12))["covered"]
    assert 90 <= covered.loc["logit", "0.75-0.95"] <= 99


@pytest.fixture(scope="module")
def table_of_the_grid() -> pd.DataFrame:
    return grid(4000)


@pytest.mark.slow
def test_the_table_in_the_documents_is_what_the_program_prints(table_of_the_grid: pd.DataFrame) -> None:
    lines = [line for line in markdown(table_of_the_grid).splitlines() if line.startswith("|")]
    assert len(lines) == 34
    assert [line for line in lines if line not in DOCUMENT] == []


@pytest.mark.slow
def test_every_method_that_stays_in_0_1_covers_on_the_grid_where_shares_are_not_extreme(
    table_of_the_grid: pd.DataFrame,
) -> None:
    names = [name for name in table_of_the_grid.index if name.endswith(METHODS)]
    usual = table_of_the_grid.loc[names]
    assert usual.iloc[:, :2].min().min() > 92
