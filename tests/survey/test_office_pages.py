"""What officers read. Authority: the brief, part 13; domain.md, chapter 6; failures.md, opening no. 2 and 4."""

from __future__ import annotations

import json

from flask import Flask

from survey.extensions import db
from survey.models import Message
from tests.factories import (
    make_agency,
    make_frame,
    make_invitation,
    make_message,
    make_unit,
    make_wave,
)
from tests.officers import browser
from tests.waves import CODE, launched

HOME = f"/office/waves/{CODE}/"

AUDIT = {
    "dossiers": 40,
    "mobile": 30,
    "landline": 2,
    "invalid": 3,
    "missing": 5,
    "coverage": 0.75,
    "persons": 36,
    "repeated_phones": 1,
    "repeated_dossiers": 7,
    "top_phone": 7,
}


def test_the_list_of_waves_shows_state_and_counts(app: Flask) -> None:
    wave = make_wave("2026-q3", state="launched")
    make_unit(wave)
    page = browser(app, "viewer").text("/office/waves/")
    assert "Quý III năm 2026" in page
    assert "Đang thu thập" in page
    assert "Tạo đợt mới" not in page


def test_an_empty_list_says_what_to_do_first(app: Flask) -> None:
    assert "Chưa có đợt nào" in browser(app).text("/office/waves/")


def test_a_wave_shows_its_plan_in_words(app: Flask) -> None:
    make_wave("2026-q3", state="launched")
    page = browser(app, "viewer").text("/office/waves/2026-q3/")
    for words in ("Đã trả kết quả cho người dân", "Theo tỷ lệ số hồ sơ", "nhắc vào ngày thứ 4, 9", "mô phỏng"):
        assert words in page
    assert 'aria-current="step"' in page


def test_a_wave_that_is_not_there(app: Flask) -> None:
    assert browser(app, "viewer").get("/office/waves/none/").status_code == 404


def test_progress_counts_the_invited_and_the_answered(app: Flask) -> None:
    wave = make_wave("2026-q3", state="launched")
    for code in ("1.1", "1.1", "1.2", "2.11", "3.19"):
        make_invitation(make_unit(wave, disposition=code))
    page = browser(app, "viewer").text("/office/waves/2026-q3/")
    assert "<strong>5</strong>hồ sơ đã rút" in page
    assert "<strong>3</strong>người đã trả lời" in page
    assert "<strong>40,0%</strong>tỷ lệ trả lời" in page


def test_the_account_adds_up_for_each_agency(app: Flask) -> None:
    wave, agency = make_wave("2026-q3", state="launched"), make_agency("UBND Phường Vỹ Dạ")
    reasons = {agency.code: {"not_returned": 4}}
    make_frame(
        wave,
        audit={agency.code: AUDIT | {"same_person": 4}},
        exclusions={"total": {"not_returned": 4}, "by_agency": reasons},
    )
    for code in ("1.1", "3.19"):
        make_unit(wave, agency=agency, disposition=code)
    page = browser(app, "viewer").text("/office/waves/2026-q3/account")
    row = page.split("UBND Phường Vỹ Dạ")[1].split("</tr>")[0]
    figures = [int(cell.split("<")[0]) for cell in row.split('<td class="num">')[1:]]
    frame, ineligible, same_person, not_sampled, sampled, *outcomes = figures
    assert (frame, ineligible, same_person, sampled) == (44, 4, 4, 2)
    assert ineligible + same_person + not_sampled + sampled == frame
    assert sum(outcomes) == sampled


def test_the_frame_page_audits_the_phones_of_each_agency(app: Flask) -> None:
    wave, agency = make_wave("2026-q3", state="drawn"), make_agency("UBND Phường Vỹ Dạ")
    make_frame(wave, audit={agency.code: AUDIT}, exclusions={"total": {"test": 2}, "by_agency": {}})
    page = browser(app, "viewer").text("/office/waves/2026-q3/frame")
    assert "ab" * 32 in page
    assert "75,0%" in page
    assert "Hồ sơ thử" in page


