"""A citizen with an old phone: no JavaScript, no cookies, posts what the page holds."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey.extensions import db
from survey.models import Invitation, Response, SampleUnit
from survey.services.answers.consent import CONSENT_VERSION
from tests.factories import NOW

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Citizen:
    """Opens pages of one link. The clock stands at `now` until it is moved."""

    def __init__(self, app: Flask, token: str, invitation_id: int) -> None:
        self.now = NOW
        app.extensions["thuocdo_clock"] = lambda: self.now
        self.client = app.test_client(use_cookies=False)
        self.link = f"/s/{token}"
        self.invitation_id = invitation_id

    def get(self, page: str = "", **query: str) -> TestResponse:
        return self.client.get(self.link, query_string=({"p": page} if page else {}) | query)

    def form(self, page: str, **query: str) -> dict[str, str]:
        """The hidden fields of a page, as a browser would send them back."""
        if page.startswith("q"):
            query = {"c": CONSENT_VERSION} | query
        return dict(_HIDDEN.findall(self.get("" if page == "decline" else page, **query).text))

    def post(self, page: str, form: dict[str, str] | None = None, back: str = "", **fields: Any) -> TestResponse:
        hidden = self.form(page) if form is None else form
        query = {"p": page} | ({"back": back} if back else {})
        return self.client.post(self.link, query_string=query, data=hidden | fields)

    def answer(self, item: str, *values: str, **fields: Any) -> TestResponse:
        return self.post(item, **{item: list(values)}, **fields)

    def fill(self, value: str = "5") -> None:
        """All six answers of the short questionnaire, not sent yet."""
        for number in range(1, 7):
            self.answer(f"q{number}", value)

    def response(self) -> Response | None:
        db.session.rollback()
        db.session.expire_all()
        return db.session.scalar(select(Response).where(Response.invitation_id == self.invitation_id))

    def disposition(self) -> str:
        query = select(SampleUnit.disposition).join(Invitation).where(Invitation.id == self.invitation_id)
        return db.session.scalars(query).one()
