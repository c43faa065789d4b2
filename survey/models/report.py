"""What was estimated and what was published."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.types import Json, UtcDateTime, words
from survey.models.wave import Wave


class EstimationRun(Base):
    """One pass over the analysis file: its hash, the design and the code version make it repeatable."""

    __tablename__ = "estimation_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    analysis_sha256: Mapped[str] = mapped_column(String(64))
    design: Mapped[dict[str, Any]] = mapped_column(Json, doc="DESIGN.json of `analysis estimate`")
    code_version: Mapped[str] = mapped_column(String(64))
    extra: Mapped[dict[str, Any]] = mapped_column(Json, doc="covariance, ranks, weights, meta of RESULT.json")

    wave: Mapped[Wave] = relationship()


class DomainLevel(StrEnum):
    province = "province"
    tier = "tier"
    agency = "agency"


class Estimate(Base):
    """One row of the result: a domain and a variable. Empty numbers carry a flag that says why."""

    __tablename__ = "estimate"
    __table_args__ = (
        UniqueConstraint("run_id", "domain_level", "domain_key", "name", "variable"),
        CheckConstraint("ci_low IS NULL OR ci_high IS NULL OR ci_low <= ci_high", name="interval_in_order"),
        CheckConstraint("n >= 0", name="n"),
        Index("ix_estimate_run_id", "run_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("estimation_run.id"))
    domain_level: Mapped[DomainLevel] = mapped_column(words(DomainLevel, "domain_level"))
    domain_key: Mapped[str] = mapped_column(String(64), doc="agency code, tier, or empty for the province")
    name: Mapped[str] = mapped_column(String(64), doc="name of the estimate in the design")
    variable: Mapped[str] = mapped_column(String(64), doc="the index itself, a factor or an item")
    estimate: Mapped[float | None]
    se: Mapped[float | None]
    df: Mapped[float | None]
    ci_low: Mapped[float | None]
    ci_high: Mapped[float | None]
    n: Mapped[int]
    n_answers: Mapped[int | None]
    n_psu: Mapped[int]
    deff: Mapped[float | None]
    flags: Mapped[list[str]] = mapped_column(Json, default=list)


class ReleaseState(StrEnum):
    built = "built"
    published = "published"
    withdrawn = "withdrawn"


class Release(Base):
    """A publication: files with their hashes.

    ::

        built ──publish──> published ──withdraw──> withdrawn
    """

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("year", "slug", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("estimation_run.id"))
    year: Mapped[int]
    slug: Mapped[str] = mapped_column(String(64))
    edition: Mapped[int] = mapped_column(default=1, doc="a corrected release is a new edition")
    state: Mapped[ReleaseState] = mapped_column(words(ReleaseState, "state"), default=ReleaseState.built)
    built_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    folder: Mapped[str] = mapped_column(String(255), doc="relative to the instance folder")
    files: Mapped[dict[str, str]] = mapped_column(Json, doc="file name → SHA-256")
    content: Mapped[dict[str, Any]] = mapped_column(Json, doc="what the page shows: reports.content")

    wave: Mapped[Wave] = relationship()
