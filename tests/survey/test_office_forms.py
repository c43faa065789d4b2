"""What officers fill in: a new wave, files of agencies and dossiers. Authority: formats.md 3; the brief."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey.extensions import db
from survey.models import AuditEvent, Wave
from tests.officers import Browser, browser

FILLED: dict[str, Any] = {
    "code": "2026-q3",
    "title_vi": "Quý III năm 2026",
    "title_en": "",
    "kind": "one_off",
    "period_start": "2026-07-01",
    "period_end": "2026-09-30",
    "eligible_status": "10",
    "instrument": "motcua_ngan@1",
    "strata": "agency",
    "allocation": "proportional",
    "n": "2000",
    "minimum": "30",
    "margin": "0,05",
    "fraction": "0,1",
    "invite_within_days": "7",
    "response_days": "14",
    "reminder_days": "4, 9",
    "retention_days": "90",
    "minimum_answers": "10",
    "published_formula": "t2b_mean_of_factors@1",
}


def create(officer: Browser, **changes: str) -> TestResponse:
    officer.get("/office/waves/new")
    return officer.post("/office/waves/new", **FILLED | changes)


def stored() -> Wave:
    return db.session.scalars(select(Wave)).one()


def test_a_filled_form_makes_the_wave_that_the_command_would(app: Flask) -> None:
    assert create(browser(app, "officer")).location == "/office/waves/2026-q3/"
    wave = stored()
    assert wave.plan == {
        "id": "dossier_code",
        "strata": ["agency"],
        "method": "srs",
        "allocation": {"method": "proportional", "n": 2000, "min": 30},
        "person": {"key": "person_id", "rule": "one_dossier"},
    }
    assert (wave.eligible_status, wave.settings["reminder_days"]) == (10, [4, 9])
    assert db.session.scalars(select(AuditEvent.actor).where(AuditEvent.action == "wave.create")).all() == [
        "officer@hue.gov.vn"
    ]


@pytest.mark.parametrize(
    ("changes", "allocation"),
    [
        ({"allocation": "equal", "minimum": "0"}, {"method": "equal", "n": 2000}),
        ({"allocation": "power", "minimum": "0"}, {"method": "power", "n": 2000, "power": 0.5}),
        (
            {"allocation": "census_below", "n": "", "minimum": "0"},
            {"method": "census_below", "bands": [[200, 1.0], [1000, 0.3], [5000, 0.2], [None, 0.1]]},
        ),
        (
            {"allocation": "precision", "n": "", "minimum": "0", "margin": "0.04"},
            {"method": "precision", "targets": {"agency": {"margin": 0.04, "p": 0.5}}},
        ),
    ],
    ids=["equal", "power", "census_below", "precision"],
)
def test_every_allocation_of_the_form_is_a_plan_that_is_taken(
    app: Flask, changes: dict[str, str], allocation: dict[str, Any]
) -> None:
    assert create(browser(app), **changes).status_code == 303
    assert stored().plan["allocation"] == allocation


def test_a_rolling_wave_and_two_columns_of_strata(app: Flask) -> None:
    assert create(browser(app), kind="rolling", strata="agency|channel", n="").status_code == 303
    wave = stored()
    assert (wave.kind, wave.plan["fraction"], wave.plan["strata"]) == ("rolling", 0.1, ["agency", "channel"])
    assert wave.settings["invite_within_days"] == 7


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "Quý 3"),
        ("code", ""),
        ("title_vi", ""),
        ("period_end", "2026-06-30"),
        ("period_start", "first of July"),
        ("n", ""),
        ("n", "-5"),
        ("n", "many"),
        ("reminder_days", "9, 4"),
        ("reminder_days", "1, 2, 3"),
        ("reminder_days", "four"),
        ("minimum_answers", "1"),
        ("instrument", "none@1"),
        ("eligible_status", "3"),
    ],
)
def test_a_wrong_field_is_told_at_its_place_and_nothing_is_made(app: Flask, field: str, value: str) -> None:
    refused = create(browser(app), **{field: value})
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert f'id="{field}-error"' in page
    assert "Not a" not in page
    assert db.session.scalars(select(Wave)).all() == []


def test_what_was_typed_stays_typed(app: Flask) -> None:
    page = create(browser(app), n="", margin="0,07", reminder_days="x").get_data(as_text=True)
    for value in ("Quý III năm 2026", "0,07", "x", "2026-09-30"):
        assert f'value="{value}"' in page


def test_a_code_that_exists_is_told(app: Flask) -> None:
    officer = browser(app)
    create(officer)
    refused = create(officer)
    assert refused.status_code == 422
    assert "đã có đợt khảo sát 2026-q3" in refused.get_data(as_text=True)


def test_a_viewer_makes_no_wave(app: Flask) -> None:
    officer = browser(app, "viewer")
    officer.get("/office/waves/")
    assert officer.post("/office/waves/new", **FILLED).status_code == 403
