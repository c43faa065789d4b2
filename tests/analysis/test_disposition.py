"""Dispositions and outcome rates.

Authority: AAPOR Standard Definitions (2016), internet surveys of specifically named persons.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import rates
from analysis.disposition import CATEGORY, Disposition, account, final_disposition

CODES = st.sampled_from(list(Disposition))


@pytest.mark.parametrize(
    ("events", "last"),
    [
        (["3.19"], "3.19"),
        (["3.19", "3.30"], "3.30"),
        (["3.30", "3.19"], "3.19"),
        (["3.19", "2.12", "2.11"], "2.11"),
        (["3.19", "2.11", "1.1"], "1.1"),
        (["3.19", "1.1", "2.11"], "1.1"),
        (["3.19", "1.2", "1.1", "3.30"], "1.1"),
        (["3.19", "1.1", "4.81"], "4.81"),
        (["2.12", "2.26"], "2.12"),
        (["2.26", "2.30"], "2.30"),
    ],
    ids=lambda v: "-".join(v) if isinstance(v, list) else v,
)
def test_the_last_word_follows_from_all_events(events: list[str], last: str) -> None:
    assert final_disposition(events) == last


def test_an_unknown_code_is_an_error_not_other() -> None:
    with pytest.raises(ValueError, match=r"`code` must be one of .*; found '5\.0'"):
        final_disposition(["3.19", "5.0"])


def test_a_case_without_events_is_an_error() -> None:
    with pytest.raises(ValueError, match="`events` must hold at least one code"):
        final_disposition([])


@given(st.lists(CODES, max_size=60), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_the_account_adds_up(codes: list[str], ineligible: int, same_person: int, rest: int) -> None:
    frame = len(codes) + ineligible + same_person + rest
    found = account(codes, frame=frame, ineligible=ineligible, same_person=same_person)
    assert found.adds_up
    assert (found.sampled, found.not_sampled) == (len(codes), rest)


def test_a_frame_smaller_than_its_parts_is_an_error() -> None:
    with pytest.raises(ValueError, match="`frame` must be at least the 3 dossiers accounted for; found 2"):
        account(["1.1", "3.19"], frame=2, ineligible=1)


def test_every_code_has_a_line_in_the_account() -> None:
    assert set(CATEGORY) == set(Disposition)


EXAMPLE = rates.Outcomes(
    complete=600, partial=50, refused=120, no_contact=60, other=20, unknown=100, ineligible=50
)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (rates.rr1, 600 / 950),
        (rates.rr2, 650 / 950),
        (lambda o: rates.rr3(o, 0.5), 600 / 900),
        (lambda o: rates.rr4(o, 0.5), 650 / 900),
        (rates.rr5, 600 / 850),
        (rates.rr6, 650 / 850),
        (rates.cooperation, 600 / 790),
        (rates.refusal, 120 / 950),
        (rates.contact, 790 / 950),
        (rates.rr3, 600 / (850 + 100 * 850 / 900)),
    ],
    ids=["RR1", "RR2", "RR3", "RR4", "RR5", "RR6", "COOP1", "REF1", "CON1", "RR3-proportional"],
)
def test_rates_equal_their_formula_by_hand(rate, expected: float) -> None:
    assert rate(EXAMPLE) == pytest.approx(expected, rel=1e-15)


def test_an_eligibility_outside_0_1_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"`e` must lie in \[0, 1\]; found 1.5"):
        rates.rr3(EXAMPLE, 1.5)


@given(st.lists(CODES, min_size=1, max_size=80))
def test_response_rates_are_ordered(codes: list[str]) -> None:
    o = rates.outcomes(codes)
    if o.eligible:
        assert rates.rr1(o) <= rates.rr3(o) + 1e-12 <= rates.rr5(o) + 2e-12
        assert rates.rr1(o) <= rates.rr2(o) <= rates.rr4(o) + 1e-12 <= rates.rr6(o) + 2e-12
