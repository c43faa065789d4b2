"""What officers read. Authority: the brief, part 13; domain.md, chapter 6; failures.md, opening no. 2 and 4."""

from __future__ import annotations

import pytest
from flask import Flask

from survey.extensions import db
from survey.models import AgencyLevel, AuditEvent, Message
from tests.factories import (
    NOW,
    make_agency,
    make_frame,
    make_instrument,
    make_invitation,
    make_message,
    make_unit,
    make_wave,
)
from tests.officers import browser

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


@pytest.mark.parametrize("typed", ["thuan hoa", "THUẬN HÓA", "Thuận Hoá"])
def test_an_agency_is_found_however_its_name_is_typed(app: Flask, typed: str) -> None:
    make_agency("UBND Phường Thuận Hoá")
    make_agency("UBND Phường Vỹ Dạ")
    page = browser(app, "viewer").get("/office/agencies/", query_string={"q": typed}).get_data(as_text=True)
    assert "UBND Phường Thuận Hoá" in page
    assert "Vỹ Dạ" not in page


def test_agencies_of_a_day_and_what_they_became(app: Flask) -> None:
    old = make_agency(
        "UBND Phường Thuận Lộc", valid_from=NOW.date().replace(2017), valid_to=NOW.date().replace(2025)
    )
    new = make_agency("UBND Phường Phú Xuân", level=AgencyLevel.commune)
    old.successors.append(new)
    db.session.commit()
    officer = browser(app, "viewer")
    assert "Thuận Lộc" not in officer.text("/office/agencies/?day=2026-10-14")
    before = officer.text("/office/agencies/?day=2018-01-01")
    assert "Thuận Lộc" in before
    assert "Phú Xuân" in before.split("Thuận Lộc")[1]
    assert "Thuận Lộc" in officer.text("/office/agencies/?day=")


def test_names_are_escaped(app: Flask) -> None:
    make_agency("UBND <script>alert(1)</script>")
    page = browser(app, "viewer").text("/office/agencies/")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_shipped_questionnaire_can_be_read_before_any_wave_uses_it(app: Flask) -> None:
    officer = browser(app, "viewer")
    assert "sipas@1" in officer.text("/office/instruments/")
    page = officer.text("/office/instruments/motcua_ngan@1")
    assert "Rất hài lòng" in page
    assert make_instrument().sha256 in page
    assert officer.get("/office/instruments/none@1").status_code == 404


def test_the_log_is_filtered_and_paged(app: Flask) -> None:
    for number in range(60):
        db.session.add(AuditEvent(at=NOW, actor="cli", action="wave.draw", subject=f"wave:{number}", details={}))
    db.session.add(
        AuditEvent(at=NOW, actor="b@hue.gov.vn", action="wave.close", subject="wave:x", details={"n": 7})
    )
    db.session.commit()
    officer = browser(app)
    first = officer.text("/office/audit?action=wave.draw")
    assert first.count('<td data-label="Lúc">') == 50
    older = first.split('class="button plain" href="')[1].split('"')[0].replace("&amp;", "&")
    assert officer.text(older).count('<td data-label="Lúc">') == 10
    found = officer.text("/office/audit?actor=B%40hue&subject=wave&since=2026-10-14&until=2026-10-14")
    assert "n: 7" in found
    assert found.count('<td data-label="Lúc">') == 1
    assert "Không có mục nào" in officer.text("/office/audit?since=2026-10-15&until=2026-10-15&actor=b")


def test_the_sample_size_stands_beside_slovin_s(app: Flask) -> None:
    """The example of formats.md, chapter 1, and the table of domain.md 1.6 (N = 1,000 gives 286)."""
    officer = browser(app, "viewer")
    page = officer.text(
        "/office/sample-size?margin=0,05&level=0,95&p=0,5&population=1200&deff=1,4&response_rate=0,4"
    )
    assert "<strong>930</strong>" in page
    page = officer.text("/office/sample-size?margin=0.05&level=0.95&p=0.5&population=1000&deff=1&response_rate=1")
    assert "<strong>286</strong>" in page


@pytest.mark.parametrize("wrong", ["margin=0", "margin=abc", "population=", "response_rate=2", "deff=-1"])
def test_a_sample_size_that_cannot_be_is_told_at_its_field(app: Flask, wrong: str) -> None:
    good = "margin=0,05&level=0,95&p=0,5&population=1200&deff=1&response_rate=1"
    name = wrong.partition("=")[0]
    query = "&".join(part for part in good.split("&") if not part.startswith(name + "=")) + "&" + wrong
    page = browser(app, "viewer").text(f"/office/sample-size?{query}")
    assert f'id="{name}-error"' in page
    assert "Kết quả" not in page


def test_messages_of_no_wave_break_nothing(app: Flask) -> None:
    """A reply to a stranger belongs to no wave."""
    message = make_message(state="unknown")
    message.wave_id = message.invitation_id = None
    db.session.commit()
    make_wave("2026-q3", state="launched")
    assert db.session.get(Message, message.id) is not None
    assert "Chưa có tin nào" in browser(app, "viewer").text("/office/waves/2026-q3/messages")
