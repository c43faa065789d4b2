"""The last word on units of which nothing was heard, said when a wave closes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, exists, select

from analysis.disposition import Disposition
from survey.extensions import db
from survey.models import Invitation, Message, MessageKind, MessageState, PaperForm, SampleUnit, Wave
from survey.services.answers import dispositions

ARRIVED = {MessageState.handed_over, MessageState.accepted, MessageState.unknown, MessageState.delivered}
LOST = {MessageState.failed, MessageState.dead}
UNHEARD = (Disposition.NOTHING_RETURNED, Disposition.UNDELIVERED)


def settle_units(wave: Wave, now: datetime) -> None:
    """Tell apart who did not answer, whom nothing reached, and to whom nothing was sent. The caller commits.

    A message whose fate is unknown counts as one that may have arrived: its owner had a chance to answer. So had
    whoever got a paper form, which is on record since it was issued.
    """
    states: dict[int, set[MessageState]] = {}
    for unit_id, state in _messages(wave):
        states.setdefault(unit_id, set())
        if state is not None:
            states[unit_id].add(state)
    settled: dict[Disposition, list[int]] = {}
    for unit_id, seen in states.items():
        settled.setdefault(_last_word(seen), []).append(unit_id)
    for code, unit_ids in settled.items():
        dispositions.note_many(unit_ids, code.value, source="close", now=now)


def _messages(wave: Wave) -> list[tuple[int, MessageState | None]]:
    mine = and_(Message.invitation_id == Invitation.id, Message.kind != MessageKind.reply)
    query = (
        select(SampleUnit.id, Message.state)
        .outerjoin(Invitation, Invitation.sample_unit_id == SampleUnit.id)
        .outerjoin(Message, mine)
        .where(
            SampleUnit.wave_id == wave.id,
            SampleUnit.released,
            SampleUnit.disposition.in_([code.value for code in UNHEARD]),
            ~exists().where(PaperForm.invitation_id == Invitation.id),
        )
        .distinct()
    )
    return list(db.session.execute(query))


def _last_word(seen: set[MessageState]) -> Disposition:
    if seen & ARRIVED:
        return Disposition.NOTHING_RETURNED
    return Disposition.UNDELIVERED if seen & LOST else Disposition.NOT_INVITED
