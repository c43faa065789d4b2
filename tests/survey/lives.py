"""A few messages while something dies: who is asked, what the operator received, what must hold at the end.

Four messages leave together: two invitations, whose citizens refuse and answer while things lie still, one more
invitation, and a reply. The operator is an HTTP server that counts; its receipts and texts come by real callbacks.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

from flask import Flask
from sqlalchemy import func, select, update

from survey.extensions import db
from survey.models import Message, MessageKind, Response, ResponseState
from survey.services.answers import collect
from survey.services.messaging.dispatch import one_round
from survey.services.messaging.inbound import process_inbound
from tests.factories import make_invitation, make_message, make_unit, make_wave
from tests.survey.loopback import Provider

KEY = "callback-key-one"
RATINGS = {f"q{item}": 4 for item in range(1, 7)}
PLAIN, REFUSER, ANSWERER, WRITER = (f"+8490577000{number}" for number in range(4))


def with_operator(settings: Mapping[str, Any], url: str, folder: Path) -> dict[str, Any]:
    """These settings with the operator at `url` as the Kannel in use, at any hour and any rate."""
    file = folder / "gateways.toml"
    file.write_text(f'[kannel]\nurl = "{url}"\nusername = "u"\npassword = "p"\n')
    return dict(settings) | {
        "THUOCDO_GATEWAYS": ("kannel",),
        "THUOCDO_GATEWAY_FILE": str(file),
        "THUOCDO_SMS_WINDOW": "00:00-23:59:59.999999",
        "THUOCDO_SMS_RATE": 10_000.0,
    }


def called_back(url: str, fields: Mapping[str, str]) -> bool:
    """One call of the operator to a web process; False when it was not taken."""
    try:
        with urlopen(f"{url}?{urlencode(fields)}", timeout=30) as response:  # noqa: S310 -- our own address
            return bool(response.status == 200)
    except (URLError, ConnectionError):
        return False


class Story:
    def __init__(self, app: Flask, operator: Provider) -> None:
        self.client, self.operator = app.test_client(), operator
        self.now = datetime.now(UTC)
        self.wave = make_wave(state="launched", closes_at=self.now + timedelta(days=9))
        self.ids = {phone: self._invite(phone) for phone in (PLAIN, REFUSER, ANSWERER, WRITER)}
        self.received_before = 0
        db.session.rollback()

    def _invite(self, phone: str) -> str:
        """A queued invitation; the writer has had his and is owed a reply."""
        times = {"not_before": self.now - timedelta(hours=1), "expires_at": self.now + timedelta(days=1)}
        unit = make_unit(wave=self.wave, phone=phone)
        invitation = make_invitation(unit, expires_at=self.now + timedelta(days=9))[0]
        if phone == WRITER:
            times |= {"kind": MessageKind.reply, "priority": 0, "body": "Xin nhan dung 6 chu so"}
        return str(make_message(invitation, **times).id)

    def callback(self, kind: str, **fields: str) -> None:
        assert self.client.get(f"/gateway/kannel/{kind}/{KEY}", query_string=fields).status_code == 200

    def refuse_and_answer(self) -> None:
        """What leaves after this, to these two, is one too many."""
        self.callback("inbound", **{"from": REFUSER, "to": "8088", "text": "TC", "id": "r1"})
        assert process_inbound(datetime.now(UTC)) >= 1
        invitation = db.session.get_one(Message, self.ids[ANSWERER]).invitation
        collect.record_sms(invitation, RATINGS, send=True, now=datetime.now(UTC))
        db.session.commit()
        self.received_before = len(self.operator.received)

    def drain(self) -> None:
        """A healthy worker goes on after the leases of the dead one are over; then the receipts come."""
        self.operator.release()
        self.operator.answers = 1_000_000
        over = datetime.now(UTC) - timedelta(seconds=1)
        db.session.execute(update(Message).where(Message.lease_until.is_not(None)).values(lease_until=over))
        db.session.commit()
        self.rounds()
        for message_id in self.rung():
            self.callback("receipt", id=message_id, st="1", ans="0")
        self.rounds()

    def rounds(self) -> None:
        while not one_round(datetime.now(UTC), max_s=5).idle:
            pass

    def rung(self) -> Counter[str]:
        """How often the operator was handed each message."""
        links = [urlsplit(query["dlr-url"]).query for query in list(self.operator.received)]
        return Counter(parse_qs(link)["id"][0] for link in links)

    def check(self, unknown: int) -> None:
        """Each message rang once and is known to have, or is one of `unknown`, or was rightly never sent."""
        found, rung = states(), self.rung()
        assert max(rung.values()) == 1, "a phone got a message twice"
        assert set(rung) == {key for key, state in found.items() if state == "delivered"}
        late = {query["to"] for query in self.operator.received[self.received_before :] if "/s/" in query["text"]}
        assert self.received_before == 0 or not late & {REFUSER[1:], ANSWERER[1:]}, "asked after a refusal"
        rest = {key: state for key, state in found.items() if key not in rung}
        assert set(rest.values()) <= {"unknown", "cancelled"}, "a message was lost"
        assert {key for key, state in rest.items() if state == "cancelled"} <= {
            self.ids[REFUSER],
            self.ids[ANSWERER],
        }
        assert Counter(rest.values())["unknown"] == unknown, (found, self.ids, self.operator.received)


def states() -> dict[str, str]:
    """The state of each message, as it stands now."""
    db.session.rollback()
    found = {key: state.value for key, state in db.session.execute(select(Message.id, Message.state))}
    db.session.rollback()
    return found


def until(done: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not (ok := done()) and time.monotonic() < end:
        time.sleep(0.05)
    return ok


def submitted() -> int:
    """Answers that count."""
    db.session.rollback()
    query = select(func.count()).select_from(Response).where(Response.state == ResponseState.submitted)
    found = db.session.scalars(query).one()
    db.session.rollback()
    return found
