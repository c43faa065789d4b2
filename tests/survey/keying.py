"""A paper form out with its citizen, and clerks, for tests."""

from __future__ import annotations

from typing import Any

from forms.paper import Keyed
from survey.extensions import db
from survey.models import PaperForm, Role, SampleUnit, User, Wave
from survey.services.answers import paper
from survey.services.office import users
from tests.factories import NOW, make_invitation, make_unit, make_wave
from tests.officers import PASSWORD

ALL_FOUR: dict[str, Any] = dict.fromkeys(("q1", "q2", "q3", "q4", "q5", "q6"), 4)


def clerk(name: str, role: Role = Role.keyer) -> User:
    return users.add_user(f"{name}@hue.gov.vn", role, PASSWORD, actor="cli", now=NOW)


def make_form(wave: Wave | None = None, **kw: Any) -> tuple[PaperForm, str]:
    """The form and its citizen's token; `kw` are the unit's."""
    wave = wave or make_wave(state="launched")
    _invitation, token = make_invitation(make_unit(wave, **kw))
    paper.issue(wave, actor="test", now=NOW)
    db.session.expire_all()
    return db.session.query(PaperForm).order_by(PaperForm.id.desc()).first(), token  # type: ignore[return-value]


def keyed(marks: dict[str, str] | None = None, **answers: Any) -> Keyed:
    """All six answered with four, but for what is given."""
    given = {key: value for key, value in (ALL_FOUR | answers).items() if value is not None}
    return Keyed(given, marks or {})


def code_of(form: PaperForm) -> str:
    assert form.code is not None
    return form.code


def disposition(form: PaperForm) -> str:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(SampleUnit, form.invitation.sample_unit_id).disposition
