"""The list of citizens who asked to be called back; an agency sees its own only."""

from __future__ import annotations

from sqlalchemy import case, select
from sqlalchemy.orm import joinedload

from survey.extensions import db
from survey.models import FeedbackCase, FeedbackState

_MOST = 200


def cases(agency_id: int | None = None) -> list[FeedbackCase]:
    """Open work first, by due date; then what is done, newest first. Of one agency, or of all."""
    done = case((FeedbackCase.state == FeedbackState.closed, 1), else_=0)
    query = select(FeedbackCase).options(joinedload(FeedbackCase.agency), joinedload(FeedbackCase.owner))
    if agency_id is not None:
        query = query.where(FeedbackCase.agency_id == agency_id)
    return list(db.session.scalars(query.order_by(done, FeedbackCase.due_on, FeedbackCase.id.desc()).limit(_MOST)))


def agency_of(case_id: int) -> int | None:
    """The agency whose case this is; None for no such case."""
    return db.session.scalar(select(FeedbackCase.agency_id).where(FeedbackCase.id == case_id))
