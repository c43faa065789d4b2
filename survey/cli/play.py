"""Plays the days of a wave: the worker's rounds, the simulated network, and citizens who answer, refuse or do not.

Everything goes through the doors that real citizens use: the form over HTTP, replies over the gateway's callback.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pandas as pd
from flask import Flask
from sqlalchemy import select

from survey.cli.browser import Browser
from survey.extensions import db, reading
from survey.gateways import configured
from survey.gateways.simulator import SimulatorGateway, caller
from survey.models import Contact, Dossier, SampleUnit, Wave
from survey.services.messaging import dispatch
from survey.services.office.keys import current_vault

TICK = timedelta(hours=1)
_LINK = re.compile(r"https?://\S+/s/\S+")


@dataclass
class Clock:
    """The time of the play; the application asks it through `survey.clock`."""

    time: datetime

    def __call__(self) -> datetime:
        return self.time


@dataclass(frozen=True)
class Script:
    """What each person would answer and do, by dossier code: survey.seed.Citizens knows."""

    answers: pd.DataFrame
    behaviour: pd.DataFrame


class Play:
    """A wave's fieldwork. `progress` is told how many citizens have done what they do."""

    def __init__(self, app: Flask, clock: Clock, script: Script, progress: Callable[[int], None]) -> None:
        self._app, self._clock, self._script, self._progress = app, clock, script, progress
        network = configured(app.config)["simulator"]
        if not isinstance(network, SimulatorGateway):
            raise TypeError("`simulator` must be the simulated network")
        self._network = network
        self._deliver = caller(app, app.config["THUOCDO_CALLBACK_KEYS"][0])
        self._browser = Browser(app)
        self._heard: dict[str, str] = {}
        self._agenda: list[tuple[datetime, int, str]] = []
        self._order = count()

    def run(self, wave: Wave, until: datetime) -> None:
        """From now on, an hour a step."""
        about = dict(asked(wave))
        db.session.rollback()
        while self._clock.time < until:
            if self._round():
                self._read_phones(about)
            self._act(about)
            self._clock.time += TICK
        self._round()

    def _round(self) -> bool:
        """What the worker does each minute, until there is nothing left to do; whether a text left."""
        sent = False
        while True:
            delivered = self._network.pump(self._clock.time, self._deliver)
            report = dispatch.one_round(self._clock.time, max_s=600)
            sent = sent or report.dispatch.sent > 0
            if report.idle and not delivered:
                return sent

    def _read_phones(self, about: dict[str, str]) -> None:
        """A phone that rings for the first time is answered after its owner's own delay."""
        for phone, newest in self._network.phones(limit=len(about) + len(self._heard)):
            link = _LINK.search(newest.body)
            if newest.mine or link is None or phone in self._heard or phone not in about:
                continue
            self._heard[phone] = link[0]
            deed = self._script.behaviour.loc[about[phone]]
            due = self._clock.time + timedelta(hours=float(str(deed["delay_hours"])))
            heapq.heappush(self._agenda, (due, next(self._order), phone))

    def _act(self, about: dict[str, str]) -> None:
        while self._agenda and self._agenda[0][0] <= self._clock.time:
            _due, _order, phone = heapq.heappop(self._agenda)
            self._do(phone, about[phone])
            self._progress(1)

    def _do(self, phone: str, code: str) -> None:
        plan = self._script.behaviour.loc[code]
        answers = {str(item): str(value) for item, value in self._script.answers.loc[code].items()}
        deed, mode = str(plan["deed"]), str(plan["mode"])
        if not all(answer.isdigit() for answer in answers.values()):
            mode = "web"  # "no opinion" has no digit
        if deed == "refuse" and mode == "sms":
            self._network.reply(phone, "TC", self._clock.time)
        elif deed == "refuse":
            self._browser.refuse(self._heard[phone])
        elif deed == "answer" and mode == "sms":
            self._network.reply(phone, " ".join(answers.values()), self._clock.time)
        elif deed == "break_off":
            self._browser.fill(self._heard[phone], answers, give_up_after=3)
        elif deed == "answer" and not self._browser.fill(self._heard[phone], answers):
            raise RuntimeError("the form took no answer from a citizen who gave one")


def asked(wave: Wave) -> Iterator[tuple[str, str]]:
    """Phone and dossier code of everybody who can be asked: the simulation plays both sides."""
    keys = current_vault()
    with reading():
        rows = db.session.execute(
            select(Contact.phone_encrypted, Dossier.code)
            .join(SampleUnit, SampleUnit.contact_id == Contact.id)
            .join(Dossier, Dossier.id == SampleUnit.dossier_id)
            .where(SampleUnit.wave_id == wave.id, Contact.phone_encrypted.is_not(None))
        )
        for encrypted, code in rows:
            if encrypted is not None:
                yield keys.decrypt(encrypted), code
