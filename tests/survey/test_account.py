"""Nothing is lost between the frame and the answers. Authority: the accounting identity

    frame = ineligible + other dossiers of a person kept + not sampled + sampled
    sampled = found ineligible + not contactable + undelivered + no answer + refused + broken off + partial
              + complete

counted here a second time, straight from the dossiers, for random waves."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from analysis.disposition import CATEGORY, Disposition
from survey.extensions import db
from survey.models import Dossier, FrameSnapshot, SampleUnit, Wave
from survey.queries.account import AccountError, account, total
from survey.services.answers import dispositions
from survey.services.fieldwork.draw import draw_sample
from tests.factories import make_agency, make_dossier, make_unit, make_wave

pytestmark = pytest.mark.usefixtures("app")
CODES = [code.value for code in Disposition]


def random_wave(seed: int, now: datetime) -> Wave:
    """Three agencies, persons with up to four dossiers at any of them, some dossiers not eligible."""
    rng = random.Random(seed)
    agencies = [make_agency() for _ in range(3)]
    phones = [f"+84905{number:06d}" for number in range(25)]
    for _ in range(60):
        agency, phone = rng.choice(agencies), rng.choice([*phones, None])
        make_dossier(agency, phone=phone, reachable=phone is not None, **rng.choice(KINDS))
    wave = make_wave(state="draft")
    wave.plan = wave.plan | {"allocation": {"method": "proportional", "n": rng.randint(5, 12)}}
    db.session.commit()
    draw_sample(wave, f"hạt {seed}", actor="test", now=now)
    for unit_id in db.session.scalars(select(SampleUnit.id)):
        for code in rng.choices(CODES, k=rng.randint(0, 3)):
            dispositions.note(unit_id, code, source="test", now=now)
    db.session.commit()
    return wave


KINDS = [
    {},
    {},
    {},
    {"status": 4, "completed_at": None, "returned_at": None},
    {"is_test": True},
    {"status": 9, "returned_at": None},
]


def eligible(dossier: Dossier) -> bool:
    return dossier.status == 10 and not dossier.is_test


@pytest.mark.parametrize("seed", range(6))
def test_every_dossier_of_a_random_wave_stands_in_one_line(seed: int, now: datetime) -> None:
    wave = random_wave(seed, now)
    rows = account(wave)
    dossiers = db.session.scalars(select(Dossier)).all()
    units = db.session.scalars(select(SampleUnit)).all()
    for row in rows:
        mine = [dossier for dossier in dossiers if dossier.agency.code == row.agency]
        ours = [unit for unit in units if unit.agency.code == row.agency]
        found = row.account
        assert (found.frame, found.ineligible) == (len(mine), sum(not eligible(dossier) for dossier in mine))
        assert found.sampled == len(ours)
        counts = Counter(CATEGORY[Disposition(unit.disposition)] for unit in ours)
        assert {name: getattr(found, name) for name in set(CATEGORY.values())} == {
            name: counts[name] for name in set(CATEGORY.values())
        }
        assert found.frame == found.ineligible + found.same_person + found.not_sampled + found.sampled
    whole = total(rows)
    persons = {dossier.person_id for dossier in dossiers if eligible(dossier)}
    assert whole.same_person == sum(map(eligible, dossiers)) - len(persons)
    assert (whole.frame, whole.adds_up) == (60, True)


def test_a_sample_larger_than_its_frame_is_an_error_not_a_negative_line() -> None:
    wave = make_wave(state="launched")
    make_unit(wave)
    frame = db.session.scalars(select(FrameSnapshot)).one()
    frame.audit = {}
    db.session.commit()
    with pytest.raises(AccountError, match="frame"):
        account(wave)


def test_units_in_reserve_are_not_sampled_yet() -> None:
    agency = make_agency()
    wave = make_wave(state="launched")
    make_unit(wave, agency=agency)
    make_unit(wave, agency=agency, released=False, replicate=2)
    frame = db.session.scalars(select(FrameSnapshot)).one()
    frame.audit = {agency.code: {"dossiers": 10, "same_person": 1}}
    frame.exclusions = {"by_agency": {agency.code: {"test": 2}}}
    db.session.commit()
    [row] = account(wave)
    assert (row.name, row.account.frame, row.account.sampled) == (agency.name_vi, 12, 1)
    assert (row.account.ineligible, row.account.same_person, row.account.not_sampled) == (2, 1, 8)


def test_two_agencies_that_bore_one_code_are_told_apart() -> None:
    old = make_agency("Xã Cũ", code="X1", valid_from=datetime(2017, 1, 1, tzinfo=UTC).date())
    new = make_agency("Xã Mới", code="X1", valid_from=datetime(2025, 7, 1, tzinfo=UTC).date())
    wave = make_wave(state="launched")
    make_unit(wave, agency=old)
    make_unit(wave, agency=new)
    frame = db.session.scalars(select(FrameSnapshot)).one()
    frame.audit = {"X1@2017-01-01": {"dossiers": 1}, "X1@2025-07-01": {"dossiers": 1}}
    db.session.commit()
    assert [(row.name, row.account.sampled) for row in account(wave)] == [("Xã Cũ", 1), ("Xã Mới", 1)]
