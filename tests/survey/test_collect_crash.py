"""kill -9 of the web server while citizens answer. Authority: whoever saw the next page has been heard."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.models import Response
from survey.services.answers.consent import CONSENT_VERSION
from tests.conftest import KEYS
from tests.factories import make_invitation, make_unit, make_wave

pytestmark = pytest.mark.thorough
CITIZENS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(settings: dict[str, Any], port: int) -> subprocess.Popen[bytes]:
    keys = {name: ",".join(key) if isinstance(key, tuple) else key for name, key in KEYS.items()}
    environment = os.environ | keys | {name: str(settings[name]) for name in ("DATABASE_URL", "THUOCDO_INSTANCE")}
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "wsgi:app"],
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(200):
        time.sleep(0.1)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
    raise AssertionError("the server did not start")


class Phone:
    """Answers page by page until the line breaks; remembers what was acknowledged."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.acknowledged: dict[str, int] = {}
        self.thanked = False

    def ask(self, method: str, query: dict[str, str], fields: dict[str, str] | None = None) -> tuple[int, str]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            body = urlencode(fields) if fields else None
            headers = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
            line.request(method, f"/s/{self.token}?{urlencode(query)}", body, headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def answer(self) -> None:
        try:
            for number in range(1, 7):
                item = f"q{number}"
                _, page = self.ask("GET", {"p": item, "c": CONSENT_VERSION})
                fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
                status, _ = self.ask("POST", {"p": item}, fields | {item: "4"})
                if status == 303:
                    self.acknowledged[item] = 4
            _, page = self.ask("GET", {"p": "check"})
            fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
            status, _ = self.ask("POST", {"p": "check"}, fields)
            self.thanked = status == 303
        except (OSError, http.client.HTTPException):
            return


def test_every_acknowledged_answer_outlives_the_server(app: Flask, settings: dict[str, Any]) -> None:
    later = datetime.now(UTC) + timedelta(days=5)
    wave = make_wave(state="launched", closes_at=later)
    links = [make_invitation(make_unit(wave), expires_at=later) for _ in range(CITIZENS)]
    ids = [(invitation.id, token) for invitation, token in links]
    db.session.remove()
    port = free_port()
    server = serve(settings, port)
    phones = [Phone(port, token) for _, token in ids]
    try:
        with ThreadPoolExecutor(8) as pool:
            running = [pool.submit(phone.answer) for phone in phones]
            while sum(phone.thanked for phone in phones) < CITIZENS // 4:
                time.sleep(0.02)
            os.killpg(server.pid, signal.SIGKILL)
            for one in running:
                one.result()
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    cut = [phone for phone in phones if phone.acknowledged and not phone.thanked]
    assert cut, "the server was killed after everybody had finished: nothing was tried"
    stored = {row.invitation_id: row for row in db.session.scalars(select(Response))}
    for (invitation_id, _), phone in zip(ids, phones, strict=True):
        if phone.acknowledged:
            assert phone.acknowledged.items() <= stored[invitation_id].answers.items()
        if phone.thanked:
            assert stored[invitation_id].state == "submitted"
