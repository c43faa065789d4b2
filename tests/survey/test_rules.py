"""The rules alone, on facts written by hand. Authority: hours 08:00-20:00 of Asia/Ho_Chi_Minh (UTC+7, no summer
time), one started message a number in 24 hours, three a wave.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from survey.models import MessageKind, WaveState
from survey.queries.outbox import SendFacts
from survey.services.messaging.rules import Action, Window, verdict

NOON = datetime(2026, 10, 14, 5, 0, tzinfo=UTC)
HOURS = Window.parse("08:00-20:00")
CLEAR = SendFacts(
    kind=MessageKind.invitation,
    expires_at=NOON + timedelta(days=2),
    erased=False,
    suppressed=False,
    wave_state=WaveState.launched,
    closes_at=NOON + timedelta(days=10),
    answered=False,
    spoken_to=False,
    disposition="3.19",
    last_started_at=None,
    started_in_wave=0,
)


def test_nothing_against_it_means_send() -> None:
    assert verdict(CLEAR, NOON, HOURS).action is Action.send


@pytest.mark.parametrize(
    ("change", "action"),
    [
        ({"expires_at": NOON}, Action.expire),
        ({"erased": True}, Action.cancel),
        ({"suppressed": True}, Action.cancel),
        ({"wave_state": WaveState.closed}, Action.cancel),
        ({"wave_state": WaveState.paused}, Action.wait),
        ({"closes_at": NOON}, Action.cancel),
        ({"answered": True}, Action.cancel),
        ({"disposition": "2.11"}, Action.cancel),
        ({"disposition": "2.12"}, Action.send),
        ({"disposition": "4.90"}, Action.cancel),
        ({"started_in_wave": 3}, Action.cancel),
        ({"started_in_wave": 2}, Action.send),
        ({"last_started_at": NOON - timedelta(hours=23, minutes=59)}, Action.wait),
        ({"last_started_at": NOON - timedelta(hours=24)}, Action.send),
    ],
    ids=str,
)
def test_each_fact_decides(change: dict[str, object], action: Action) -> None:
    assert verdict(replace(CLEAR, **change), NOON, HOURS).action is action


def test_an_answer_to_a_citizen_is_bound_by_age_and_erasure_only() -> None:
    hostile = replace(
        CLEAR,
        kind=MessageKind.reply,
        suppressed=True,
        wave_state=WaveState.closed,
        answered=True,
        disposition="2.11",
        last_started_at=NOON,
        started_in_wave=9,
    )
    midnight = NOON.replace(hour=17)
    assert verdict(hostile, midnight, HOURS).action is Action.send
    assert verdict(replace(hostile, expires_at=midnight), midnight, HOURS).action is Action.expire
    assert verdict(replace(hostile, erased=True), midnight, HOURS).action is Action.cancel


@pytest.mark.parametrize(
    ("utc", "opening"),
    [
        ("2026-10-14T00:59:59", "2026-10-14T01:00:00"),
        ("2026-10-14T13:00:00", "2026-10-15T01:00:00"),
        ("2026-10-14T17:00:00", "2026-10-15T01:00:00"),
        ("2026-12-31T16:59:59", "2027-01-01T01:00:00"),
    ],
    ids=["a second early", "at closing", "midnight in Huế", "New Year's Eve"],
)
def test_outside_the_hours_it_waits_for_the_next_opening(utc: str, opening: str) -> None:
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    facts = replace(CLEAR, expires_at=now + timedelta(days=2), closes_at=now + timedelta(days=9))
    found = verdict(facts, now, HOURS)
    assert found.action is Action.wait
    assert found.until == datetime.fromisoformat(opening).replace(tzinfo=UTC)


def test_holidays_are_skipped() -> None:
    tet = Window.parse("08:00-20:00", ("2026-09-02", "2026-09-03"))
    assert not tet.contains(datetime(2026, 9, 2, 5, 0, tzinfo=UTC))
    assert tet.next_opening(datetime(2026, 9, 1, 14, 0, tzinfo=UTC)).date() == date(2026, 9, 4)


@pytest.mark.parametrize("hours", ["20:00-08:00", "08:00", "8-20 o'clock", ""])
def test_hours_that_make_no_day_are_an_error(hours: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Window.parse(hours)
