"""The product against real Kannel and a played operator: accents, long texts, receipts, replies, outages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from survey.extensions import db
from survey.gateways.kannel import KannelGateway
from survey.models import InboundMessage, Message, MessageKind
from survey.services.messaging.dispatch import DispatchReport, send_due
from survey.services.messaging.inbound import process_inbound
from survey.services.messaging.receipts import apply_receipts
from tests.factories import make_invitation, make_message, make_unit, make_wave
from tests.survey.fake_sms import state_of
from tests.survey.kannel_box import IS_THERE, MISSING, Kannel, until

pytestmark = [pytest.mark.kannel, pytest.mark.skipif(not IS_THERE, reason=MISSING)]
KEY = "callback-key-one"
PHONE = "+84905000001"
LONG = "Kính gửi Ông/Bà: " + "việc giải quyết hồ sơ tại phường Vỹ Dạ có làm Ông/Bà hài lòng không? " * 2


@pytest.fixture
def kannel(app: Flask, tmp_path: Path) -> Iterator[Kannel]:
    app.config["THUOCDO_SMS_WINDOW"] = "00:00-23:59:59.999999"
    app.config["THUOCDO_GATEWAYS"] = ("kannel",)
    app.config["THUOCDO_GATEWAY_FILE"] = str(tmp_path / "gateways.toml")
    box = Kannel(tmp_path, KEY)
    (tmp_path / "gateways.toml").write_text(f'[kannel]\nurl = "{box.url}"\nusername = "u"\npassword = "p"\n')
    server = make_server("127.0.0.1", box.ports["product"], app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield box
    box.stop()
    server.shutdown()
    server.server_close()


def gateway(box: Kannel) -> dict[str, KannelGateway]:
    options = {
        "url": box.url,
        "username": "u",
        "password": "p",
        "number": "8088",
        "base_url": f"http://127.0.0.1:{box.ports['product']}",
        "callback_key": KEY,
        "rate": 20,
    }
    return {"kannel": KannelGateway("kannel", options)}


def queue(body: str) -> str:
    now = datetime.now(UTC)
    wave = make_wave(state="launched", closes_at=now + timedelta(days=9))
    invitation = make_invitation(make_unit(wave=wave, phone=PHONE), expires_at=now + timedelta(days=9))[0]
    times = {"not_before": now - timedelta(hours=1), "expires_at": now + timedelta(days=1)}
    return make_message(invitation, body=body, **times).id


def round_of(box: Kannel) -> DispatchReport:
    return send_due(datetime.now(UTC), gateways=gateway(box), max_s=3)


def settled(message_id: str, state: str) -> bool:
    apply_receipts(datetime.now(UTC))
    return state_of(message_id) == state


def test_accents_in_three_parts_arrive_exactly_and_the_receipt_comes_back(kannel: Kannel) -> None:
    kannel.start("bearerbox", "smsbox")
    kannel.start_operator()
    message_id = queue(LONG)
    assert round_of(kannel).sent == 1
    assert until(lambda: settled(message_id, "delivered"))
    log = (kannel.folder / "operator.log").read_text(errors="replace")
    assert log.count("Got message") == 3


def test_a_plain_text_arrives_once(kannel: Kannel) -> None:
    kannel.start("bearerbox", "smsbox")
    kannel.start_operator()
    message_id = queue("Moi danh gia: {link} Soan TC de tu choi.")
    round_of(kannel)
    assert until(lambda: settled(message_id, "delivered"))
    ((number, text),) = kannel.arrived()
    assert number == "84905000001"
    assert text.startswith("Moi danh gia: http")
    assert text.endswith(" Soan TC de tu choi.")


def test_a_citizens_text_comes_in_and_is_answered(kannel: Kannel) -> None:
    kannel.start("bearerbox", "smsbox")
    invitation = db.session.get(Message, queue("x")).invitation
    db.session.execute(db.update(Message).values(state="delivered", attempted_at=datetime.now(UTC)))
    db.session.commit()
    kannel.start_operator(f"{PHONE} 8088 text 5 4 5 3 5 4")
    assert until(lambda: process_inbound(datetime.now(UTC)) == 1)
    row = db.session.scalars(select(InboundMessage)).one()
    assert (row.verdict, row.invitation_id) == ("accept", invitation.id)
    db.session.commit()
    round_of(kannel)
    assert until(kannel.arrived)
    assert kannel.arrived()[0][1].startswith("Da ghi nhan: 5 4 5 3 5 4")


def test_kannel_down_is_certainly_not_sent_and_goes_when_it_is_back(kannel: Kannel) -> None:
    message_id = queue("Moi danh gia: {link} Soan TC de tu choi.")
    assert round_of(kannel).not_sent == 1
    assert state_of(message_id) == "queued"
    kannel.start("bearerbox", "smsbox")
    kannel.start_operator()
    db.session.execute(db.update(Message).values(not_before=datetime.now(UTC)))
    db.session.commit()
    assert round_of(kannel).sent == 1
    assert until(lambda: settled(message_id, "delivered"))
    assert len(kannel.arrived()) == 1


def test_bearerbox_killed_with_a_message_in_its_store_delivers_it_once_later(kannel: Kannel) -> None:
    kannel.start("bearerbox", "smsbox")
    message_id = queue("Moi danh gia: {link} Soan TC de tu choi.")
    assert round_of(kannel).sent == 1  # "3: Queued for later delivery": no operator is there yet
    assert until((kannel.folder / "store").exists)
    assert until(lambda: (kannel.folder / "store").stat().st_size > 0)
    kannel.kill("bearerbox")
    kannel.kill("smsbox")
    assert state_of(message_id) == "handed_over"
    kannel.start("bearerbox", "smsbox")
    kannel.start_operator()
    assert until(kannel.arrived)
    assert round_of(kannel).sent == 0
    assert len(kannel.arrived()) == 1
    assert db.session.scalars(select(Message.kind)).all() == [MessageKind.invitation]
