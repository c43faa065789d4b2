"""Who serves the citizen: agencies with validity dates, their successors, and procedures."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.types import words


class AgencyLevel(StrEnum):
    province = "province"
    department = "department"
    district = "district"
    commune = "commune"


class Agency(Base):
    """One version of an agency. Codes are reused over time, so the key is (code, valid_from)."""

    __tablename__ = "agency"
    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
        Index("ix_agency_name_key", "name_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64))
    name_vi: Mapped[str] = mapped_column(String(255), doc="as it is shown: in the newest decree's spelling")
    name_source: Mapped[str] = mapped_column(String(255), default="", doc="as the file of this version wrote it")
    name_key: Mapped[str] = mapped_column(String(255), doc="normalised for search and joins")
    level: Mapped[AgencyLevel] = mapped_column(words(AgencyLevel, "level"))
    parent_code: Mapped[str | None] = mapped_column(String(64))
    valid_from: Mapped[date] = mapped_column(doc="inclusive; 0001-01-01 when not known")
    valid_to: Mapped[date | None] = mapped_column(doc="inclusive; open when empty")
    source: Mapped[str] = mapped_column(String(1000), default="")

    successors: Mapped[list[Agency]] = relationship(
        secondary="agency_successor",
        primaryjoin="Agency.id == AgencySuccessor.predecessor_id",
        secondaryjoin="Agency.id == AgencySuccessor.successor_id",
        backref="predecessors",
    )


class AgencySuccessor(Base):
    """Units merge and split: 152 communes in 2017, 40 since 2025-07-01."""

    __tablename__ = "agency_successor"
    __table_args__ = (CheckConstraint("predecessor_id <> successor_id", name="not_itself"),)

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)


class Procedure(Base):
    """An administrative procedure (thủ tục hành chính) and its field (lĩnh vực)."""

    __tablename__ = "procedure"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name_vi: Mapped[str] = mapped_column(String(1000), default="")
    field_code: Mapped[str] = mapped_column(String(64), default="")
    field_name: Mapped[str] = mapped_column(String(255), default="")
