"""Paper forms: one for an invitation, keyed twice by two people, decided by a third where they differ."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.invitation import Invitation
from survey.models.types import Json, UtcDateTime, words
from survey.models.user import User


class PaperState(StrEnum):
    issued = "issued"
    keyed = "keyed"
    differs = "differs"
    recorded = "recorded"
    late = "late"


class PaperForm(Base):
    """One printed form. Its code stands on the paper and leads to nobody once the wave is closed.

    ::

        issued ──first keying──> keyed ──second, the same──────────────> recorded
                                   │                                        ▲
                                   └──second, other──> differs ──decided────┤
                                                                            └──> late: another answer was first
    """

    __tablename__ = "paper_form"
    __table_args__ = (
        CheckConstraint("(state IN ('recorded', 'late')) = (final IS NOT NULL)", name="final_when_done"),
        Index("ix_paper_form_wave_id_state", "wave_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id"), unique=True)
    code: Mapped[str | None] = mapped_column(String(16), unique=True, doc="emptied when the wave closes")
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[PaperState] = mapped_column(words(PaperState, "state"), default=PaperState.issued)
    final: Mapped[dict[str, Any] | None] = mapped_column(Json, doc="answers and marks that stand")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    invitation: Mapped[Invitation] = relationship()


class PaperEntry(Base):
    """One keying of one form, kept as it was: nobody keys a form twice, and nobody a third time."""

    __tablename__ = "paper_entry"
    __table_args__ = (
        UniqueConstraint("form_id", "round"),
        UniqueConstraint("form_id", "keyer_id"),
        CheckConstraint("round IN (1, 2)", name="round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("paper_form.id"), index=True)
    round: Mapped[int]
    keyer_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    marks: Mapped[dict[str, Any]] = mapped_column(Json, doc="item → two_boxes, unreadable, impossible")

    keyer: Mapped[User] = relationship()
