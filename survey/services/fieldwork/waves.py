"""The life of a wave: created, launched, paused, closed. Each step is taken once, whoever asks how often."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update

from survey.clock import day_bounds, local_day
from survey.errors import ConflictError
from survey.extensions import db
from survey.models import (
    WAVE_TRANSITIONS,
    Contact,
    Dossier,
    Message,
    SampleUnit,
    Wave,
    WaveKind,
    WaveState,
)
from survey.services.answers import interviews, paper
from survey.services.answers.settle import settle_units
from survey.services.fieldwork import instruments
from survey.services.fieldwork.plans import read_plan
from survey.services.fieldwork.settings import WaveSettings, read_settings, to_json
from survey.services.messaging import outbox
from survey.services.office import audit
from survey.services.publishing import analysis_file

__all__ = [
    "WaveSettings",
    "choose_seed",
    "close_wave",
    "create_wave",
    "launch_wave",
    "pause_wave",
    "resume_wave",
    "settings_of",
    "transition",
]


def settings_of(wave: Wave) -> WaveSettings:
    """The typed settings of a wave."""
    return read_settings(wave.settings)


def create_wave(plan: dict[str, Any], *, actor: str, now: datetime) -> Wave:
    """Make a draft wave from PLAN.json."""
    read = read_plan(plan)
    if db.session.scalar(select(Wave.id).where(Wave.code == read.code)) is not None:
        raise ConflictError("wave_exists", _("đã có đợt khảo sát %(code)s", code=read.code))
    instruments.ensure_shipped(now)
    wave = Wave(
        code=read.code,
        title_vi=read.title_vi,
        title_en=read.title_en,
        kind=read.kind,
        period_start=read.period[0],
        period_end=read.period[1],
        eligible_status=read.eligible_status,
        instrument_version=instruments.find(*read.instrument),
        plan=read.sample,
        settings=to_json(read.settings),
        synthetic=read.synthetic,
        created_at=now,
    )
    db.session.add(wave)
    audit.record(actor, "wave.create", f"wave:{read.code}", now=now, details={"plan": plan})
    db.session.commit()
    return wave


def launch_wave(wave: Wave, *, actor: str, now: datetime) -> Wave:
    """Open the wave and queue the invitations of its sample, in one transaction."""
    from survey.services.messaging.invite import queue_invitations

    _check_launch(lock(wave))
    transition(wave, WaveState.launched)
    if wave.seed is None:  # a rolling wave's, told to nobody before the close: its hash is on record at once
        announce_seed(wave, secrets.token_urlsafe(24), actor=actor, now=now)
    wave.launched_at, wave.closes_at = now, closing_time(wave, now)
    instruments.lock(wave.instrument_version, now)
    units = db.session.scalars(
        select(SampleUnit.id).where(SampleUnit.wave_id == wave.id, SampleUnit.released)
    ).all()
    queued = queue_invitations(wave, units, now)
    audit.record(actor, "wave.launch", f"wave:{wave.code}", now=now, details={"invitations": queued})
    db.session.commit()
    return wave


def _check_launch(wave: Wave) -> None:
    if wave.kind is WaveKind.one_off and wave.state is WaveState.draft:
        message = _("đợt %(code)s chưa rút mẫu nên chưa triển khai được", code=wave.code)
        raise ConflictError("wave_not_drawn", message)
    if wave.launched_at is not None:
        message = _("đợt %(code)s đã triển khai; không triển khai lần nữa", code=wave.code)
        raise ConflictError("wave_launched", message)


def announce_seed(wave: Wave, seed: str, *, actor: str, now: datetime) -> None:
    """Put the seed on the wave and on record, once. The caller commits.

    A rolling wave draws for weeks from what officers finish meanwhile, so until it closes only the seed's hash
    is on record: whoever knew the seed could tell which dossiers will be asked about.
    """
    if wave.seed is not None:
        raise ConflictError("seed_announced", _("mầm ngẫu nhiên của đợt %(code)s đã công bố", code=wave.code))
    wave.seed = seed
    is_secret = wave.kind is WaveKind.rolling
    details = {"seed_sha256": hashlib.sha256(seed.encode()).hexdigest()} if is_secret else {"seed": seed}
    audit.record(actor, "wave.seed", f"wave:{wave.code}", now=now, details=details)


def choose_seed(wave: Wave, seed: str, *, actor: str, now: datetime) -> Wave:
    """Give a rolling wave its seed before the launch, which else makes one up."""
    if lock(wave).kind is not WaveKind.rolling or wave.state is not WaveState.draft or not seed.strip():
        raise ConflictError("seed", _("chỉ chọn mầm ngẫu nhiên cho đợt cuốn chiếu chưa triển khai"))
    announce_seed(wave, seed, actor=actor, now=now)
    db.session.commit()
    return wave


def closing_time(wave: Wave, now: datetime) -> datetime:
    """Until when answers are taken: counted from launch, in a rolling wave from the last day of its period."""
    settings = settings_of(wave)
    answering = timedelta(days=settings.response_days)
    if wave.kind is WaveKind.one_off:
        return now + answering
    _start, end = day_bounds(wave.period_end, wave.period_end)
    return max(now, end + timedelta(days=settings.invite_within_days)) + answering


def pause_wave(wave: Wave, *, actor: str, now: datetime) -> Wave:
    """Stop starting messages; answers are still taken."""
    return _step(wave, WaveState.paused, "wave.pause", actor, now)


def resume_wave(wave: Wave, *, actor: str, now: datetime) -> Wave:
    """Go on after a pause."""
    if lock(wave).state is not WaveState.paused:
        raise _refused(wave, WaveState.launched)
    return _step(wave, WaveState.launched, "wave.resume", actor, now)


def close_wave(wave: Wave, *, actor: str, now: datetime) -> Wave:
    """Take no more answers: settle every unit, write the analysis file, cut answers off from their contacts."""
    transition(wave, WaveState.closed)
    wave.closed_at = now
    cancelled = outbox.cancel(Message.wave_id == wave.id, reason="wave closed", now=now)
    settle_units(wave, now)
    db.session.flush()
    analysis_file.write(wave, now)
    _keep_until(wave, now)
    _cut_off(wave, now)
    details = {"seed": wave.seed, "cancelled": cancelled, "analysis_sha256": wave.analysis_sha256}
    audit.record(actor, "wave.close", f"wave:{wave.code}", now=now, details=details)
    db.session.commit()
    return wave


def _keep_until(wave: Wave, now: datetime) -> None:
    """Contacts of the period's dossiers are kept until the wave's retention is over; another may keep longer."""
    until = local_day(now + timedelta(days=settings_of(wave).retention_days))
    start, end = day_bounds(wave.period_start, wave.period_end)
    served = select(Dossier.contact_id).where(
        Dossier.contact_id.is_not(None),
        Dossier.received_at < end,
        Dossier.imported_at <= now,
        (Dossier.completed_at >= start) | (Dossier.returned_at >= start),
    )
    db.session.execute(
        update(Contact)
        .where(Contact.id.in_(served), (Contact.retention_until.is_(None)) | (Contact.retention_until < until))
        .values(retention_until=until),
        execution_options={"synchronize_session": False},
    )


def _cut_off(wave: Wave, now: datetime) -> None:
    """Answers lead to units, and units from now on to nobody: not by phone, not by dossier, not by message."""
    nobody = {"contact_id": None, "dossier_id": None, "person_id": None}
    db.session.execute(update(SampleUnit).where(SampleUnit.wave_id == wave.id).values(nobody))
    outbox.cut_off(wave.id)
    interviews.cut_off(wave.id, now)
    paper.cut_off(wave.id)


def lock(wave: Wave) -> Wave:
    """The wave as it stands now, held until the transaction ends: a second caller sees the first one's step."""
    db.session.refresh(wave, with_for_update=True)
    return wave


