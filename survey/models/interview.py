"""Silent people in an interviewer's hands: whose case it is, each attempt, and what was agreed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.extensions import Base
from survey.models.invitation import Invitation
from survey.models.types import UtcDateTime, words
from survey.models.user import User


class CallOutcome(StrEnum):
    """What came of one attempt, by phone or at the door."""

    no_answer = "no_answer"
    busy = "busy"
    voice_mail = "voice_mail"
    wrong_number = "wrong_number"
    appointment = "appointment"
    refused = "refused"
    refused_for_good = "refused_for_good"
    language = "language"
    unable = "unable"
    dead = "dead"
    complete = "complete"


class Place(StrEnum):
    phone = "phone"
    home = "home"


class InterviewCase(Base):
    """One invitation given to one interviewer.

    Open until an attempt settles it, the attempts are used up, or the wave closes. An answer by another way ends
    it too, without a word here: the response says so.
    """

    __tablename__ = "interview_case"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_interview_case_interviewer_id_closed_at", "interviewer_id", "closed_at"),
        Index("ix_interview_case_wave_id", "wave_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id"), unique=True)
    interviewer_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_outcome: Mapped[CallOutcome | None] = mapped_column(words(CallOutcome, "last_outcome"))
    last_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appointment_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appointment_note: Mapped[str] = mapped_column(String(200), default="", doc="emptied when the case ends")
    texts_stopped: Mapped[bool] = mapped_column(default=False, doc="a person was spoken to: no reminder by SMS")
    place: Mapped[Place | None] = mapped_column(words(Place, "place"), doc="of the interview once it has begun")
    consent_version: Mapped[str | None] = mapped_column(String(32), doc="the notice read aloud and agreed to")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    invitation: Mapped[Invitation] = relationship()
    interviewer: Mapped[User] = relationship()


class CallAttempt(Base):
    """One attempt and what came of it. Rows are only ever added."""

    __tablename__ = "call_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("interview_case.id"), index=True)
    interviewer_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    place: Mapped[Place] = mapped_column(words(Place, "place"))
    outcome: Mapped[CallOutcome] = mapped_column(words(CallOutcome, "outcome"))
