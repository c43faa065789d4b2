"""Citizens who asked to be called back: a list for the agency, with no way from here to an answer."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.agency import Agency
from survey.models.types import UtcDateTime, words
from survey.models.user import User


class FeedbackState(StrEnum):
    open = "open"
    taken = "taken"
    answered = "answered"
    closed = "closed"


class FeedbackCase(Base):
    """One wish to be called back, with the consent to it and the number that the citizen typed for it.

    ::

        open ──an officer takes it──> taken ──the citizen got an answer──> answered ──> closed
          └────────────── nobody to reach, withdrawn ──────────────────────────────────────┘

    On purpose no column names a response, an invitation, a unit or a dossier.
    """

    __tablename__ = "feedback_case"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (owner_id IS NULL) OR state = 'closed'", name="owner_once_taken"),
        Index("ix_feedback_case_agency_id_state", "agency_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    opened_on: Mapped[date] = mapped_column(doc="the day only: a time would point at a response")
    due_on: Mapped[date]
    state: Mapped[FeedbackState] = mapped_column(words(FeedbackState, "state"), default=FeedbackState.open)
    phone_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary, doc="empty after erasure")
    wish: Mapped[str] = mapped_column(Text, default="", doc="what to talk about, in the citizen's words")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answer: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    agency: Mapped[Agency] = relationship()
    owner: Mapped[User | None] = relationship()
