"""Giving silent people to interviewers, evenly, and taking cases over from one who leaves."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, insert, select, update

from survey.errors import ConflictError, InputError
from survey.extensions import db
from survey.models import InterviewCase, Invitation, Wave
from survey.queries import interviews
from survey.queries.respond import OPEN_STATES
from survey.services.fieldwork.waves import lock
from survey.services.messaging import invite
from survey.services.office import audit

_CHUNK = 500


def assign(
    wave: Wave,
    people: Collection[int],
    *,
    agency_id: int | None = None,
    most: int | None = None,
    actor: str,
    now: datetime,
) -> int:
    """Give the silent units (of one agency, or all) to these interviewers; returns how many.

    `most`: no more than so many for each. Who has the fewest open cases gets the next; the order is that of the
    draw's random numbers, so a part is a random part.
    """
    if lock(wave).state not in OPEN_STATES:
        raise ConflictError("wave_not_open", _("Chỉ giao được khi đợt đang thu thập."))
    chosen = _known(people)
    units = db.session.scalars(interviews.unassigned(wave.id, agency_id)).all()
    units = units if most is None else units[: most * len(chosen)]
    made = invite.open_without_text(wave, units, now)
    rows = _spread(units, chosen, most)
    for start in range(0, len(rows), _CHUNK):
        _insert(wave, rows[start : start + _CHUNK], now)
    details = {"cases": len(rows), "interviewers": len(chosen), "agency": agency_id, "invited_by_phone_only": made}
    audit.record(actor, "interview.assign", f"wave:{wave.code}", now=now, details=details)
    db.session.commit()
    return len(rows)


def hand_over(wave: Wave, leaver: int, people: Collection[int], *, actor: str, now: datetime) -> int:
    """The open cases of one interviewer go to others; returns how many."""
    lock(wave)
    chosen = _known(set(people) - {leaver})
    mine = select(InterviewCase.id).where(
        InterviewCase.wave_id == wave.id, InterviewCase.interviewer_id == leaver, InterviewCase.closed_at.is_(None)
    )
    cases = db.session.scalars(mine.order_by(InterviewCase.id).with_for_update()).all()
    for case_id, user_id in _spread(cases, chosen, None):
        db.session.execute(update(InterviewCase).where(InterviewCase.id == case_id).values(interviewer_id=user_id))
    details = {"cases": len(cases), "from": leaver}
    audit.record(actor, "interview.hand_over", f"wave:{wave.code}", now=now, details=details)
    db.session.commit()
    return len(cases)


def _known(people: Iterable[int]) -> list[int]:
    known = {user.id for user in interviews.interviewers()}
    chosen = sorted(set(people) & known)
    if not chosen:
        raise InputError("interviewers", _("Xin chọn ít nhất một phỏng vấn viên."))
    return chosen


def _spread(ids: Iterable[int], people: Collection[int], most: int | None) -> list[tuple[int, int]]:
    """Each id with the one of these people who has the fewest open cases when its turn comes."""
    queue = [(open_cases, person) for person, open_cases in _open_cases(people).items()]
    heapq.heapify(queue)
    new = dict.fromkeys(people, 0)
    rows = []
    for one in ids:
        if not queue:
            break
        open_cases, person = heapq.heappop(queue)
        rows.append((one, person))
        new[person] += 1
        if most is None or new[person] < most:
            heapq.heappush(queue, (open_cases + 1, person))
    return rows


def _open_cases(people: Collection[int]) -> dict[int, int]:
    query = (
        select(InterviewCase.interviewer_id, func.count())
        .where(InterviewCase.interviewer_id.in_(people), InterviewCase.closed_at.is_(None))
        .group_by(InterviewCase.interviewer_id)
    )
    return dict.fromkeys(people, 0) | dict(db.session.execute(query).all())


def _insert(wave: Wave, rows: list[tuple[int, int]], now: datetime) -> None:
    """Their links work as long as the wave does: an answer on the web still beats the call."""
    query = select(Invitation.sample_unit_id, Invitation.id)
    known = dict(
        db.session.execute(query.where(Invitation.sample_unit_id.in_([unit for unit, _who in rows]))).all()
    )
    if wave.closes_at is not None:
        mine = update(Invitation).where(Invitation.id.in_(known.values()))
        db.session.execute(mine.values(expires_at=wave.closes_at))
    fields = {"wave_id": wave.id, "assigned_at": now}
    db.session.execute(
        insert(InterviewCase),
        [fields | {"invitation_id": known[unit], "interviewer_id": who} for unit, who in rows],
    )
