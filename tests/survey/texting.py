"""A citizen who texts, for the tests of replies."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from survey.extensions import db
from survey.gateways.sms import IncomingSms
from survey.models import InboundMessage, Invitation, Message, MessageKind, Response
from survey.services.messaging.inbound import process_inbound, store_inbound
from tests.factories import make_agency, make_invitation, make_message, make_unit

PHONE = "+84905000001"


def invited(now: datetime, agency_name: str = "", **kw: object) -> Invitation:
    """An invitation whose text reached PHONE two hours ago."""
    invitation = make_invitation(make_unit(phone=PHONE, agency=make_agency(agency_name), **kw))[0]
    make_message(invitation, state="delivered", attempted_at=now - timedelta(hours=2), gateway="fake")
    return invitation


def say(text: str, now: datetime, phone: str = PHONE) -> str:
    """The citizen texts; returns the verdict."""
    store_inbound("fake", IncomingSms(phone, "8088", text), now)
    process_inbound(now)
    return db.session.scalars(select(InboundMessage.verdict).order_by(InboundMessage.id.desc())).first()


def replies() -> list[str]:
    """What we answered, in order."""
    query = select(Message.body).where(Message.kind == MessageKind.reply).order_by(Message.attempt)
    return list(db.session.scalars(query))


def answers() -> dict[str, object]:
    return db.session.scalars(select(Response.answers)).one()
