"""Dates of exports. Authority: forms seen in exports; Excel's serials as Excel shows them (45000 = 2023-03-15)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from survey.clock import day_bounds, local_day
from survey.services.intake.dates import read_moment

MORNING = datetime(2026, 7, 1, 1, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 30, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("01/07/2026 08:30", MORNING),
        ("1/7/2026 8:30:00", MORNING),
        ("01-07-2026 08:30", MORNING),
        ("2026-07-01 08:30:00", MORNING),
        ("2026-07-01T08:30:00.123", MORNING),
        ("2026-07-01T01:30:00Z", MORNING),
        ("2026-07-01T03:30:00+02:00", MORNING),
        ("20260701083000", MORNING),
        ("202607010830", MORNING),
        (20260701083000.0, MORNING),
        (46204.354166666664, MORNING),
        ("46204,354166666664", MORNING),
        (datetime(2026, 7, 1, 8, 30), MORNING),  # noqa: DTZ001 -- a date cell has no zone
        ("01/07/2026", MIDNIGHT),
        ("2026-07-01", MIDNIGHT),
        ("20260701", MIDNIGHT),
        (46204, MIDNIGHT),
        (date(2026, 7, 1), MIDNIGHT),
    ],
)
def test_every_form_gives_the_same_moment(cell: object, at: datetime) -> None:
    assert read_moment(cell).at == at


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "31/02/2026",
        "2026",
        "1/7/26",
        "07/13/2026x",
        "20261301",
        "12345678901",
        True,
        "01/01/1899",
        5,
        "chưa có",
    ],
)
def test_what_is_no_date_is_refused(cell: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_moment(cell)


def test_excel_serial_of_a_known_day() -> None:
    assert local_day(read_moment(45000).at) == date(2023, 3, 15)


def test_a_due_date_without_time_lasts_until_the_day_is_over() -> None:
    assert read_moment("01/07/2026").end_of_day() == datetime(2026, 7, 1, 16, 59, 59, tzinfo=UTC)


def test_a_due_moment_with_time_is_kept() -> None:
    assert read_moment("01/07/2026 17:00").end_of_day() == datetime(2026, 7, 1, 10, tzinfo=UTC)


def test_a_finish_without_time_on_the_day_of_receipt_is_not_before_it() -> None:
    assert read_moment("01/07/2026").not_before(MORNING) == MORNING


def test_a_finish_on_an_earlier_day_stays_earlier() -> None:
    assert read_moment("30/06/2026").not_before(MORNING) < MORNING


def test_the_last_hour_of_a_day_in_hue_belongs_to_it() -> None:
    start, end = day_bounds(date(2026, 7, 1), date(2026, 7, 1))
    assert start <= read_moment("01/07/2026 23:59:59").at < end
