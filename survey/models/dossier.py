"""Dossiers (hồ sơ) as the one-stop software exports them, and how they changed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.agency import Agency, Procedure
from survey.models.contact import Contact, PhoneKind
from survey.models.types import Json, UtcDateTime, words


class Channel(StrEnum):
    """KenhThucHien 1, 2, 3 of the national message."""

    in_person = "in_person"
    online = "online"
    postal = "postal"


class ApplicantType(StrEnum):
    """LoaiDoiTuong 0, 1, 2."""

    citizen = "citizen"
    business = "business"
    household = "household"


class Dossier(Base):
    """Unique by its raw code: a re-submission gets a new code, a re-export does not.

    `person_id` is a pseudonym (keyed hash of the phone, or of the dossier where there is none) and `phone_kind`
    tells whether there is a way to reach the person: the frame needs both and no more of the contact.
    """

    __tablename__ = "dossier"
    __table_args__ = (
        CheckConstraint("status BETWEEN 1 AND 10", name="status_known"),
        CheckConstraint("completed_at IS NULL OR completed_at >= received_at", name="completed_after_received"),
        Index("ix_dossier_completed_at", "completed_at"),
        Index("ix_dossier_returned_at", "returned_at"),
        Index("ix_dossier_agency_id", "agency_id"),
        Index("ix_dossier_contact_id", "contact_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    procedure_id: Mapped[int | None] = mapped_column(ForeignKey("procedure.id"))
    channel: Mapped[Channel] = mapped_column(words(Channel, "channel"))
    applicant_type: Mapped[ApplicantType] = mapped_column(words(ApplicantType, "applicant_type"))
    status: Mapped[int] = mapped_column(doc="TrangThaiHoSo 1..10; 9 ready, 10 returned to the citizen")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, doc="NgayKetThucXuLy")
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime, doc="NgayTra")
    is_test: Mapped[bool] = mapped_column(default=False)
    phone_kind: Mapped[PhoneKind] = mapped_column(words(PhoneKind, "phone_kind"))
    person_id: Mapped[str] = mapped_column(String(32))
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contact.id"))
    row_hash: Mapped[str] = mapped_column(String(32), doc="of the imported fields: tells changed from unchanged")
    source: Mapped[str] = mapped_column(String(255), doc="file name of the last import that changed it")
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)

    agency: Mapped[Agency] = relationship()
    procedure: Mapped[Procedure | None] = relationship()
    contact: Mapped[Contact | None] = relationship()


class DossierChange(Base):
    """What an import overwrote. Phones appear masked only."""

    __tablename__ = "dossier_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(255))
    before: Mapped[dict[str, Any]] = mapped_column(Json, doc="only the fields that changed")
