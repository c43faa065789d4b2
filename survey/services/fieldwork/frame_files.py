"""Frozen frames and contact histories: Parquet files of a wave, each frame's hash on record before any draw."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
from flask_babel import gettext as _
from sqlalchemy import select

from sampling.frame import frame_hash
from sampling.plan import Plan
from survey.clock import local_day
from survey.errors import ConflictError
from survey.extensions import db
from survey.files import instance_path
from survey.models import FrameSnapshot, Wave, WaveKind, WaveState
from survey.queries.frames import EarlierDays, FrameRules, FrameView, frame_view
from survey.services.fieldwork.plans import ID
from survey.services.fieldwork.waves import lock, settings_of
from survey.services.office import audit
from survey.services.publishing.analysis_file import read_parquet, to_parquet

HISTORY_COLUMNS = ["person_id", "p", "invited", "invited_on"]


def freeze_frame(wave: Wave, day: date, *, actor: str, now: datetime) -> FrameSnapshot:
    """Write the frame as it stands to a file and put its hash on record.

    A frame that nothing was drawn from yet may be frozen again; the log keeps both hashes.
    """
    is_whole = wave.kind is WaveKind.one_off
    _check_undrawn(wave)
    view = _view(wave, day)
    if view.frame.empty and is_whole:
        raise ConflictError(
            "empty_frame", _("không có hồ sơ nào đủ điều kiện trong kỳ của đợt %(code)s", code=wave.code)
        )
    sha256 = frame_hash(view.frame, ID)
    lock(wave)
    _check_undrawn(wave)
    snapshot = snapshot_of(wave, day) or FrameSnapshot(wave_id=wave.id, day=day)
    if snapshot.summary is not None:
        return snapshot
    snapshot.file = f"waves/{wave.code}/frame-{day.isoformat()}.parquet"
    write_file(view.frame, snapshot.file)
    snapshot.frozen_at, snapshot.sha256 = now, sha256
    snapshot.n_eligible, snapshot.n_excluded = len(view.frame), view.n_excluded
    snapshot.exclusions, snapshot.audit = view.exclusions, view.audit
    wave.synthetic = wave.synthetic or view.is_synthetic
    db.session.add(snapshot)
    details = {"day": day.isoformat(), "sha256": sha256, "eligible": len(view.frame), "excluded": view.n_excluded}
    audit.record(actor, "frame.freeze", f"wave:{wave.code}", now=now, details=details)
    db.session.commit()
    return snapshot


def _check_undrawn(wave: Wave) -> None:
    if wave.kind is WaveKind.one_off and wave.state is not WaveState.draft:
        message = _("đợt %(code)s đã rút mẫu; khung mẫu không thay đổi được nữa", code=wave.code)
        raise ConflictError("wave_drawn", message)


def _view(wave: Wave, day: date) -> FrameView:
    settings = settings_of(wave)
    rules = FrameRules(
        repeated_phone_limit=settings.repeated_phone_limit,
        exclude_repeated_phones=settings.exclude_repeated_phones,
        contactable_only=settings.contactable_only,
        days_back=settings.invite_within_days,
    )
    if wave.kind is WaveKind.one_off:
        return frame_view(wave, rules=rules)
    drawn = earlier_snapshots(wave, day, since=day - timedelta(days=settings.invite_within_days))
    codes = frozenset(code for snapshot in drawn for code in read_frame(snapshot)[ID])
    last = drawn[-1].day if drawn else date.min
    return frame_view(wave, day, rules, EarlierDays(codes, last))


def snapshot_of(wave: Wave, day: date) -> FrameSnapshot | None:
    """The frozen frame of a day, or of a one-off wave's last day."""
    query = select(FrameSnapshot).where(FrameSnapshot.wave_id == wave.id, FrameSnapshot.day == day)
    found: FrameSnapshot | None = db.session.scalar(query)
    return found


def earlier_snapshots(wave: Wave, day: date, since: date = date.min) -> Sequence[FrameSnapshot]:
    """Frames of days before `day` that were drawn from, in order."""
    rows = db.session.scalars(
        select(FrameSnapshot)
        .where(FrameSnapshot.wave_id == wave.id, FrameSnapshot.day < day, FrameSnapshot.day >= since)
        .order_by(FrameSnapshot.day)
    )
    return [snapshot for snapshot in rows if snapshot.summary is not None]


def read_frame(snapshot: FrameSnapshot) -> pd.DataFrame:
    """A frozen frame; ConflictError when the file is not the one whose hash is on record."""
    path = instance_path(snapshot.file)
    if not path.is_file():
        raise ConflictError("frame_missing", _("không tìm thấy tệp khung mẫu %(file)s", file=snapshot.file))
    frame = read_parquet(path).astype("str")
    if frame_hash(frame, ID) != snapshot.sha256:
        raise ConflictError(
            "frame_damaged", _("tệp khung mẫu %(file)s không khớp mã băm đã lưu", file=snapshot.file)
        )
    return frame


def write_file(frame: pd.DataFrame, relative: str) -> None:
    """Whole or not at all: written beside, then renamed."""
    path = instance_path(relative)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    to_parquet(frame, draft)
    draft.replace(path)


def history_file(wave: Wave, day: date) -> str:
    """Who could have been invited by a draw, and who was: what later draws must know."""
    return f"waves/{wave.code}/history-{day.isoformat()}.parquet"


def own_history(wave: Wave, day: date) -> pd.DataFrame | None:
    """The histories of a rolling wave's earlier days, one below the other."""
    files = [instance_path(history_file(wave, snapshot.day)) for snapshot in earlier_snapshots(wave, day)]
    return _read_histories([path for path in files if path.is_file()])


def others_history(wave: Wave, plan: Plan, now: datetime) -> pd.DataFrame | None:
    """Where the plan coordinates by history: what other waves' draws inside the gap did; else None."""
    rule = plan.coordinate
    if rule is None or rule.mode != "history":
        return None
    others = db.session.scalars(select(Wave.code).where(Wave.id != wave.id).order_by(Wave.code))
    folders = [instance_path(f"waves/{code}") for code in others]
    past = _read_histories([path for folder in folders for path in sorted(folder.glob("history-*.parquet"))])
    if past is None:
        return pd.DataFrame({"person_id": [], "p": [], "invited": [], "invited_on": []})
    first = local_day(now) - timedelta(days=rule.gap_days)
    return past[past["invited_on"] >= first.isoformat()].reset_index(drop=True)


def _read_histories(paths: list[Path]) -> pd.DataFrame | None:
    parts = [read_parquet(path)[HISTORY_COLUMNS] for path in paths]
    return pd.concat(parts, ignore_index=True) if parts else None
