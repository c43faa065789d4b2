"""What is kept back: fewer than ten people, and whatever would tell them by subtraction (docs/publication.md)."""

from __future__ import annotations

import pandas as pd
import pytest

from survey.models import DomainLevel, Estimate
from survey.services.publishing.content import largest_share
from survey.services.publishing.disclosure import hidden_figures, rows_can_be_public

PROVINCE, TIER, AGENCY = DomainLevel.province, DomainLevel.tier, DomainLevel.agency


def table(
    agencies: dict[str, tuple[str, int]], **other: dict[str, int]
) -> dict[tuple[DomainLevel, str], dict[str, Estimate]]:
    """Counts of `index` by agency (tier, n), with tiers and province added up; `other` estimates by agency."""
    counts: dict[str, dict[str, int]] = {"index": {code: n for code, (_, n) in agencies.items()}} | other
    made: dict[tuple[DomainLevel, str], dict[str, Estimate]] = {}
    for name, of_agency in counts.items():
        for code, n in of_agency.items():
            for key in ((AGENCY, code), (TIER, agencies[code][0]), (PROVINCE, "")):
                row = made.setdefault(key, {}).setdefault(name, Estimate(n=0))
                row.n += n
    return made


def hidden_index(agencies: dict[str, tuple[str, int]]) -> set[str]:
    tiers = {code: tier for code, (tier, _) in agencies.items()}
    return {code or level.value for (level, code), name in hidden_figures(table(agencies), tiers, "index", 10)}


def test_nothing_is_hidden_where_everybody_has_ten() -> None:
    assert hidden_index({"A": ("x", 10), "B": ("x", 25)}) == set()


def test_the_next_smallest_of_the_tier_goes_with_a_single_thin_agency() -> None:
    assert hidden_index({"A": ("x", 4), "B": ("x", 25), "C": ("x", 60), "D": ("y", 12)}) == {"A", "B"}


def test_two_thin_agencies_with_ten_people_between_them_hide_one_another() -> None:
    assert hidden_index({"A": ("x", 4), "B": ("x", 6), "C": ("x", 60)}) == {"A", "B"}


def test_two_thin_agencies_with_fewer_take_a_third() -> None:
    assert hidden_index({"A": ("x", 4), "B": ("x", 5), "C": ("x", 60)}) == {"A", "B", "C"}


def test_an_agency_without_any_answer_has_nothing_to_hide() -> None:
    assert hidden_index({"A": ("x", 0), "B": ("x", 25)}) == set()


def test_the_only_agency_of_its_tier_takes_the_tier_and_the_next_tier_with_it() -> None:
    assert hidden_index({"A": ("x", 4), "B": ("y", 25), "C": ("y", 30), "D": ("z", 90)}) == {"A", "x", "y"}


def test_hardly_anybody_at_all_hides_everything() -> None:
    assert hidden_index({"A": ("x", 4), "B": ("y", 3)}) == {"A", "B", "x", "y", "province"}


def test_a_criterion_that_few_could_answer_is_hidden_on_its_own() -> None:
    agencies = {"A": ("x", 40), "B": ("x", 50), "C": ("x", 60)}
    made = table(agencies, q4={"A": 3, "B": 40, "C": 50})
    hidden = hidden_figures(made, {code: tier for code, (tier, _) in agencies.items()}, "index", 10)
    assert hidden == {((AGENCY, "A"), "q4"), ((AGENCY, "B"), "q4")}


FACTORS = {"F1": ("q1",), "F2": ("q2", "q3"), "F3": ("q4",)}
AVERAGES = ("t2b_pooled@1", "mean_of_agencies@1")


