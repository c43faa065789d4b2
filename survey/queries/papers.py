"""Paper forms: who may get one, how far they are, what two clerks read otherwise, and how often a clerk errs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from forms import paper
from forms.model import Instrument
from forms.paper import Keyed
from survey.extensions import db
from survey.models import (
    Agency,
    Dossier,
    Invitation,
    PaperEntry,
    PaperForm,
    PaperState,
    Procedure,
    SampleUnit,
    User,
    Wave,
)
from survey.queries import interviews, respond

DONE = (PaperState.recorded, PaperState.late)
SHEETS = 50  # on one page for the printer


def unissued(wave_id: int, agency_id: int | None = None) -> Select[int]:
    """Silent units without a paper form; a telephone is not needed."""
    return (
        interviews.silent(wave_id, agency_id)
        .outerjoin(PaperForm, PaperForm.invitation_id == Invitation.id)
        .where(PaperForm.id.is_(None))
    )


def counts(wave_id: int) -> dict[PaperState, int]:
    query = select(PaperForm.state, func.count()).where(PaperForm.wave_id == wave_id).group_by(PaperForm.state)
    found = dict(db.session.execute(query).all())
    return {state: found.get(state, 0) for state in PaperState}


def questionnaire(wave: Wave) -> Instrument:
    """The wave's questionnaire as it is printed."""
    instrument = respond.instrument(wave.instrument_version_id)
    return paper.on_paper(instrument, comment=bool(wave.settings.get("ask_comment", True)))


def by_code(code: str) -> PaperForm | None:
    return db.session.scalar(select(PaperForm).where(PaperForm.code == code))


def entries(form_id: int) -> Sequence[PaperEntry]:
    """Both keyings in order."""
    query = select(PaperEntry).where(PaperEntry.form_id == form_id).order_by(PaperEntry.round)
    return db.session.scalars(query).all()


def reading(entry: PaperEntry) -> Keyed:
    return Keyed(dict(entry.answers), dict(entry.marks))


def to_decide(wave_id: int) -> Sequence[PaperForm]:
    """Forms on which two clerks differ."""
    query = select(PaperForm).where(PaperForm.wave_id == wave_id, PaperForm.state == PaperState.differs)
    return db.session.scalars(query.order_by(PaperForm.id)).all()


@dataclass(frozen=True)
class Sheet:
    """What is printed on one form beside the questions."""

    code: str | None
    agency: str
    service: str | None
    received_at: datetime
    completed_at: datetime | None
    dossier: str


def sheets(wave_id: int, *, after: int = 0, limit: int | None = SHEETS) -> list[Sheet]:
    """Forms that are still out, in the order of their number."""
    query = (
        select(
            PaperForm.code,
            Agency.name_vi,
            Procedure.name_vi,
            Dossier.received_at,
            Dossier.completed_at,
            Dossier.code,
        )
        .join(Invitation, Invitation.id == PaperForm.invitation_id)
        .join(SampleUnit, SampleUnit.id == Invitation.sample_unit_id)
        .join(Agency, Agency.id == SampleUnit.agency_id)
        .join(Dossier, Dossier.id == SampleUnit.dossier_id)
        .outerjoin(Procedure, Procedure.id == Dossier.procedure_id)
        .where(PaperForm.wave_id == wave_id, PaperForm.state == PaperState.issued)
        .order_by(PaperForm.id)
        .offset(after)
        .limit(limit)
    )
    return [Sheet(*row) for row in db.session.execute(query)]


@dataclass(frozen=True)
class Accuracy:
    """How many answers one clerk keyed on forms that are settled, and how many of them did not stand."""

    clerk: str
    forms: int
    items: int
    errors: int

    @property
    def rate(self) -> float:
        return self.errors / self.items if self.items else 0.0


def accuracy(wave: Wave) -> list[Accuracy]:
    """The error rate of each clerk: items that were read otherwise than they were settled."""
    instrument = questionnaire(wave)
    query = (
        select(PaperEntry, PaperForm.final, User.email)
        .join(PaperForm, PaperForm.id == PaperEntry.form_id)
        .join(User, User.id == PaperEntry.keyer_id)
        .where(PaperForm.wave_id == wave.id, PaperForm.state.in_(DONE))
    )
    items = len(paper.questions(instrument))
    known: dict[str, tuple[int, int]] = {}
    for entry, final, clerk in db.session.execute(query):
        wrong = len(paper.differences(instrument, reading(entry), Keyed(**final)))
        forms, errors = known.get(clerk, (0, 0))
        known[clerk] = (forms + 1, errors + wrong)
    return [Accuracy(clerk, forms, forms * items, errors) for clerk, (forms, errors) in sorted(known.items())]
