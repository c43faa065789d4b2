"""Suppression of thin agencies. Authority: Hundepool et al. (2012), Statistical Disclosure Control, section 4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.disclosure import suppress

COUNTS = st.dictionaries(st.sampled_from("ABCDEFGHIJ"), st.integers(0, 40), min_size=1)


def test_a_thin_agency_takes_the_next_smallest_of_its_tier_with_it() -> None:
    found = suppress({"A": 9, "B": 60, "C": 30, "D": 12}, {"A": "sở", "B": "sở", "C": "sở", "D": "xã"})
    assert found == {"A": "primary", "C": "complementary"}


def test_two_thin_agencies_that_hide_each_other_need_no_third() -> None:
    assert suppress({"A": 6, "B": 5, "C": 30}, dict.fromkeys("ABC", "t")) == {"A": "primary", "B": "primary"}


def test_thin_agencies_together_below_the_minimum_need_a_third() -> None:
    assert suppress({"A": 2, "B": 3, "C": 30}, dict.fromkeys("ABC", "t"))["C"] == "complementary"


def test_an_agency_without_answers_has_nothing_to_hide() -> None:
    assert suppress({"A": 0, "B": 30}, dict.fromkeys("AB", "t")) == {}


@given(COUNTS, st.integers(1, 15))
def test_no_suppressed_agency_follows_from_its_tier_by_subtraction(counts: dict[str, int], minimum: int) -> None:
    tiers = {a: "t" if a < "F" else "u" for a in counts}
    found = suppress(counts, tiers, minimum=minimum)
    assert all(a in found for a, n in counts.items() if 0 < n < minimum)
    for tier in set(tiers.values()):
        mine = [a for a in counts if tiers[a] == tier and counts[a] > 0]
        hidden = [a for a in mine if a in found]
        if hidden and len(hidden) < len(mine):
            assert len(hidden) >= 2
            assert sum(counts[a] for a in hidden) >= minimum


@pytest.mark.parametrize(
    ("counts", "tiers", "minimum", "message"),
    [
        ({"A": 3}, {"A": "t"}, 0, "`minimum` must be at least 1; found 0"),
        ({"A": -3}, {"A": "t"}, 10, "`n_by_agency` must not be negative; 'A' has -3"),
        ({"A": 3}, {}, 10, "`tier_by_agency` must name the tier of every agency; 'A' has none"),
    ],
)
def test_bad_input_is_named(counts: dict, tiers: dict, minimum: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        suppress(counts, tiers, minimum=minimum)
