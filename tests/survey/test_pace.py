"""How a wave's texts are spread. Authority: 80 % of the contract, 08:00-20:00 in Asia/Ho_Chi_Minh (UTC+7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from survey.extensions import db
from survey.models import Message
from survey.services.messaging import pace
from survey.services.messaging.invite import queue_invitations
from survey.services.messaging.rules import Window
from tests.factories import make_unit, make_wave

HOURS = Window.parse("08:00-20:00", ("2026-10-15",))
TEN = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)  # ten in the morning in Huế
EIGHT_IN_THE_EVENING = datetime(2026, 10, 14, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("open_hours", "end"),
    [(0, TEN), (10, EIGHT_IN_THE_EVENING), (11, datetime(2026, 10, 16, 2, 0, tzinfo=UTC))],
    ids=["nothing", "to the last minute", "over the night and a holiday"],
)
def test_only_open_hours_count(open_hours: int, end: datetime) -> None:
    assert pace.open_after(HOURS, TEN, timedelta(hours=open_hours)) == end


@pytest.mark.usefixtures("app")
class TestOfWave:
    """At the default contract of 20 parts a second we use 16: ten minutes carry 9,600."""

    def test_a_small_wave_goes_at_once(self) -> None:
        small = pace.of_wave(9_600, {}, TEN)
        assert {small.due(number) for number in range(100)} == {TEN}
        assert small.finish(9_600) == TEN + timedelta(minutes=10)

    def test_a_large_one_fills_what_is_left_of_the_day(self) -> None:
        due = sorted(pace.of_wave(20_000, {}, TEN).due(number) for number in range(5_000, 25_000))
        assert TEN <= due[0] <= due[-1] < EIGHT_IN_THE_EVENING
        assert max(after - before for before, after in pairwise(due)) < timedelta(seconds=5)

    def test_each_agency_is_asked_at_all_hours(self) -> None:
        """Units of an agency are numbered one after the other."""
        due = [pace.of_wave(20_000, {}, TEN).due(number) for number in range(7_000, 7_040)]
        hours = {(moment - TEN) // timedelta(hours=1) for moment in due}
        assert hours == set(range(10))

    def test_one_that_is_launched_at_night_begins_in_the_morning(self) -> None:
        night = pace.of_wave(20_000, {}, TEN.replace(hour=18))
        assert night.start == datetime(2026, 10, 15, 1, 0, tzinfo=UTC)
        assert night.span == timedelta(hours=12)

    def test_more_than_the_day_carries_goes_on_tomorrow_at_full_rate(self) -> None:
        over = pace.of_wave(600_000, {}, TEN)  # 10 h 25 min at 16 a second
        assert over.finish(600_000) == datetime(2026, 10, 15, 1, 25, tzinfo=UTC)

    def test_an_officer_may_want_it_fast(self) -> None:
        assert pace.of_wave(20_000, {"sms_spread": False}, TEN).span == timedelta(0)

    def test_the_queue_holds_what_the_pace_says(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pace, "AT_ONCE", timedelta(0))
        wave = make_wave(state="launched", closes_at=TEN + timedelta(days=9))
        units = [make_unit(wave=wave) for _ in range(3)]
        queue_invitations(wave, units, TEN)
        found = sorted(db.session.scalars(select(Message.not_before)))
        assert found == sorted(pace.of_wave(3, {}, TEN).due(unit.id) for unit in units)
        assert found[-1] - found[0] > timedelta(hours=1)
