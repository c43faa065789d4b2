"""Flags on answers. Authority: the definitions, re-coded here the slow way, and what must not change a flag."""

from __future__ import annotations

from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.quality import bursts, speeders, straight_lines

TIMES = st.lists(st.tuples(st.integers(0, 600), st.integers(0, 8), st.sampled_from("ws")), max_size=25)
SENT = st.lists(st.tuples(st.sampled_from(["a", "b", "", None]), st.integers(0, 300)), max_size=25)
RATING = st.sampled_from([1.0, 2.0, 5.0, float("nan")])


@given(TIMES)
def test_a_speeder_is_below_a_third_of_the_median_of_the_same_mode(rows: list[tuple[int, int, str]]) -> None:
    seconds, items, modes = ([row[i] for row in rows] for i in range(3))
    pace = {mode: [t / k for t, k, m in rows if m == mode and t and k] for mode in modes}
    slow = [bool(t and k and t / k < median(pace[m]) / 3) for t, k, m in rows]
    assert speeders(seconds, items, modes).tolist() == slow


@given(TIMES)
def test_the_unit_of_time_does_not_matter(rows: list[tuple[int, int, str]]) -> None:
    seconds, items, modes = ([row[i] for row in rows] for i in range(3))
    scaled = speeders(np.array(seconds, float) * 2.0**6, items, modes)
    assert scaled.tolist() == speeders(seconds, items, modes).tolist()
    assert speeders(seconds, items, modes).sum() <= len(rows) / 2


@given(st.lists(st.tuples(RATING, RATING, RATING, RATING, RATING), min_size=1, max_size=20))
def test_a_straight_line_is_one_value_given_often_enough(rows: list[tuple[float, ...]]) -> None:
    expected = []
    for row in rows:
        given_ = [value for value in row if value == value]
        expected.append(len(given_) >= 4 and len(set(given_)) == 1)
    assert straight_lines(rows).tolist() == expected
    assert straight_lines(-np.array(rows)).tolist() == expected, "the scale from its other end"


@given(SENT, st.integers(2, 4), st.integers(0, 90))
def test_a_burst_is_a_window_that_holds_enough(rows: list[tuple[str | None, int]], size: int, window: int) -> None:
    expected = []
    for source, at in rows:
        mine = sorted(t for name, t in rows if name == source)
        starts = [t for t in mine if t <= at <= t + window]
        expected.append(bool(source) and any(sum(s <= t <= s + window for t in mine) >= size for s in starts))
    assert (
        bursts([row[0] for row in rows], [row[1] for row in rows], size=size, window=window).tolist() == expected
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: speeders([1], [1], ["w"], share=1.0), "`share` must lie in (0, 1); got 1.0"),
        (lambda: speeders([1, 2], [1], ["w"]), "`items` and `group` must have the length of `seconds`, 2"),
        (lambda: straight_lines([1, 2]), "`ratings` must have a row for each person"),
        (lambda: straight_lines([[1, 2]], minimum=1), "`minimum` must be at least 2; got 1"),
        (lambda: bursts(["a"], [1, 2]), "`at` must have the length of `source`, 1; it has 2"),
        (lambda: bursts(["a"], [1], size=1), "`size` must be at least 2; got 1"),
    ],
    ids=["share", "lengths", "no table", "few", "times", "size"],
)
def test_wrong_arguments_are_named(call: object, words: str) -> None:
    with pytest.raises(ValueError, match="^" + words[:12].replace("`", "`")) as caught:
        call()  # type: ignore[operator]
    assert words in str(caught.value)


def test_nobody_at_all() -> None:
    assert speeders([], [], []).tolist() == bursts([], []).tolist() == []
    assert straight_lines(np.empty((0, 6))).tolist() == []