def transition(wave: Wave, state: WaveState) -> None:
    """Move the wave along an arrow of its state machine, or refuse. The caller commits."""
    if state not in WAVE_TRANSITIONS[lock(wave).state]:
        raise _refused(wave, state)
    wave.state = state


def _step(wave: Wave, state: WaveState, action: str, actor: str, now: datetime) -> Wave:
    transition(wave, state)
    audit.record(actor, action, f"wave:{wave.code}", now=now)
    db.session.commit()
    return wave


def _refused(wave: Wave, state: WaveState) -> ConflictError:
    message = _(
        "đợt %(code)s đang ở trạng thái «%(now)s», không chuyển sang «%(wanted)s» được",
        code=wave.code,
        now=state_name(wave.state),
        wanted=state_name(state),
    )
    return ConflictError("wave_state", message)


def state_name(state: WaveState) -> str:
    """What people call a state."""
    names: dict[WaveState, str] = {
        WaveState.draft: _("bản nháp"),
        WaveState.drawn: _("đã rút mẫu"),
        WaveState.launched: _("đang thu thập"),
        WaveState.paused: _("tạm dừng"),
        WaveState.closed: _("đã đóng"),
        WaveState.estimated: _("đã ước lượng"),
        WaveState.published: _("đã công bố"),
    }
    return names[state]
