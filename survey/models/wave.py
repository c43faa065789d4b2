"""A wave: one measurement period, its frozen frames and the units drawn from them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.agency import Agency
from survey.models.contact import Contact
from survey.models.dossier import Dossier
from survey.models.instrument import InstrumentVersion
from survey.models.types import Json, UtcDateTime, words


class WaveState(StrEnum):
    draft = "draft"
    drawn = "drawn"
    launched = "launched"
    paused = "paused"
    closed = "closed"
    estimated = "estimated"
    published = "published"


class WaveKind(StrEnum):
    one_off = "one_off"
    rolling = "rolling"


WAVE_TRANSITIONS: dict[WaveState, frozenset[WaveState]] = {
    WaveState.draft: frozenset({WaveState.drawn, WaveState.launched}),
    WaveState.drawn: frozenset({WaveState.launched}),
    WaveState.launched: frozenset({WaveState.paused, WaveState.closed}),
    WaveState.paused: frozenset({WaveState.launched, WaveState.closed}),
    WaveState.closed: frozenset({WaveState.estimated}),
    WaveState.estimated: frozenset({WaveState.estimated, WaveState.published}),
    WaveState.published: frozenset({WaveState.published}),
}


class Wave(Base):
    """One measurement period.

    ::

        draft ──draw──> drawn ──launch──> launched ──close──> closed ──estimate──> estimated ──publish──> published
          │                                 │    ▲  \\                                 │  ▲
          └──launch (rolling: drawn daily)──┘    │   pause                            └──┘ estimate again
                                                 paused ──close──> closed
    """

    __tablename__ = "wave"
    __table_args__ = (
        CheckConstraint("period_end >= period_start", name="period_in_order"),
        CheckConstraint("eligible_status IN (9, 10)", name="eligible_status_completed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title_vi: Mapped[str] = mapped_column(String(255))
    title_en: Mapped[str] = mapped_column(String(255), default="")
    kind: Mapped[WaveKind] = mapped_column(words(WaveKind, "kind"), default=WaveKind.one_off)
    period_start: Mapped[date]
    period_end: Mapped[date] = mapped_column(doc="inclusive")
    eligible_status: Mapped[int] = mapped_column(doc="9: ready, by NgayKetThucXuLy; 10: returned, by NgayTra")
    instrument_version_id: Mapped[int] = mapped_column(ForeignKey("instrument_version.id"))
    plan: Mapped[dict[str, Any]] = mapped_column(Json, doc="PLAN.json of `sampling draw`")
    settings: Mapped[dict[str, Any]] = mapped_column(Json, doc="see services.waves.WaveSettings")
    state: Mapped[WaveState] = mapped_column(words(WaveState, "state"), default=WaveState.draft)
    seed: Mapped[str | None] = mapped_column(String(255), doc="announced after the frame's hash")
    synthetic: Mapped[bool] = mapped_column(default=False, doc="marked on everything that is shown")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    launched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime, doc="answers are taken until then")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    analysis_file: Mapped[str | None] = mapped_column(String(255), doc="relative to the instance folder")
    analysis_sha256: Mapped[str | None] = mapped_column(String(64))

    instrument_version: Mapped[InstrumentVersion] = relationship()


class FrameSnapshot(Base):
    """The frozen frame: N_h never moves again, whatever the source corrects later.

    A one-off wave has one, a rolling wave one for each day on which it draws.
    """

    __tablename__ = "frame_snapshot"
    __table_args__ = (UniqueConstraint("wave_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    day: Mapped[date] = mapped_column(doc="day of completion (rolling) or end of the period")
    frozen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sha256: Mapped[str] = mapped_column(String(64))
    file: Mapped[str] = mapped_column(String(255), doc="Parquet, relative to the instance folder")
    n_eligible: Mapped[int]
    n_excluded: Mapped[int]
    exclusions: Mapped[dict[str, Any]] = mapped_column(Json, doc="reason → count, and by agency")
    audit: Mapped[dict[str, Any]] = mapped_column(Json, doc="agency code → counts of phones and coverage")
    summary: Mapped[dict[str, Any] | None] = mapped_column(Json, doc="SUMMARY.json of the draw")


class SampleUnit(Base):
    """A dossier drawn, with the probability it had. One person is asked once a wave: the database says so.

    When the wave closes, `dossier_id`, `contact_id` and `person_id` are emptied: from then on an answer leads to a
    unit with a weight and to nobody.
    """

    __tablename__ = "sample_unit"
    __table_args__ = (
        UniqueConstraint("wave_id", "dossier_id"),
        UniqueConstraint("wave_id", "person_id"),
        CheckConstraint("inclusion_probability > 0 AND inclusion_probability <= 1", name="probability"),
        CheckConstraint("base_weight > 0", name="base_weight_positive"),
        CheckConstraint("multiplicity >= 1", name="multiplicity"),
        Index("ix_sample_unit_wave_id_disposition", "wave_id", "disposition"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    frame_id: Mapped[int] = mapped_column(ForeignKey("frame_snapshot.id"), index=True)
    dossier_id: Mapped[int | None] = mapped_column(
        ForeignKey("dossier.id"), index=True, doc="empty once the wave is closed"
    )
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    contact_id: Mapped[str | None] = mapped_column(
        ForeignKey("contact.id"), index=True, doc="empty without a phone, and once the wave is closed"
    )
    person_id: Mapped[str | None] = mapped_column(String(32), doc="empty once the wave is closed")
    stratum: Mapped[str] = mapped_column(String(255))
    psu: Mapped[str | None] = mapped_column(String(255))
    inclusion_probability: Mapped[float]
    base_weight: Mapped[float]
    multiplicity: Mapped[int] = mapped_column(default=1)
    replicate: Mapped[int] = mapped_column(default=1)
    released: Mapped[bool] = mapped_column(default=True)
    u: Mapped[float]
    stages: Mapped[dict[str, Any]] = mapped_column(
        Json, doc="stage1_n, stage1_N …, and the channel of the dossier"
    )
    disposition: Mapped[str] = mapped_column(String(8), doc="AAPOR code; its history is in disposition_event")

    wave: Mapped[Wave] = relationship()
    dossier: Mapped[Dossier | None] = relationship()
    agency: Mapped[Agency] = relationship()
    contact: Mapped[Contact | None] = relationship()


class DispositionEvent(Base):
    """What happened to a sampled unit, in order; the last word is a function of all of them."""

    __tablename__ = "disposition_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    sample_unit_id: Mapped[int] = mapped_column(ForeignKey("sample_unit.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    code: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(32), doc="draw, receipt, web, sms, officer, close")
    note: Mapped[str] = mapped_column(String(255), default="")
