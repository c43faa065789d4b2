"""A citizen's browser without a screen: it fills the real form by what the page says, and keeps no secret."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

from werkzeug.test import Client, TestResponse

PHONE = "Mozilla/5.0 (Linux; Android 9; Mobile) Demo"
_MAX_PAGES = 60


@dataclass
class Form:
    """A form as it stands on a page."""

    method: str
    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("method", "get"), given.get("action", "")))
        elif tag == "input" and self.found and given.get("type") == "hidden":
            self.found[-1].hidden[given["name"]] = given.get("value", "")
        elif tag == "input" and self.found and given.get("type") == "radio":
            self.found[-1].choices.setdefault(given["name"], []).append(given.get("value", ""))


class Browser:
    """`fill(link, answers)` goes from the SMS to the thank-you, page by page."""

    def __init__(self, app: WSGIApplication) -> None:
        self._client = Client(app)

    def fill(self, link: str, answers: Mapping[str, str], *, give_up_after: int | None = None) -> bool:
        """True when the form says thank you; False when the link does not work or the citizen gave up."""
        response = self._get(link)
        for count in range(_MAX_PAGES):
            if response.status_code != 200 or "p=done" in response.request.full_path:
                return response.status_code == 200
            if count == give_up_after:
                return False
            response = self._step(_forms(response)[0], response, answers)
        return False

    def refuse(self, link: str) -> bool:
        response = self._get(link)
        decline = [form for form in _forms(response) if "p=decline" in form.action]
        return bool(decline) and self._step(decline[0], response, {}).status_code == 200

    def _get(self, link: str) -> TestResponse:
        parts = urlsplit(link)
        return self._client.get(f"{parts.path}?{parts.query}", **_from_own_phone(parts.path))

    def _step(self, form: Form, page: TestResponse, answers: Mapping[str, str]) -> TestResponse:
        data = dict(form.hidden)
        for name, offered in form.choices.items():
            if answers.get(name) in offered:
                data[name] = answers[name]
        path = page.request.path
        phone = _from_own_phone(path)
        if form.method == "get":
            return self._client.get(path, query_string=data, **phone)
        query = urlsplit(form.action).query
        return self._client.post(f"{path}?{query}", data=data, follow_redirects=True, **phone)


def _from_own_phone(path: str) -> dict[str, Any]:
    """Each link is opened at an address of its own, out of those that carriers share among phones (RFC 6598)."""
    first, second, third = hashlib.sha256(path.encode()).digest()[:3]
    address = f"100.{64 + first % 64}.{second}.{third}"
    return {"headers": {"User-Agent": PHONE}, "environ_overrides": {"REMOTE_ADDR": address}}


def _forms(response: TestResponse) -> list[Form]:
    parser = _Forms()
    parser.feed(response.get_data(as_text=True))
    return parser.found
