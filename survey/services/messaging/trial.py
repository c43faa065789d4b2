"""One text to a phone of one's own, through the very gateway that the citizens' texts take."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from forms import phone, sms
from survey.errors import GatewayError, InputError
from survey.extensions import db
from survey.gateways import configured
from survey.gateways.sms import OutgoingSms, SmsGateway
from survey.models import Agency, SampleUnit, Wave
from survey.queries import respond
from survey.services.messaging import texts
from survey.services.office import audit


@dataclass(frozen=True)
class Trial:
    """What the gateway said: `sent`, or the outcome of its error with the reason."""

    gateway: str
    outcome: str
    reason: str = ""


def send(wave: Wave | None, number: str, gateway: str | None, *, actor: str, now: datetime) -> Trial:
    """The wave's invitation as its citizens get it, but for a link that opens nothing; the number is not kept."""
    found = phone.normalise(number)
    if found.e164 is None or found.kind != "mobile":
        raise InputError("not_mobile", _("Không phải số di động Việt Nam."))
    chosen = _gateway(gateway)
    text = _invitation(wave) if wave else _plain()
    target = f"wave:{wave.code}" if wave else f"gateway:{chosen.name}"
    audit.record(actor, "message.test", target, now=now, details={"gateway": chosen.name})
    db.session.commit()  # no transaction is open while the gateway is called
    try:
        chosen.send(OutgoingSms(secrets.token_hex(16), found.e164, text.body, text.parts, now))
    except GatewayError as exc:
        return Trial(chosen.name, exc.outcome, exc.reason)
    return Trial(chosen.name, "sent")


def _gateway(name: str | None) -> SmsGateway:
    """This one, or the one that is asked first."""
    gateways = configured(current_app.config)
    if name and name not in gateways:
        raise InputError("no_gateway", _("Không có cổng tin nhắn %(name)s.", name=name))
    return gateways[name] if name else next(iter(gateways.values()))


def _invitation(wave: Wave) -> texts.Text:
    """With the name of an agency whose citizens are asked, or of the office where none is drawn yet."""
    drawn = select(Agency.name_vi).join(SampleUnit, SampleUnit.agency_id == Agency.id)
    name = db.session.scalar(drawn.where(SampleUnit.wave_id == wave.id).order_by(Agency.name_vi).limit(1))
    office: str = current_app.config["THUOCDO_OFFICE_NAME"]
    return texts.sample(name or office, respond.instrument(wave.instrument_version_id), wave.settings)


def _plain() -> texts.Text:
    values = {"sender": current_app.config["THUOCDO_SMS_SENDER"]}
    return texts.Text(sms.render("{sender}: tin nhắn thử của hệ thống khảo sát.", values), 1)
