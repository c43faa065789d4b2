"""Contact rules: freedom as a product over earlier frames, and what a history may hold."""

import numpy as np
import pandas as pd
import pytest

from sampling.contacts import contacts, history_hash
from sampling.errors import HistoryError


def test_freedom_multiplies_over_earlier_frames() -> None:
    past = pd.DataFrame({"who": ["a", "a", "b"], "p": [0.5, 0.2, 0.25], "invited": [0, 0, 1]})
    found = contacts(np.array(["a", "b", "c"], object), past, "who", drop_impossible=False)
    assert found.is_free.tolist() == [True, False, True]
    assert found.free_probability.tolist() == pytest.approx([0.4, 0.75, 1.0])


def test_persons_invited_for_sure_are_unreachable_or_let_in() -> None:
    past = pd.DataFrame({"who": ["a", "b"], "p": [1.0, 0.5], "invited": [1, 1]})
    persons = np.array(["a", "b"], object)
    strict = contacts(persons, past, "who", drop_impossible=False)
    lenient = contacts(persons, past, "who", drop_impossible=True)
    assert (strict.is_free.tolist(), strict.is_unreachable.tolist()) == ([False, False], [True, False])
    assert (lenient.is_free.tolist(), lenient.free_probability[0]) == ([True, False], 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p": [1.5]}, "row 1, column `p`: must lie in"),
        ({"p": [None]}, "row 1, column `p`: must lie in"),
        ({"invited": [2]}, "row 1, column `invited`: must be 0 or 1"),
        ({"p": [0.0], "invited": [1]}, "yet the person was invited"),
        ({"who": [None]}, "row 1, column `who`: must not be empty"),
    ],
)
def test_a_wrong_history_is_named(change: dict[str, list[object]], message: str) -> None:
    past = pd.DataFrame({"who": ["a"], "p": [0.5], "invited": [0]} | change)
    with pytest.raises(HistoryError, match=message):
        contacts(np.array(["a"], object), past, "who", drop_impossible=False)


def test_a_history_without_its_columns_is_refused() -> None:
    with pytest.raises(HistoryError, match="column `p`: is missing"):
        contacts(np.array(["a"], object), pd.DataFrame({"who": ["a"]}), "who", drop_impossible=False)


def test_a_person_barred_from_a_census_is_unreachable_too() -> None:
    past = pd.DataFrame({"who": ["a"], "p": [1.0], "invited": [0]})
    found = contacts(np.array(["a"], object), past, "who")
    assert (found.is_free.tolist(), found.is_unreachable.tolist()) == ([False], [True])


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        (["2026-01-01", "2026-06-01"], "row 1, column `invited_on`: lies 151 days before the latest"),
        (["2026-06-01", "01/06/2026"], "row 2, column `invited_on`: '01/06/2026' is no ISO date"),
    ],
)
def test_frames_outside_the_gap_and_false_dates_are_named(dates: list[str], message: str) -> None:
    past = pd.DataFrame({"who": ["a", "b"], "p": [0.5, 0.5], "invited": [1, 1], "invited_on": dates})
    with pytest.raises(HistoryError, match=message):
        contacts(np.array(["a"], object), past, "who", gap_days=90)


def test_dates_inside_the_gap_and_missing_ones_pass() -> None:
    past = pd.DataFrame(
        {"who": ["a", "b"], "p": [0.5, 0.5], "invited": [1, 0], "invited_on": ["2026-06-01", None]}
    )
    assert contacts(np.array(["b"], object), past, "who", gap_days=90).is_free.tolist() == [True]


def test_row_order_changes_neither_the_hash_nor_a_single_bit() -> None:
    rng = np.random.default_rng(1)
    past = pd.DataFrame({"who": ["a"] * 30, "p": rng.random(30), "invited": 0})
    shuffled = past.sample(frac=1.0, random_state=3)
    once, twice = (contacts(np.array(["a"], object), h, "who").free_probability[0] for h in (past, shuffled))
    assert once == twice
    assert history_hash(past) == history_hash(shuffled)
