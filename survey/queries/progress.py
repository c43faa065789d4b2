"""How a wave stands, for the office: counts of units, messages and answers. No phone leaves here unmasked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import chain, repeat

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from analysis import rates
from analysis.rates import Outcomes
from survey.clock import local_day
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import (
    InstrumentVersion,
    Invitation,
    Response,
    ResponseState,
    SampleUnit,
    Wave,
)


@dataclass(frozen=True)
class WaveRow:
    """A line in the list of waves."""

    wave: Wave
    sampled: int
    answered: int


@dataclass(frozen=True)
class Progress:
    """How far the collection is; the rates are AAPOR's, with everybody not heard of counted as eligible."""

    sampled: int
    invited: int
    outcomes: Outcomes

    @property
    def answered(self) -> int:
        return self.outcomes.complete + self.outcomes.partial

    @property
    def response_rate(self) -> float | None:
        return rates.rr1(self.outcomes) if self.sampled else None


def wave(code: str) -> Wave:
    """The wave of this code; NotFoundError where there is none."""
    found: Wave | None = db.session.scalar(select(Wave).where(Wave.code == code))
    if found is None:
        raise NotFoundError("no_wave", _("Không có đợt khảo sát %(code)s.", code=code))
    return found


def waves() -> list[WaveRow]:
    """All waves, the newest first."""
    sampled = _count_by_wave(SampleUnit.wave_id)
    answered = _count_by_wave(
        Response.wave_id, Response.state == ResponseState.submitted, Response.invitation_id.is_not(None)
    )
    newest = db.session.scalars(select(Wave).order_by(Wave.period_start.desc(), Wave.id.desc()))
    return [WaveRow(found, sampled.get(found.id, 0), answered.get(found.id, 0)) for found in newest]


def _count_by_wave(column: InstrumentedAttribute[int], *conditions: ColumnElement[bool]) -> dict[int, int]:
    rows = db.session.execute(select(column, func.count()).where(*conditions).group_by(column))
    return dict(rows.all())


def progress(wave_id: int) -> Progress:
    """Units drawn, invited and what became of them."""
    units = select(SampleUnit.disposition, func.count()).where(SampleUnit.wave_id == wave_id)
    counts = db.session.execute(units.group_by(SampleUnit.disposition)).all()
    codes = chain.from_iterable(repeat(code, count) for code, count in counts)
    invited = select(func.count()).select_from(Invitation).where(Invitation.wave_id == wave_id)
    return Progress(
        sampled=sum(count for _code, count in counts),
        invited=db.session.scalar(invited) or 0,
        outcomes=rates.outcomes(codes),
    )


def answers_by_day(wave_id: int) -> list[tuple[date, int]]:
    """Answers of invited citizens handed in on each day of Huế's calendar, in order."""
    moments = db.session.scalars(
        select(Response.submitted_at).where(
            Response.wave_id == wave_id,
            Response.state == ResponseState.submitted,
            Response.invitation_id.is_not(None),
        )
    )
    days: dict[date, int] = {}
    for moment in moments:
        if moment is not None:
            day = local_day(moment)
            days[day] = days.get(day, 0) + 1
    return sorted(days.items())


def instruments() -> list[InstrumentVersion]:
    """Stored questionnaires; a shipped one is stored with the first wave."""
    newest = select(InstrumentVersion).order_by(InstrumentVersion.code, InstrumentVersion.version.desc())
    return list(db.session.scalars(newest))
