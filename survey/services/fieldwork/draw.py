"""Drawing the people who are asked: once from a whole period, or day by day in a rolling wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from flask_babel import gettext as _
from sqlalchemy import insert, select

from analysis.disposition import Disposition
from sampling import rolling
from sampling.coordination import permanent_random_numbers
from sampling.draw import draw
from sampling.errors import SamplingError
from survey.clock import local_day
from survey.errors import ConflictError, InputError
from survey.extensions import db
from survey.models import Dossier, FrameSnapshot, SampleUnit, Wave, WaveKind, WaveState
from survey.queries.frames import with_same_person
from survey.services.fieldwork.frame_files import (
    freeze_frame,
    history_file,
    others_history,
    own_history,
    read_frame,
    snapshot_of,
    write_file,
)
from survey.services.fieldwork.plans import ID, one_off_plan, rolling_plan
from survey.services.fieldwork.waves import announce_seed, lock, settings_of, state_name, transition
from survey.services.office import audit

__all__ = ["draw_day", "draw_sample", "freeze_frame"]

PENDING = Disposition.NOTHING_RETURNED.value  # what a unit is until something is heard of it
_CHUNK = 5_000


def draw_sample(wave: Wave, seed: str, *, actor: str, now: datetime) -> FrameSnapshot:
    """Draw a one-off wave's sample from its frozen frame (frozen first, where it is not yet).

    The seed enters the log after the hash of the frame: nobody could choose it to fit.
    """
    if not seed.strip():
        raise InputError("no_seed", _("thiếu mầm ngẫu nhiên (seed)"))
    if wave.kind is WaveKind.rolling:
        raise ConflictError("rolling", _("đợt %(code)s là đợt cuốn chiếu, rút mẫu theo ngày", code=wave.code))
    if wave.state is not WaveState.draft:
        raise _already(wave)
    snapshot = snapshot_of(wave, wave.period_end)
    if snapshot is None:
        snapshot = freeze_frame(wave, wave.period_end, actor=actor, now=now)
    frame, plan = read_frame(snapshot), one_off_plan(wave.plan)
    past = others_history(wave, plan, now)
    db.session.commit()  # nothing is written yet: a long draw must not hold the database
    try:
        drawn = draw(frame, plan, seed, history=past)
    except SamplingError as exc:
        raise InputError("cannot_draw", _("không rút mẫu được: %(why)s", why=str(exc))) from exc
    if lock(wave).state is not WaveState.draft:
        raise _already(wave)
    _check_same_frame(snapshot, drawn.summary)
    transition(wave, WaveState.drawn)
    announce_seed(wave, seed, actor=actor, now=now)
    snapshot.summary = dict(drawn.summary)
    snapshot.audit = with_same_person(snapshot.audit, frame, plan.person, f"{seed}|person")
    _store_units(wave, snapshot, drawn.sample)
    history = drawn.history.assign(invited_on=local_day(now).isoformat())
    write_file(history, history_file(wave, snapshot.day))
    details = {"frame_sha256": snapshot.sha256, "n": len(drawn.sample)}
    audit.record(actor, "wave.draw", f"wave:{wave.code}", now=now, details=details)
    db.session.commit()
    return snapshot


def draw_day(wave: Wave, day: date, *, actor: str, now: datetime) -> FrameSnapshot:
    """Draw one day of a rolling wave and queue its invitations; a day already drawn stays as it is.

    The frame holds what was finished that day, and what was finished up to `invite_within_days` before and
    reached us late. Days are drawn in order: for whom a person can still be drawn depends on the days before.
    """
    known = snapshot_of(wave, day)
    if known is not None and known.summary is not None:
        return known
    _check_day(wave, day, now)
    snapshot = freeze_frame(wave, day, actor=actor, now=now)
    frame, past = read_frame(snapshot), own_history(wave, day)
    db.session.commit()
    drawn = _draw_rolling(wave, frame, day, past)
    lock(wave)
    db.session.refresh(snapshot)
    if snapshot.summary is not None:  # another process drew this day meanwhile
        db.session.rollback()
        return snapshot
    units = _keep_day(wave, snapshot, drawn)
    snapshot.audit = with_same_person(snapshot.audit, frame, "person_id", f"{wave.seed}|{day}|person")
    queued = _invite(wave, units, now)
    details = {"day": day.isoformat(), "frame_sha256": snapshot.sha256, "n": len(units), "invitations": queued}
    audit.record(actor, "wave.draw_day", f"wave:{wave.code}", now=now, details=details)
    db.session.commit()
    return snapshot


def _already(wave: Wave) -> ConflictError:
    message = _("đợt %(code)s «%(state)s», không rút mẫu lần nữa", code=wave.code, state=state_name(wave.state))
    return ConflictError("wave_drawn", message)


def _check_same_frame(snapshot: FrameSnapshot, summary: Mapping[str, Any]) -> None:
    """The draw took a while outside of any transaction: the frame may have been frozen anew meanwhile."""
    db.session.refresh(snapshot)
    if snapshot.sha256 != summary.get("frame_sha256", snapshot.sha256):
        raise ConflictError("frame_changed", _("khung mẫu vừa được chốt lại; xin rút mẫu lại"))


def _check_day(wave: Wave, day: date, now: datetime) -> None:
    if wave.kind is not WaveKind.rolling:
        raise ConflictError("not_rolling", _("đợt %(code)s không phải đợt cuốn chiếu", code=wave.code))
    if wave.state not in (WaveState.launched, WaveState.paused):
        message = _(
            "đợt %(code)s «%(state)s», chưa rút mẫu theo ngày được", code=wave.code, state=state_name(wave.state)
        )
        raise ConflictError("wave_not_open", message)
    last = wave.period_end + timedelta(days=settings_of(wave).invite_within_days)
    if not wave.period_start <= day <= min(last, local_day(now)):
        raise ConflictError("day_outside", _("ngày %(day)s ngoài kỳ của đợt hoặc chưa tới", day=day.isoformat()))
    later = select(FrameSnapshot.day).where(FrameSnapshot.wave_id == wave.id, FrameSnapshot.day > day)
    if (newest := db.session.scalar(later.order_by(FrameSnapshot.day.desc()).limit(1))) is not None:
        raise ConflictError(
            "day_too_late", _("đã rút mẫu ngày %(day)s; các ngày phải theo thứ tự", day=newest.isoformat())
        )


def _draw_rolling(wave: Wave, frame: pd.DataFrame, day: date, past: pd.DataFrame | None) -> rolling.DayDraw | None:
    if frame.empty:
        return None
    try:
        return rolling.draw_day(frame, rolling_plan(wave.plan), wave.seed or "", day=day.isoformat(), history=past)
    except SamplingError as exc:
        raise InputError("cannot_draw", _("không rút mẫu được: %(why)s", why=str(exc))) from exc


def _keep_day(wave: Wave, snapshot: FrameSnapshot, drawn: rolling.DayDraw | None) -> Sequence[int]:
    day = snapshot.day.isoformat()
    if drawn is None:
        snapshot.summary = {"day": day, "frame_sha256": snapshot.sha256, "strata": {}}
        return []
    snapshot.summary = {**drawn.summary, "n": len(drawn.sample)}
    write_file(drawn.history, history_file(wave, snapshot.day))
    numbers = permanent_random_numbers(drawn.sample[ID].tolist(), f"{wave.seed}|{day}")
    _store_units(wave, snapshot, drawn.sample.assign(u=numbers, replicate=1, released=1))
    return db.session.scalars(select(SampleUnit.id).where(SampleUnit.frame_id == snapshot.id)).all()


def _invite(wave: Wave, units: Sequence[int], now: datetime) -> int:
    from survey.services.messaging.invite import queue_invitations

    return queue_invitations(wave, units, now) if units else 0


def _store_units(wave: Wave, snapshot: FrameSnapshot, sample: pd.DataFrame) -> None:
    """One row for each drawn dossier. The caller commits."""
    rows = sample.to_dict("records")
    stages = [name for name in sample.columns if name.startswith("stage")]
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        known = _dossiers([str(row[ID]) for row in part])
        units = [_unit(wave, snapshot, row, known, stages) for row in part]
        db.session.execute(insert(SampleUnit), units)


def _dossiers(codes: list[str]) -> dict[str, tuple[int, int, str | None]]:
    columns = Dossier.code, Dossier.id, Dossier.agency_id, Dossier.contact_id
    rows = db.session.execute(select(*columns).where(Dossier.code.in_(codes)))
    return {code: (dossier_id, agency_id, contact_id) for code, dossier_id, agency_id, contact_id in rows}


def _unit(
    wave: Wave,
    snapshot: FrameSnapshot,
    row: Mapping[Any, Any],
    known: Mapping[str, tuple[int, int, str | None]],
    stages: Sequence[str],
) -> dict[str, Any]:
    dossier_id, agency_id, contact_id = known[str(row[ID])]
    counts = {name: None if pd.isna(row[name]) else int(row[name]) for name in stages}
    return {
        "wave_id": wave.id,
        "frame_id": snapshot.id,
        "dossier_id": dossier_id,
        "agency_id": agency_id,
        "contact_id": contact_id,
        "person_id": row["person_id"],
        "stratum": row["stratum"],
        "psu": row.get("psu"),
        "inclusion_probability": float(row["inclusion_probability"]),
        "base_weight": float(row["base_weight"]),
        "multiplicity": int(row["multiplicity"]),
        "replicate": int(row["replicate"]),
        "released": bool(row["released"]),
        "u": float(row["u"]),
        "stages": {**counts, "channel": row["channel"]},
        "disposition": PENDING,
    }
