"""Officers and the tablets of a counter. Authority: who may collect answers may let a tablet collect them."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from survey.extensions import db
from survey.models import AuditEvent, KioskDevice, WaveState
from tests.factories import NOW, make_agency, make_wave
from tests.officers import browser
from tests.survey.tablet import Tablet

PAGE = "/office/agencies/H57.01/kiosks/"


@pytest.fixture(autouse=True)
def counter(app: Flask) -> None:
    app.extensions["thuocdo_clock"] = lambda: NOW
    make_agency("UBND Phường Thuận Hóa", code="H57.01")
    make_wave("2026-q3", state="launched")


def device() -> KioskDevice:
    db.session.rollback()
    return db.session.query(KioskDevice).one()


def test_a_tablet_from_the_list_of_agencies_to_its_revocation(app: Flask) -> None:
    officer = browser(app, "officer")
    assert f'href="{PAGE}"' in officer.text("/office/agencies/?day=2026-10-14")
    assert "Chưa có máy nào" in officer.text(PAGE)
    assert officer.post(PAGE, label="  Quầy  tư pháp ", wave="2026-q3").status_code == 303
    assert "chờ mở đường dẫn" in officer.text(PAGE)
    shown = officer.post(f"/office/kiosks/{device().id}/link").text
    [link] = re.findall(r"http://127\.0\.0\.1:8000/k/join/([\w-]+)", shown)
    assert "<svg" in shown
    assert link not in officer.text(PAGE)
    tablet = Tablet(app, device(), link)
    tablet.send()
    tablet.send(1, version=999)
    tablet.post("/k/report", {"queued": 7, "stuck": 2})
    page = officer.text(PAGE)
    for words in ("Quầy tư pháp", "đang dùng", "10:00 14/10/2026", "1 theo phiếu hỏi cũ", "2 không lưu hoặc"):
        assert words in page
    assert officer.post(f"/office/kiosks/{device().id}/revoke").status_code == 303
    assert "đã thu hồi" in officer.text(PAGE)
    assert tablet.send(2).status_code == 403
    deeds = [event.action for event in db.session.query(AuditEvent) if event.action.startswith("kiosk")]
    assert deeds == ["kiosk.add", "kiosk.link", "kiosk.join", "kiosk.revoke"]


def test_a_viewer_sees_tablets_and_cannot_add_any(app: Flask) -> None:
    viewer = browser(app, "viewer")
    assert "Thêm máy" not in viewer.text(PAGE)
    assert viewer.post(PAGE, label="Quầy 1", wave="2026-q3").status_code == 403


@pytest.mark.parametrize("label", ["", "   ", "x" * 81], ids=["empty", "blank", "long"])
def test_a_tablet_needs_a_short_name(app: Flask, label: str) -> None:
    officer = browser(app, "officer")
    officer.get(PAGE)
    officer.post(PAGE, label=label, wave="2026-q3")
    assert "Xin đặt tên máy" in officer.text(PAGE)
    assert db.session.query(KioskDevice).count() == 0


def test_a_name_with_markup_is_text(app: Flask) -> None:
    officer = browser(app, "officer")
    officer.get(PAGE)
    officer.post(PAGE, label="<script>alert(1)</script>", wave="2026-q3")
    assert "<script>" not in officer.text(PAGE)


def test_no_tablet_for_a_wave_that_takes_no_answers(app: Flask) -> None:
    make_wave("2026-q2", state=WaveState.closed)
    officer = browser(app, "officer")
    assert "2026-q2" not in officer.text(PAGE)
    officer.post(PAGE, label="Quầy 1", wave="2026-q2")
    assert db.session.query(KioskDevice).count() == 0


def test_a_revoked_tablet_gets_no_link(app: Flask) -> None:
    officer = browser(app, "officer")
    officer.get(PAGE)
    officer.post(PAGE, label="Quầy 1", wave="2026-q3")
    number = device().id
    officer.post(f"/office/kiosks/{number}/revoke")
    assert officer.post(f"/office/kiosks/{number}/link").status_code == 422
    assert device().link_sha256 is None
