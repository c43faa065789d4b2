"""The rolling wave, day by day. Authority: the rule of sampling.rolling, and sums of weights over all days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.errors import ConflictError
from survey.extensions import db
from survey.models import AuditEvent, FrameSnapshot, Invitation, Message, SampleUnit, Wave, WaveKind, WaveState
from survey.services.fieldwork.draw import draw_day, draw_sample
from survey.services.fieldwork.waves import choose_seed, close_wave, launch_wave
from tests.factories import make_agency, make_dossier, make_wave

FIRST = date(2026, 9, 1)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


def _finished(day: date, number: int, **kw: object) -> None:
    for _ in range(number):
        make_dossier(_finished.agency, completed_at=_noon(day), returned_at=_noon(day), **kw)


@pytest.fixture
def wave(app: Flask) -> Wave:
    """A launched wave of September that asks half of each day's people, some of whom come back every day."""
    _finished.agency = make_agency(code="A")
    plan = {
        "id": "dossier_code",
        "strata": ["agency"],
        "fraction": 0.5,
        "person": {"key": "person_id", "rule": "one_dossier"},
    }
    settings = {"response_days": 14, "invite_within_days": 7}
    made = make_wave(
        "cuon-chieu", kind=WaveKind.rolling, plan=plan, settings=settings, period_start=FIRST, seed=None
    )
    return launch_wave(made, actor="officer", now=_noon(FIRST))


def _day(wave: Wave, offset: int) -> FrameSnapshot:
    day = FIRST + timedelta(days=offset)
    return draw_day(wave, day, actor="cron", now=_noon(day + timedelta(days=1)))


def _units() -> list[SampleUnit]:
    return list(db.session.scalars(select(SampleUnit).order_by(SampleUnit.id)))


def test_half_of_the_days_people_are_drawn_and_invited_at_once(wave: Wave) -> None:
    _finished(FIRST, 10)
    snapshot = _day(wave, 0)
    assert (snapshot.n_eligible, len(_units())) == (10, 5)
    assert db.session.scalar(select(func.count()).select_from(Message)) == 5
    assert {unit.base_weight for unit in _units()} == {2.0}


def test_a_day_drawn_twice_is_drawn_once(wave: Wave) -> None:
    _finished(FIRST, 10)
    first = _day(wave, 0)
    _finished(FIRST, 10)
    assert _day(wave, 0).id == first.id
    assert (len(_units()), db.session.scalar(select(func.count()).select_from(FrameSnapshot))) == (5, 1)


def test_nobody_is_asked_twice_and_the_weights_make_up_for_it(wave: Wave) -> None:
    for offset in range(4):
        _finished(FIRST + timedelta(days=offset), 40)
        for number in range(40):
            _finished(FIRST + timedelta(days=offset), 1, phone=f"+8490511{number:04d}")
        _day(wave, offset)
    units = _units()
    assert len({unit.person_id for unit in units}) == len(units)
    assert {round(unit.inclusion_probability, 6) for unit in units} == {0.5, 0.25, 0.125, 0.0625}
    assert sum(unit.base_weight for unit in units) == pytest.approx(4 * 80, rel=0.35)


def test_a_dossier_that_reaches_us_late_is_drawn_with_a_later_day(wave: Wave) -> None:
    _finished(FIRST, 10)
    _day(wave, 0)
    _finished(FIRST, 4)
    snapshot = _day(wave, 1)
    assert snapshot.n_eligible == 4


def test_a_day_without_dossiers_is_on_record_and_invites_nobody(wave: Wave) -> None:
    snapshot = _day(wave, 0)
    assert (snapshot.n_eligible, snapshot.summary["strata"]) == (0, {})
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 0


def test_days_are_drawn_in_order(wave: Wave) -> None:
    _day(wave, 2)
    with pytest.raises(ConflictError, match="đã rút mẫu ngày 2026-09-03"):
        _day(wave, 1)


@pytest.mark.parametrize("day", [date(2026, 8, 31), date(2026, 10, 8)])
def test_a_day_outside_the_period_is_refused(wave: Wave, day: date) -> None:
    with pytest.raises(ConflictError, match="ngoài kỳ"):
        draw_day(wave, day, actor="cron", now=_noon(date(2026, 11, 1)))


def test_a_day_that_is_not_over_yet_may_be_drawn_but_none_to_come(wave: Wave) -> None:
    with pytest.raises(ConflictError, match="chưa tới"):
        draw_day(wave, FIRST + timedelta(days=1), actor="cron", now=_noon(FIRST))


def test_the_seed_is_on_record_by_its_hash_until_the_close(wave: Wave) -> None:
    _finished(FIRST, 10)
    _day(wave, 0)
    before = db.session.scalars(select(AuditEvent.details)).all()
    assert not any(wave.seed in str(details) for details in before)
    close_wave(wave, actor="officer", now=_noon(date(2026, 11, 1)))
    assert (
        db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first().details["seed"] == wave.seed
    )


def test_a_seed_may_be_chosen_before_the_launch_but_not_after(wave: Wave, now: datetime) -> None:
    with pytest.raises(ConflictError, match="chưa triển khai"):
        choose_seed(wave, "hạt", actor="officer", now=now)
    later = make_wave(kind=WaveKind.rolling, plan=wave.plan, settings=wave.settings, seed=None)
    choose_seed(later, "hạt", actor="officer", now=now)
    assert launch_wave(later, actor="officer", now=now).seed == "hạt"


def test_answers_are_taken_until_the_last_invited_have_had_their_time(wave: Wave) -> None:
    assert wave.closes_at == datetime(2026, 9, 30, 17, tzinfo=UTC) + timedelta(days=7 + 14)


def test_a_rolling_wave_is_not_drawn_at_once(wave: Wave, now: datetime) -> None:
    with pytest.raises(ConflictError, match="rút mẫu theo ngày"):
        draw_sample(wave, "hạt", actor="officer", now=now)


def test_a_closed_wave_draws_no_more(wave: Wave) -> None:
    _finished(FIRST, 4)
    _day(wave, 0)
    close_wave(wave, actor="officer", now=_noon(date(2026, 9, 20)))
    with pytest.raises(ConflictError, match="đã đóng"):
        _day(wave, 1)
    assert wave.state is WaveState.closed
