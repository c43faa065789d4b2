"""Citizens who answer over real connections, page by page, and do not give up."""

from __future__ import annotations

import html
import http.client
import re
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import select

from survey.extensions import db
from survey.models import Response
from survey.services.answers.consent import CONSENT_VERSION
from tests.factories import make_invitation, make_unit, make_wave

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
ITEMS = tuple(f"q{number}" for number in range(1, 7))
Page = tuple[int, str]


class Phone:
    """One citizen; remembers what was acknowledged. `patience_s`: how long a broken line or a 503 is met by trying
    again, after a 503 with the button of that very page."""

    def __init__(self, port: int, token: str, invitation_id: int, patience_s: float = 0.0) -> None:
        self.port, self.token, self.invitation_id, self.patience_s = port, token, invitation_id, patience_s
        self.acknowledged: dict[str, int] = {}
        self.statuses: set[int] = set()
        self.apologies = 0
        self.thanked = False

    def answer(self) -> None:
        try:
            for item in ITEMS:
                if self._send(item, self._form(item, c=CONSENT_VERSION) | {item: "4"}):
                    self.acknowledged[item] = 4
            self.thanked = self._send("check", self._form("check"))
        except (OSError, http.client.HTTPException):
            return

    def _form(self, page: str, **query: str) -> dict[str, str]:
        return hidden(self._patiently("GET", {"p": page} | query, None)[1])

    def _send(self, page: str, fields: dict[str, str]) -> bool:
        return self._patiently("POST", {"p": page}, fields)[0] == 303

    def _patiently(self, method: str, query: dict[str, str], fields: dict[str, str] | None) -> Page:
        until = time.monotonic() + self.patience_s
        while True:
            try:
                status, page = self._ask(method, query, fields)
            except (OSError, http.client.HTTPException):
                if time.monotonic() >= until:
                    raise
            else:
                if status != 503 or time.monotonic() >= until:
                    return status, page
                self.apologies += 1
                fields = hidden(page) if fields else None  # nothing is typed again: the page must hold it
            time.sleep(0.2)

    def _ask(self, method: str, query: dict[str, str], fields: dict[str, str] | None) -> Page:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
            line.request(method, f"/s/{self.token}?{urlencode(query)}", urlencode(fields or {}), headers)
            answer = line.getresponse()
            self.statuses.add(answer.status)
            return answer.status, answer.read().decode()
        finally:
            line.close()


def hidden(page: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}


def make_phones(port: int, count: int, patience_s: float = 0.0) -> list[Phone]:
    """Citizens with open links; the database is let go of, for others are to write in it."""
    later = datetime.now(UTC) + timedelta(days=5)
    wave = make_wave(state="launched", closes_at=later)
    links = [make_invitation(make_unit(wave), expires_at=later) for _ in range(count)]
    phones = [Phone(port, token, invitation.id, patience_s) for invitation, token in links]
    db.session.remove()
    return phones


def start(phones: list[Phone], pool: ThreadPoolExecutor, until_thanked: int) -> list[Future[None]]:
    """Everybody answers; back when so many have been thanked."""
    running = [pool.submit(phone.answer) for phone in phones]
    while sum(phone.thanked for phone in phones) < until_thanked:
        time.sleep(0.02)
    return running


def assert_nothing_lost(phones: list[Phone]) -> None:
    """Whoever saw the next page has been heard, and whoever was thanked is counted."""
    db.session.rollback()
    stored = {row.invitation_id: row for row in db.session.scalars(select(Response))}
    for phone in phones:
        if phone.acknowledged:
            assert phone.acknowledged.items() <= stored[phone.invitation_id].answers.items()
        if phone.thanked:
            assert stored[phone.invitation_id].state == "submitted"
