"""What the load is played on: a wave with thousands of open links, and what a citizen does with one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import insert, select

from bench.load_client import Answer, Job, Line
from survey.blueprints.respond import guard
from survey.extensions import db
from survey.models import Dossier, Invitation, Response, ResponseState, SampleUnit, Wave
from survey.services.answers.consent import CONSENT_VERSION
from survey.services.office.keys import current_vault
from tests import factories

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_ERROR, _SEE_OTHER, _OK = 500, 303, 200
Link = tuple[int, str]


def open_links(wave: Wave, count: int, until: datetime) -> list[Link]:
    """So many invitations with their tokens; rows like those of the factories, but written by the thousand."""
    unit = factories.make_unit(wave)
    invitation, token = factories.make_invitation(unit, expires_at=until)
    marks = [f"load{number:06d}" for number in range(1, count)]
    dossiers = _copies(unit.dossier, [{"code": mark, "person_id": mark} for mark in marks])
    units = _copies(unit, [{"dossier_id": d, "person_id": m} for d, m in zip(dossiers, marks, strict=True)])
    nonces = [number.to_bytes(16) for number in range(1 << 40, (1 << 40) + count - 1)]
    tokens = [current_vault().token(nonce) for nonce in nonces]
    keys = zip(units, nonces, tokens, strict=True)
    ids = _copies(
        invitation,
        [{"sample_unit_id": u, "nonce": n, "token_hmac": current_vault().token_hmac(t)} for u, n, t in keys],
    )
    first = invitation.id
    db.session.commit()
    return [(first, token), *zip(ids, tokens, strict=True)]


def _copies(row: Dossier | SampleUnit | Invitation, changes: list[dict[str, Any]]) -> list[int]:
    """Rows like this one but for the changes; returns their ids in the same order."""
    model = type(row)
    values = {column.key: getattr(row, column.key) for column in model.__table__.columns if column.key != "id"}
    query = insert(model).returning(model.id, sort_by_parameter_order=True)
    return list(db.session.scalars(query, [values | change for change in changes]))


@dataclass
class Visit:
    """What one citizen saw; `thanked` when the last page said so."""

    invitation_id: int
    statuses: list[int] = field(default_factory=list)
    thanked: bool = False

    @property
    def failures(self) -> int:
        return sum(status >= _ERROR for status in self.statuses)


class Citizens:
    """Jobs for the load generator: single requests, and whole visits from the click to the thanks."""

    def __init__(self, app: Flask, item_ids: list[str]) -> None:
        self._secret = str(app.config["SECRET_KEY"])
        self._answers = dict.fromkeys(item_ids, "4")
        self._page = f"p={item_ids[0]}"

    def look(self, link: Link) -> Job:
        """The page of questions, opened by a link that has agreed."""
        path = f"/s/{link[1]}?{self._page}&c={CONSENT_VERSION}"
        return lambda line: _status(line, path, None)

    def answer(self, link: Link, now: Callable[[], datetime]) -> Job:
        """All answers, by one post."""

        async def job(line: Line) -> int:
            token = guard.sign(self._secret, link[0], now())
            return await _status(
                line, f"/s/{link[1]}?{self._page}", {"f": token, "c": CONSENT_VERSION} | self._answers
            )

        return job

    def visit(self, link: Link) -> Job:
        """The click on the link, the notice, the questions, the check page, the thanks."""

        async def job(line: Line) -> Visit:
            seen = Visit(link[0])
            path = f"/s/{link[1]}"

            async def ask(query: str, fields: dict[str, str] | None = None) -> Answer:
                answer = await line.ask(path + query, fields)
                seen.statuses.append(answer.status)
                return answer

            await ask("")
            page = await ask(f"?{self._page}&c={CONSENT_VERSION}")
            await ask(f"?{self._page}", dict(_HIDDEN.findall(page.text)) | self._answers)
            page = await ask("?p=check")
            sent = await ask("?p=check", dict(_HIDDEN.findall(page.text)))
            thanks = await ask("?p=done")
            seen.thanked = sent.status == _SEE_OTHER and 'class="code"' in thanks.text and thanks.status == _OK
            return seen

        return job


async def health(line: Line) -> int:
    """The least that the server can be asked."""
    return await _status(line, "/healthz", None)


async def _status(line: Line, path: str, fields: dict[str, str] | None) -> int:
    return (await line.ask(path, fields)).status


def submitted(wave_id: int) -> set[int]:
    """The invitations whose answers the database holds as sent."""
    is_sent = Response.state == ResponseState.submitted
    query = select(Response.invitation_id).where(Response.wave_id == wave_id, is_sent)
    return {found for found in db.session.scalars(query) if found is not None}
