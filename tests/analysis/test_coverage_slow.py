"""Coverage of the intervals of an agency's index in 1,000 waves from a known population. Authority: the truth."""

import pytest

from tests.analysis.coverage import simulate, table
from tests.analysis.coverage_grid import grid


@pytest.mark.slow
def test_the_published_interval_covers_the_truth_in_93_to_97_of_100_waves() -> None:
    covered = table(simulate(1000))["covered"]
    assert 93 <= covered.loc["logit", "0.75-0.95"] <= 97
    assert covered.loc["logit"].min() > 91


def test_the_simulation_runs_and_is_not_far_off() -> None:
    covered = table(simulate(12))["covered"]
    assert 90 <= covered.loc["logit", "0.75-0.95"] <= 99


@pytest.mark.slow
def test_every_method_that_stays_in_0_1_covers_on_the_grid_where_shares_are_not_extreme() -> None:
    table = grid(2000)
    usual = table.loc[
        [name for name in table.index if name.endswith(("logit", "korn_graubard", "wilson", "beta"))]
    ]
    assert usual.iloc[:, :2].min().min() > 92
