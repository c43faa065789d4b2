"""A silent person with a telephone in an interviewer's hands, for tests."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from survey.extensions import db
from survey.models import InterviewCase, Invitation, SampleUnit, User, Wave
from tests.factories import NOW, make_invitation, make_unit, make_wave
from tests.officers import Browser

TOKEN = re.compile(r'name="f" value="([^"]+)"')
PHONE = "+84905123456"


def make_case(user: User, phone: str = PHONE, wave: Wave | None = None, **kw: Any) -> tuple[InterviewCase, str]:
    """The case and the token that its citizen has in the SMS."""
    unit = make_unit(wave or make_wave(state="launched"), phone=phone)
    invitation, token = make_invitation(unit)
    row = InterviewCase(
        wave_id=unit.wave_id, invitation_id=invitation.id, interviewer_id=user.id, assigned_at=NOW, **kw
    )
    db.session.add(row)
    db.session.commit()
    return row, token


def disposition(case: InterviewCase) -> str:
    db.session.rollback()
    db.session.expire_all()
    invitation = db.session.get_one(Invitation, case.invitation_id)
    return db.session.get_one(SampleUnit, invitation.sample_unit_id).disposition


class Interview:
    """An interviewer filling the form of one case in a browser."""

    def __init__(self, browser: Browser, case_id: int) -> None:
        self.browser = browser
        self.path = f"/office/my-cases/{case_id}"

    def begin(self, place: str = "phone") -> None:
        self.browser.text(self.path)
        assert self.browser.post(f"{self.path}/begin", place=place, agreed="yes").status_code == 303

    def token(self, page: str) -> str:
        found = TOKEN.search(self.browser.text(f"{self.path}/form?p={page}"))
        assert found is not None, page
        return found[1]

    def answer(self, page: str, token: str | None = None, **fields: Any) -> Any:
        data = {"f": self.token(page) if token is None else token, **fields}
        return self.browser.open("POST", f"{self.path}/form?p={page}", data=data)

    def fill(self, value: str = "4") -> None:
        for number in range(1, 7):
            assert self.answer(f"q{number}", **{f"q{number}": value}).status_code == 303


def at_hour(app: Flask, moment: Any = NOW) -> None:
    app.extensions["thuocdo_clock"] = lambda: moment
