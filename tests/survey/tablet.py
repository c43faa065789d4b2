"""A tablet at the counter as the server sees it: a cookie, and what its worker posts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey.extensions import db
from survey.models import Agency, KioskDevice, KioskSetAside, Response, Wave
from survey.services.answers import kiosk
from tests.factories import NOW

FIVES = {f"q{number}": ["5"] for number in range(1, 7)}
OFFICER = "officer@hue.gov.vn"


def code(number: int) -> str:
    """A submission's code, as the tablet makes them."""
    return f"ABCDE-FGHJK-{1000 + number:04d}".replace("1", "L").replace("0", "P")


def added(agency: Agency, wave: Wave, label: str = "Quầy 1") -> tuple[KioskDevice, str]:
    """A device and the secret of its link."""
    device = kiosk.add_device(agency, wave, label, actor=OFFICER, now=NOW)
    return device, kiosk.new_link(device, actor=OFFICER, now=NOW)


class Tablet:
    """One browser that has opened the link of a device."""

    def __init__(self, app: Flask, device: KioskDevice, link: str) -> None:
        self.device, self.version = device.id, device.wave.instrument_version_id
        self.client = app.test_client()
        self.client.set_cookie("kiosk", kiosk.join(link, now=NOW), path="/k/")

    def entry(self, number: int = 0, **changes: Any) -> dict[str, Any]:
        moment = ms(NOW)
        return {
            "code": code(number),
            "device": self.device,
            "version": self.version,
            "lang": "vi",
            "seconds": 40,
            "answered": moment,
            "sent": moment,
            "answers": FIVES,
        } | changes

    def post(self, path: str, body: Any) -> TestResponse:
        db.session.rollback()
        return self.client.post(path, json=body)

    def send(self, number: int = 0, **changes: Any) -> TestResponse:
        return self.post("/k/answer", self.entry(number, **changes))


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def stored() -> list[Response]:
    """All answers, with no transaction left open: on SQLite it would lock the server out."""
    db.session.rollback()
    found = list(db.session.scalars(select(Response).order_by(Response.id)))
    for row in found:
        db.session.expunge(row)
    db.session.rollback()
    return found


def set_aside() -> dict[str, int]:
    db.session.rollback()
    query = select(KioskSetAside.reason, func.count()).group_by(KioskSetAside.reason)
    found = {str(reason): count for reason, count in db.session.execute(query)}
    db.session.rollback()
    return found
