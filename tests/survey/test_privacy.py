"""Retention and the citizen's request: the number goes everywhere, the answers stay with nobody's name on them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import Contact, FeedbackCase, InboundMessage, Message, SampleUnit, Suppression
from survey.services.office.keys import current_vault
from survey.services.office.privacy import erase_due, forget
from tests.factories import NOW, make_agency, make_contact, make_invitation, make_message, make_unit, make_wave

PHONE = "+84905123456"


def _inbound(phone: str, external_id: str = "1") -> InboundMessage:
    keys = current_vault()
    row = InboundMessage(
        gateway="simulator",
        external_id=external_id,
        sender_hash=keys.phone_hash(phone),
        sender_encrypted=keys.encrypt(phone),
        text="toi la Nguyen Van A",
        received_at=NOW,
    )
    db.session.add(row)
    db.session.commit()
    return row


def test_a_forgotten_number_is_nowhere_and_is_never_invited_again(app: Flask) -> None:
    invitation, _ = make_invitation(make_unit(phone=PHONE))
    message = make_message(invitation)
    inbound = _inbound(PHONE)
    forget(PHONE, actor="cli", now=NOW)
    contact = db.session.scalars(select(Contact)).one()
    assert contact.phone_encrypted is None
    assert contact.erased_at == NOW
    assert db.session.scalars(select(SampleUnit)).one().contact_id is None
    assert (db.session.get_one(Message, message.id).state, inbound.text, inbound.sender_encrypted) == (
        "cancelled", "", None,
    )  # fmt: skip
    assert db.session.get(Suppression, current_vault().phone_hash(PHONE)) is not None


def test_forgetting_twice_is_the_same_as_once(app: Flask) -> None:
    make_contact(PHONE)
    forget(PHONE, actor="cli", now=NOW)
    forget(PHONE, actor="cli", now=NOW + timedelta(days=1))
    assert len(db.session.scalars(select(Suppression)).all()) == 1


def test_a_number_that_is_not_here_says_so(app: Flask) -> None:
    with pytest.raises(NotFoundError, match="Không có số này"):
        forget(PHONE, actor="cli", now=NOW)


def test_retention_erases_what_is_past_its_date_and_keeps_the_rest(app: Flask) -> None:
    make_contact("+84905000001", retention_until=date(2026, 10, 13))
    make_contact("+84905000002", retention_until=date(2026, 10, 14))
    make_contact("+84905000003")
    assert erase_due(actor="cli", now=NOW) == 1
    kept = db.session.scalars(select(Contact).where(Contact.phone_encrypted.is_not(None))).all()
    assert sorted(current_vault().decrypt(contact.phone_encrypted or b"") for contact in kept) == [
        "+84905000002", "+84905000003",
    ]  # fmt: skip


def test_a_contact_that_a_wave_still_needs_is_kept(app: Flask) -> None:
    unit = make_unit(phone=PHONE)
    contact = db.session.get_one(Contact, unit.contact_id)
    contact.retention_until = date(2026, 1, 1)
    db.session.commit()
    assert erase_due(actor="cli", now=NOW) == 0


def test_the_command_reads_the_number_from_standard_input(app: Flask) -> None:
    make_contact(PHONE)
    result = app.test_cli_runner().invoke(args=["privacy", "forget"], input="0905 123 456\n")
    assert result.exit_code == 0, result.output
    assert PHONE not in result.output
    assert db.session.scalars(select(Contact)).one().phone_encrypted is None


def _wish(phone: str, due_on: date) -> FeedbackCase:
    row = FeedbackCase(
        wave_id=make_wave().id,
        agency_id=make_agency().id,
        opened_on=due_on - timedelta(days=10),
        due_on=due_on,
        phone_encrypted=current_vault().encrypt(phone),
        wish="gọi tôi, Nguyễn Văn A",
    )
    db.session.add(row)
    db.session.commit()
    return row


def test_a_number_given_for_a_call_is_forgotten_too(app: Flask) -> None:
    case = _wish(PHONE, date(2026, 10, 24))
    forget(PHONE, actor="cli", now=NOW)
    assert (case.phone_encrypted, case.wish, case.state) == (None, "", "closed")


def test_a_wish_that_nobody_worked_off_is_erased_90_days_after_its_day(app: Flask) -> None:
    case = _wish(PHONE, NOW.date() - timedelta(days=90))
    erase_due(actor="cli", now=NOW)
    assert case.phone_encrypted is not None
    erase_due(actor="cli", now=NOW + timedelta(days=1))
    assert case.phone_encrypted is None


def test_a_strangers_text_is_kept_for_30_days_and_a_contacts_as_long_as_the_contact(app: Flask) -> None:
    make_contact(PHONE)
    known, stranger = _inbound(PHONE), _inbound("+84905999999", "2")
    erase_due(actor="cli", now=NOW + timedelta(days=29))
    assert stranger.text != ""
    erase_due(actor="cli", now=NOW + timedelta(days=31))
    assert (stranger.text, stranger.sender_encrypted) == ("", None)
    assert known.text != ""
