"""Officers at a browser: each request in a context of its own, as on a server, with real CSRF tokens."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from survey.extensions import db
from survey.models import Agency, Role, User
from survey.services.office import users
from tests.factories import NOW

PASSWORD = "mat khau du dai 2026"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def add(role: Role | str = Role.admin, agency: Agency | None = None) -> User:
    """An account `<role>@hue.gov.vn` with PASSWORD."""
    code = agency.code if agency else None
    return users.add_user(f"{Role(role)}@hue.gov.vn", role, PASSWORD, agency_code=code, actor="cli", now=NOW)


class Browser:
    """One browser with its cookies. `post` takes the CSRF token from the last page that had one."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.token = ""

    def open(self, method: str, path: str, **kw: Any) -> TestResponse:
        """The test's own session gives up its transaction first: on SQLite it would lock the view out."""
        db.session.rollback()
        with self.app.app_context():
            response = self.client.open(path, method=method, **kw)
        found = _TOKEN.search(response.get_data(as_text=True)) if response.mimetype == "text/html" else None
        self.token = found[1] if found else self.token
        return response

    def get(self, path: str, **kw: Any) -> TestResponse:
        return self.open("GET", path, **kw)

    def text(self, path: str) -> str:
        """The page at `path`, which must be there."""
        response = self.get(path)
        assert response.status_code == 200, f"{path}: {response.status}"
        return response.get_data(as_text=True)

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.open("POST", path, data={"csrf_token": self.token, **fields})

    def log_in(self, email: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        self.get("/office/login")
        return self.post("/office/login", email=email, password=password, **fields)


def browser(app: Flask, role: Role | str = Role.admin, agency: Agency | None = None) -> Browser:
    """A browser in which an officer of this role has logged in."""
    email = add(role, agency).email
    made = Browser(app)
    assert made.log_in(email).status_code == 303
    return made
