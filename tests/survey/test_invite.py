"""Invitations: who gets one, what the text says, and that the token can be told only by who holds the key."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from forms.sms_text import segments
from survey.errors import ConflictError
from survey.extensions import db
from survey.models import Invitation, Message, PhoneKind, SampleUnit, Suppression, Wave
from survey.services.answers.collect import find_invitation
from survey.services.messaging.invite import queue_invitations
from survey.services.messaging.outbox import link
from survey.services.office.keys import current_vault
from tests.factories import make_agency, make_unit, make_wave

pytestmark = pytest.mark.usefixtures("app")


def invite(units: list[SampleUnit], now: datetime, **settings: object) -> int:
    wave = db.session.get(Wave, units[0].wave_id)
    wave.settings = wave.settings | settings
    queued = queue_invitations(wave, units, now)
    db.session.commit()
    return queued


def unit_at(agency: str, **kw: object) -> SampleUnit:
    return make_unit(agency=make_agency(agency), **kw)


def body() -> str:
    return db.session.scalars(select(Message.body)).one()


def test_a_unit_gets_an_invitation_and_a_message_with_a_placeholder(now: datetime) -> None:
    assert invite([unit_at("UBND phường Vỹ Dạ")], now) == 1
    assert body() == (
        "So Noi vu TP Hue: Moi Ong/Ba danh gia viec giai quyet ho so tai UBND phuong Vy Da (1 phut): {link}"
        " Soan TC de tu choi."
    )


def test_only_the_hash_of_the_token_is_stored_and_the_token_opens_the_form(now: datetime) -> None:
    invite([make_unit()], now)
    invitation = db.session.scalars(select(Invitation)).one()
    token = current_vault().token(invitation.nonce)
    assert len(token) == 11
    assert invitation.token_hmac == current_vault().token_hmac(token)
    assert find_invitation(token, now).id == invitation.id
    assert find_invitation(token[:-1] + ("A" if token[-1] != "A" else "B"), now) is None


@pytest.mark.parametrize(
    "agency",
    [
        "Sở Xây dựng",
        "Trung tâm Phục vụ hành chính công thành phố Huế",
        "Ban Quản lý Khu kinh tế, công nghiệp thành phố Huế",
        "Chi nhánh Văn phòng Đăng ký đất đai khu vực Hương Thủy",
    ],
)
def test_every_text_fits_one_part_with_a_link_of_the_real_length(now: datetime, agency: str) -> None:
    invite([unit_at(agency)], now)
    sent = body().replace("{link}", link("x" * 11))
    assert segments(sent)[::2] == ("gsm7", 1)
    assert "TC" in sent


def test_a_name_that_fits_nowhere_is_refused_before_anything_is_queued(now: datetime) -> None:
    unit = unit_at("Cơ quan " * 20)
    wave = db.session.get(Wave, unit.wave_id)
    with pytest.raises(ConflictError, match="Cơ quan"):
        queue_invitations(wave, [unit], now)


@pytest.mark.parametrize(("sms_text", "parts"), [("reply", 1), ("both", 2)])
def test_a_wave_may_ask_for_digits(now: datetime, sms_text: str, parts: int) -> None:
    invite([make_unit()], now, sms_text=sms_text)
    message = db.session.scalars(select(Message)).one()
    assert "1 Don tiep 2 Huong dan 3 Thu tuc 4 Dung hen 5 Thai do 6 Chung" in message.body
    assert ("{link}" in message.body) == (sms_text == "both")
    assert message.parts == parts


def test_repeating_invites_nobody_twice(now: datetime) -> None:
    units = [make_unit(wave=make_wave(state="launched")) for _ in range(1)]
    assert [invite(units, now), invite(units, now)] == [1, 0]
    assert db.session.scalar(select(func.count()).select_from(Message)) == 1


def test_who_cannot_be_reached_or_refused_for_good_is_noted_instead(now: datetime) -> None:
    wave = make_wave(state="launched")
    missing, landline, suppressed, erased = (
        make_unit(wave=wave, **kw) for kw in ({"reachable": False}, {}, {}, {})
    )
    landline.contact.kind = PhoneKind.landline
    erased.contact.phone_encrypted = None
    db.session.add(Suppression(phone_hash=suppressed.contact.phone_hash, since=now, reason="TC"))
    db.session.commit()
    assert invite([missing, landline, suppressed, erased], now) == 0
    assert [unit.disposition for unit in (missing, landline, suppressed, erased)] == [
        "3.11",
        "3.11",
        "2.11",
        "3.11",
    ]
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 0


def test_the_invitation_ends_with_the_wave_and_the_message_before(now: datetime) -> None:
    unit = make_unit(wave=make_wave(state="launched", closes_at=now + timedelta(days=2)))
    invite([unit], now)
    invitation, message = db.session.scalars(select(Invitation)).one(), db.session.scalars(select(Message)).one()
    assert invitation.expires_at == now + timedelta(days=2)
    assert message.expires_at == now + timedelta(days=2)


def test_nothing_is_committed_for_the_caller(app: Flask, now: datetime) -> None:
    unit = make_unit()
    queue_invitations(db.session.get(Wave, unit.wave_id), [unit], now)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 0
