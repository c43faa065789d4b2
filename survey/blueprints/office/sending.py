"""What launching a wave will send and cost, told before the button is pressed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from forms.instrument import from_json
from survey.models import Wave
from survey.queries import sending
from survey.services.messaging import texts


@dataclass(frozen=True)
class SendingPlan:
    """At most so much: who answers gets no reminder."""

    sampled: int
    invitations: int
    refused_before: int
    reminders: int
    parts: int
    price: float

    @property
    def unreachable(self) -> int:
        return self.sampled - self.invitations - self.refused_before

    @property
    def messages(self) -> int:
        return self.invitations * (1 + self.reminders)

    @property
    def cost(self) -> float:
        return self.parts * self.price


def sending_plan(wave: Wave) -> SendingPlan:
    """The texts are rendered as they will be sent, with each agency's name: a name too long is told now."""
    instrument, settings = from_json(wave.instrument_version.definition), wave.settings
    days = settings.get("reminder_days", [])
    reach = sending.reach(wave.id)
    parts = 0
    for agency in reach:
        each = texts.invitation(agency.agency, instrument, settings).parts
        each += sum(texts.reminder(agency.agency, day, settings).parts for day in days)
        parts += agency.invitations * each
    return SendingPlan(
        sampled=sum(agency.sampled for agency in reach),
        invitations=sum(agency.invitations for agency in reach),
        refused_before=sum(agency.refused_before for agency in reach),
        reminders=len(days),
        parts=parts,
        price=current_app.config["THUOCDO_SMS_PRICE"],
    )
