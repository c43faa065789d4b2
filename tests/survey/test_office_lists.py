"""Agencies, questionnaires, the log and the sample size at the office. Authority: domain.md 1.6, 4 and 6."""

from __future__ import annotations

import pytest
from flask import Flask

from survey.extensions import db
from survey.models import AgencyLevel, AuditEvent
from tests.factories import NOW, make_agency, make_instrument
from tests.officers import browser


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


@pytest.mark.parametrize(
    ("path", "status"), [("audit?before=99999999999999999999", 200), ("releases/99999999999999999999/x", 404)]
)
def test_a_number_larger_than_any_row_s_finds_nothing(app: Flask, path: str, status: int) -> None:
    assert browser(app, "admin").get(f"/office/{path}").status_code == status


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
