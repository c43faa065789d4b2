"""Freezing and drawing. Authority: the order of the log, the hash of sampling.frame, and a replay of the draw."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from sampling.frame import frame_hash
from sampling.replay import first_difference
from survey.errors import ConflictError, InputError
from survey.extensions import db
from survey.models import AuditEvent, Dossier, FrameSnapshot, SampleUnit, Wave, WaveState
from survey.services.fieldwork.draw import _check_same_frame, draw_sample, freeze_frame
from survey.services.fieldwork.frame_files import read_frame
from survey.services.publishing.analysis_file import instance_path, read_parquet
from tests.factories import make_agency, make_dossier, make_wave


@pytest.fixture
def wave(app: Flask) -> Wave:
    """Forty dossiers of two agencies; one person has five of them."""
    for code in ("A", "B"):
        agency = make_agency(code=code)
        for number in range(20):
            many = code == "A" and number < 5
            make_dossier(agency, phone="+84905999999" if many else None)
    return make_wave("w")


def _draw(wave: Wave, now: datetime, seed: str = "hạt giống") -> FrameSnapshot:
    return draw_sample(wave, seed, actor="officer", now=now)


def test_the_frozen_file_has_the_hash_on_record(wave: Wave, now: datetime) -> None:
    snapshot = freeze_frame(wave, wave.period_end, actor="officer", now=now)
    frame = read_parquet(instance_path(snapshot.file))
    assert frame_hash(frame, "dossier_code") == snapshot.sha256
    assert (snapshot.n_eligible, snapshot.n_excluded) == (40, 0)


def test_the_seed_enters_the_log_after_the_hash_of_the_frame(wave: Wave, now: datetime) -> None:
    snapshot = _draw(wave, now)
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    told = [(event.action, event.details.get("sha256"), event.details.get("seed")) for event in events]
    assert told == [
        ("frame.freeze", snapshot.sha256, None),
        ("wave.seed", None, "hạt giống"),
        ("wave.draw", None, None),
    ]


def test_anyone_with_the_frame_can_repeat_the_draw(wave: Wave, now: datetime) -> None:
    snapshot = _draw(wave, now)
    units = db.session.scalars(select(SampleUnit).order_by(SampleUnit.id)).all()
    again = draw_sample_by_hand(snapshot)
    assert [unit.dossier.code for unit in units] == again["dossier_code"].tolist()
    assert [unit.base_weight for unit in units] == again["base_weight"].tolist()
    assert first_difference(read_frame(snapshot), snapshot.summary, again) is None


def draw_sample_by_hand(snapshot: FrameSnapshot):
    from sampling.draw import draw
    from sampling.plan import load_plan

    return draw(read_frame(snapshot), load_plan(snapshot.summary["plan"]), snapshot.summary["seed"]).sample


def test_one_person_is_drawn_once_and_the_weight_knows_it(wave: Wave, now: datetime) -> None:
    wave.plan = wave.plan | {"allocation": {"method": "proportional", "n": 36}}
    db.session.commit()
    snapshot = _draw(wave, now)
    units = db.session.scalars(select(SampleUnit)).all()
    many = [unit for unit in units if unit.multiplicity == 5]
    assert len(units) == 36 == len({unit.person_id for unit in units})
    assert [unit.base_weight for unit in many] == [5.0]
    assert sum(unit.base_weight for unit in units) == 40
    assert {code: row["same_person"] for code, row in snapshot.audit.items()} == {"A": 4, "B": 0}


def test_a_second_draw_is_refused_and_changes_nothing(wave: Wave, now: datetime) -> None:
    _draw(wave, now)
    before = db.session.execute(select(SampleUnit.id, SampleUnit.dossier_id)).all()
    with pytest.raises(ConflictError, match=r"đợt w «đã rút mẫu», không rút mẫu lần nữa"):
        _draw(wave, now, "khác")
    assert db.session.execute(select(SampleUnit.id, SampleUnit.dossier_id)).all() == before
    assert (wave.seed, wave.state) == ("hạt giống", WaveState.drawn)


def test_a_frame_that_was_drawn_from_is_not_frozen_again(wave: Wave, now: datetime) -> None:
    _draw(wave, now)
    with pytest.raises(ConflictError, match="khung mẫu không thay đổi"):
        freeze_frame(wave, wave.period_end, actor="officer", now=now)


def test_an_undrawn_frame_may_be_frozen_again_and_both_hashes_are_on_record(wave: Wave, now: datetime) -> None:
    first = freeze_frame(wave, wave.period_end, actor="officer", now=now).sha256
    make_dossier()
    second = freeze_frame(wave, wave.period_end, actor="officer", now=now + timedelta(hours=1)).sha256
    hashes = [e.details["sha256"] for e in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert hashes == [first, second]
    assert first != second
    assert db.session.scalar(select(func.count()).select_from(FrameSnapshot)) == 1


def test_corrections_after_the_freeze_do_not_move_the_population(wave: Wave, now: datetime) -> None:
    freeze_frame(wave, wave.period_end, actor="officer", now=now)
    for dossier in db.session.scalars(select(Dossier).limit(10)):
        dossier.status = 4
    db.session.commit()
    assert _draw(wave, now).summary["strata"]["B"]["N"] == 20


def test_a_damaged_frame_is_not_drawn_from(wave: Wave, now: datetime) -> None:
    snapshot = freeze_frame(wave, wave.period_end, actor="officer", now=now)
    snapshot.sha256 = "0" * 64
    db.session.commit()
    with pytest.raises(ConflictError, match="không khớp mã băm"):
        _draw(wave, now)


def test_a_frame_frozen_anew_while_the_draw_ran_is_noticed(wave: Wave, now: datetime) -> None:
    snapshot = freeze_frame(wave, wave.period_end, actor="officer", now=now)
    db.session.commit()
    with pytest.raises(ConflictError, match="khung mẫu vừa được chốt lại"):
        _check_same_frame(snapshot, {"frame_sha256": "0" * 64})


@pytest.mark.parametrize("seed", ["", "  "])
def test_a_draw_needs_a_seed(wave: Wave, now: datetime, seed: str) -> None:
    with pytest.raises(InputError, match="seed"):
        _draw(wave, now, seed)
    assert db.session.scalar(select(func.count()).select_from(FrameSnapshot)) == 0


def test_a_plan_that_cannot_be_met_is_refused_and_the_wave_stays_a_draft(wave: Wave, now: datetime) -> None:
    wave.plan = wave.plan | {"allocation": {"method": "fixed", "n_by": {"A": 5}}}
    db.session.commit()
    with pytest.raises(InputError, match="không rút mẫu được"):
        _draw(wave, now)
    assert wave.state is WaveState.draft


def test_an_empty_frame_is_refused(app: Flask, now: datetime) -> None:
    with pytest.raises(ConflictError, match="không có hồ sơ nào đủ điều kiện"):
        _draw(make_wave(), now)


def test_of_two_draws_at_once_one_wins(app: Flask, wave: Wave, now: datetime) -> None:
    code, outcomes = wave.code, []
    freeze_frame(wave, wave.period_end, actor="officer", now=now)
    db.session.commit()

    def attempt(seed: str) -> None:
        with app.app_context():
            mine = db.session.scalars(select(Wave).where(Wave.code == code)).one()
            try:
                draw_sample(mine, seed, actor="officer", now=now)
                outcomes.append(seed)
            except ConflictError as exc:
                outcomes.append(exc.code)
            db.session.remove()

    threads = [threading.Thread(target=attempt, args=(seed,)) for seed in ("một", "hai")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.refresh(wave)
    assert sorted(outcomes) == sorted(["wave_drawn", wave.seed])
    assert db.session.scalar(select(func.count()).select_from(SampleUnit)) == 20


def test_a_wave_that_coordinates_by_history_spares_those_just_invited(wave: Wave, now: datetime) -> None:
    _draw(wave, now)
    asked = set(db.session.scalars(select(SampleUnit.person_id)))
    rule = {"key": "person_id", "mode": "history", "history": "waves", "gap_days": 90, "on_impossible": "allow"}
    later = make_wave("later", plan={**wave.plan, "coordinate": rule, "allocation": {"method": "equal", "n": 8}})
    draw_sample(later, "sau", actor="officer", now=now + timedelta(days=30))
    units = db.session.scalars(select(SampleUnit).where(SampleUnit.wave_id == later.id)).all()
    assert len(units) == 8
    assert not asked & {unit.person_id for unit in units}
    assert all(unit.inclusion_probability < 8 / 36 + 0.2 for unit in units)
