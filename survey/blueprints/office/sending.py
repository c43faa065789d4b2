"""What launching a wave will send and cost, told before the button is pressed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from flask import current_app

from forms.instrument import from_json
from survey.models import Wave
from survey.queries import sending
from survey.services.messaging import pace, texts
from survey.services.messaging.pace import Pace


@dataclass(frozen=True)
class SendingPlan:
    """At most so much: who answers gets no reminder."""

    sampled: int
    invitations: int
    refused_before: int
    reminders: int
    parts: int
    price: float
    pace: Pace
    parts_of_invitations: int

    @property
    def unreachable(self) -> int:
        return self.sampled - self.invitations - self.refused_before

    @property
    def messages(self) -> int:
        return self.invitations * (1 + self.reminders)

    @property
    def cost(self) -> float:
        return self.parts * self.price

    @property
    def is_spread(self) -> bool:
        return self.pace.span > timedelta(0)

    @property
    def finish(self) -> datetime:
        return self.pace.finish(self.parts_of_invitations)

    @property
    def minutes(self) -> int:
        """How long the invitations take at the rate, waiting apart."""
        return ceil(self.parts_of_invitations / self.pace.rate / 60)


def sending_plan(wave: Wave, now: datetime) -> SendingPlan:
    """The texts are rendered as they will be sent, with each agency's name: a name too long is told now."""
    instrument, settings = from_json(wave.instrument_version.definition), wave.settings
    days = settings.get("reminder_days", [])
    reach = sending.reach(wave.id)
    sampled = sum(agency.sampled for agency in reach)
    first = reminding = 0
    for agency in reach:
        first += agency.invitations * texts.invitation(agency.agency, instrument, settings).parts
        each = sum(texts.reminder(agency.agency, day, settings).parts for day in days)
        reminding += agency.invitations * each
    return SendingPlan(
        sampled=sampled,
        invitations=sum(agency.invitations for agency in reach),
        refused_before=sum(agency.refused_before for agency in reach),
        reminders=len(days),
        parts=first + reminding,
        price=current_app.config["THUOCDO_SMS_PRICE"],
        pace=pace.of_wave(sampled, settings, now),
        parts_of_invitations=first,
    )