def test_the_days_of_a_rolling_wave_are_audited_together(app: Flask) -> None:
    wave, agency = make_wave("2026-q3", kind="rolling", state="launched"), make_agency()
    for day, mobile in ((1, 30), (2, 10)):
        make_frame(wave, day=wave.period_start.replace(day=day), audit={agency.code: AUDIT | {"mobile": mobile}})
    page = browser(app, "viewer").text("/office/waves/2026-q3/frame")
    assert "50,0%" in page
    assert page.count("ab" * 32) == 2


def test_messages_are_counted_and_the_unknown_shown_with_masked_phones(app: Flask) -> None:
    unit = make_unit(make_wave("2026-q3", state="launched"), phone="+84905123456")
    invitation, token = make_invitation(unit)
    make_message(invitation, state="unknown", reason="timeout", parts=2)
    page = browser(app, "viewer").text("/office/waves/2026-q3/messages")
    assert "Chưa rõ đã gửi hay chưa" in page
    assert "09xx***456" in page
    assert "timeout" in page
    assert "905123456" not in page
    assert token not in page


def test_no_page_of_a_wave_shows_a_phone_or_a_token(app: Flask) -> None:
    wave, agency = make_wave("2026-q3", state="launched"), make_agency()
    make_frame(wave, audit={agency.code: AUDIT})
    invitation, token = make_invitation(make_unit(wave, agency=agency, phone="+84905123456"))
    make_message(invitation, state="dead")
    officer = browser(app)
    pages = ("", "account", "frame", "messages", "messages?state=dead", "messages?state=failed", "launch", "close")
    text = "".join(officer.text(f"/office/waves/2026-q3/{page}") for page in pages) + officer.text("/office/audit")
    assert token not in text
    assert "905123456" not in text
    assert "905 123" not in text


def test_an_erased_phone_is_said_to_be_erased(app: Flask) -> None:
    unit = make_unit(make_wave("2026-q3", state="launched"))
    message = make_message(make_invitation(unit)[0], state="dead")
    message.contact.phone_encrypted = None
    db.session.commit()
    assert "đã xóa" in browser(app, "viewer").text("/office/waves/2026-q3/messages?state=dead")


def test_an_unknown_state_in_the_address_shows_the_unknown_messages(app: Flask) -> None:
    make_wave("2026-q3", state="launched")
    assert browser(app, "viewer").get("/office/waves/2026-q3/messages?state=%27").status_code == 200


def test_messages_of_no_wave_break_nothing(app: Flask) -> None:
    """A reply to a stranger belongs to no wave."""
    message = make_message(state="unknown")
    message.wave_id = message.invitation_id = None
    db.session.commit()
    make_wave("2026-q3", state="launched")
    assert db.session.get(Message, message.id) is not None
    assert "Chưa có tin nào" in browser(app, "viewer").text("/office/waves/2026-q3/messages")


def test_the_certificate_has_what_repeats_the_draw(app: Flask) -> None:
    launched()
    proof = json.loads(browser(app, "viewer").text(HOME + "certificate.json"))
    assert proof["seed"] == "xổ số 05/10/2026: 123456"
    assert len(proof["frames"][0]["sha256"]) == 64
    assert proof["frames"][0]["eligible"] == 63
    assert sum(stratum["n"] for stratum in proof["frames"][0]["summary"]["strata"].values()) == 36


def test_the_seed_of_a_rolling_wave_is_secret_until_it_closes(app: Flask) -> None:
    """Whoever knew it could tell which of tomorrow's dossiers will be asked about."""
    make_wave(CODE, kind="rolling", state="launched", seed="hidden-for-now")
    officer = browser(app)
    assert "hidden-for-now" not in officer.text(HOME) + officer.text(HOME + "certificate.json")
