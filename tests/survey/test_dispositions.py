"""The last word on a unit. Authority: AAPOR Standard Definitions, and that people may take back what they said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from survey.extensions import db
from survey.models import DispositionEvent, SampleUnit
from survey.services.answers import dispositions
from tests.factories import make_unit, make_wave

pytestmark = pytest.mark.usefixtures("app")


def noted(now: datetime, *events: tuple[str, str]) -> str:
    """The disposition of a fresh unit after these (code, note) events, a minute apart."""
    unit = make_unit()
    for minute, (code, note) in enumerate(events):
        dispositions.note(unit, code, source="test", now=now + timedelta(minutes=minute), note=note)
    db.session.commit()
    return db.session.scalars(select(SampleUnit.disposition).where(SampleUnit.id == unit.id)).one()


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([("3.30", "")], "3.30", id="undelivered"),
        pytest.param([("3.30", ""), ("1.1", "")], "1.1", id="answered although undelivered"),
        pytest.param([("1.1", ""), ("3.30", "")], "1.1", id="a late receipt undoes no answer"),
        pytest.param([("1.1", ""), ("2.11", "")], "1.1", id="a later stop by SMS undoes no answer"),
        pytest.param([("1.1", ""), ("2.11", dispositions.WITHDRAWN)], "2.11", id="answers withdrawn"),
        pytest.param([("1.1", ""), ("1.2", dispositions.CORRECTED)], "1.2", id="answers corrected downwards"),
        pytest.param([("2.11", ""), ("1.2", "")], "1.2", id="refused, then answered half"),
        pytest.param([("4.90", ""), ("2.11", dispositions.WITHDRAWN)], "4.90", id="ineligible stays ineligible"),
    ],
)
def test_the_last_word_follows_from_all_events(
    now: datetime, events: list[tuple[str, str]], expected: str
) -> None:
    assert noted(now, *events) == expected


def test_every_event_is_kept_in_order(now: datetime) -> None:
    noted(now, ("3.30", ""), ("2.12", ""), ("1.1", ""))
    query = select(DispositionEvent.code).order_by(DispositionEvent.id)
    assert db.session.scalars(query).all() == ["3.30", "2.12", "1.1"]


def test_many_units_are_settled_each_by_its_own_history(now: datetime) -> None:
    wave = make_wave(state="launched")
    units = [make_unit(wave).id for _ in range(3)]
    dispositions.note(units[0], "1.1", source="web", now=now)
    dispositions.note_many(units, "3.30", source="receipt", now=now)
    db.session.commit()
    query = select(SampleUnit.disposition).order_by(SampleUnit.id)
    assert db.session.scalars(query).all() == ["1.1", "3.30", "3.30"]


def test_an_unknown_code_is_refused(now: datetime) -> None:
    unit = make_unit()
    with pytest.raises(ValueError, match=r"9\.99"):
        dispositions.note(unit, "9.99", source="test", now=now)