def hidden_of(counts: dict[str, dict[str, int]]) -> dict[str, set[str]]:
    """Names hidden by domain: three agencies of a tier, 40, 50 and 60 answers where `counts` says nothing else."""
    agencies = {"A": ("x", 40), "B": ("x", 50), "C": ("x", 60)}
    index = counts.pop("index", {})
    agencies = {code: (tier, index.get(code, n)) for code, (tier, n) in agencies.items()}
    names = ("F1", "F2", "F3", "q1", "q2", "q3", "q4", *AVERAGES)
    full = {code: n for code, (_, n) in agencies.items()}
    made = table(agencies, **{name: full | counts.get(name, {}) for name in names})
    tiers = {code: tier for code, (tier, _) in agencies.items()}
    found: dict[str, set[str]] = {}
    for (level, code), name in hidden_figures(made, tiers, "index", 10, FACTORS, AVERAGES):
        found.setdefault(code or level.value, set()).add(name)
    return found


def test_a_hidden_factor_takes_a_second_one_for_the_index_less_the_others_would_tell_it() -> None:
    hidden = hidden_of({"F3": {"A": 4}, "q4": {"A": 4}, "F1": {"A": 30}, "q1": {"A": 30}})
    assert hidden == {
        "A": {"F3", "q4", "F1", "q1", *AVERAGES},
        "B": {"F3", "q4", "F1", "q1", *AVERAGES},
    }


def test_a_hidden_criterion_takes_a_second_one_of_its_factor() -> None:
    assert hidden_of({"q2": {"A": 4}}) == {"A": {"q2", "q3"}, "B": {"q2", "q3"}}


def test_a_factor_hidden_for_anothers_sake_hides_the_criteria_that_would_tell_it() -> None:
    hidden = hidden_of({"F3": {"A": 4, "B": 8}, "q4": {"A": 4, "B": 8}, "F2": {"A": 20, "B": 20}})
    assert hidden == {code: {"F3", "q4", "F2", "q2", "q3", *AVERAGES} for code in "AB"}


def test_the_mean_of_agencies_goes_where_it_would_be_a_second_equation_for_two_hidden_agencies() -> None:
    hidden = hidden_of({"index": {"A": 4}})
    assert set(hidden) == {"A", "B", "x", "province"}
    assert hidden["x"] == hidden["province"] == {"mean_of_agencies@1"}


def test_the_largest_share_is_that_of_one_person_in_one_agency_after_the_response_adjustment() -> None:
    rows = pd.DataFrame(
        [
            ("A", "A|1", 5.0, 1, 1),  # stands for 10 of 16 in A
            ("A", "A|1", 5.0, 0, 0),
            ("A", "A|2", 6.0, 1, 1),
            ("B", "B|1", 9.0, 1, 1),
            ("B", "B|1", 9.0, 1, 1),
        ],
        columns=["agency", "weighting_class", "base_weight", "resolved", "responded"],
    )
    assert largest_share(rows) == pytest.approx(10 / 16)


ROWS = pd.DataFrame({"agency": ["A"] * 10 + ["B"] * 10, "base_weight": [2.0] * 10 + [3.0] * 10})


@pytest.mark.parametrize(
    ("rows", "hidden", "synthetic", "public"),
    [
        (ROWS, frozenset(), False, True),
        (ROWS.head(19), frozenset(), False, False),
        (ROWS.head(19), frozenset(), True, True),
        (ROWS, frozenset({((AGENCY, "A"), "q4")}), False, False),
        (ROWS, frozenset({((AGENCY, "A"), "q4")}), True, True),
        (ROWS, frozenset({((AGENCY, "A"), "index")}), True, False),
    ],
    ids=[
        "all shared by ten",
        "nine alike",
        "nobody real",
        "criterion hidden",
        "nobody real, criterion",
        "agency hidden",
    ],
)
def test_rows_are_open_only_where_nobody_can_be_singled_out(
    rows: pd.DataFrame, hidden: frozenset[tuple[tuple[DomainLevel, str], str]], synthetic: bool, public: bool
) -> None:
    assert rows_can_be_public(rows, hidden, ["agency", "base_weight"], 10, synthetic=synthetic) is public
