"""The demo in small: the whole chain through its real doors, held against its own account and its own release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import ColumnElement, func, select

from survey.extensions import db
from survey.models import (
    InboundMessage,
    Release,
    Response,
    ResponseState,
    SampleUnit,
    Wave,
    WaveState,
)
from survey.queries.account import account, total
from survey.services.publishing.publish import verify

pytestmark = pytest.mark.thorough


@pytest.fixture
def settings(settings: dict[str, object]) -> dict[str, object]:
    return settings | {"THUOCDO_SMS_RATE": 5000.0, "THUOCDO_GATEWAY_FILE": "deploy/demo-gateways.toml"}


def play(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["demo", "--size", "small", *arguments])


def count(model: type[object], *criteria: ColumnElement[bool]) -> int:
    rows = db.session.scalar(select(func.count()).select_from(model).where(*criteria)) or 0
    db.session.rollback()  # a transaction left open would keep the next command waiting
    return rows


def test_the_demo_plays_a_wave_from_dossiers_to_a_release_that_recomputes(app: Flask) -> None:
    played = play(app)
    assert played.exit_code == 0, played.output
    wave = db.session.scalars(select(Wave).where(Wave.state == WaveState.published)).one()
    whole = total(account(wave))
    answered = count(Response, Response.wave_id == wave.id, Response.state == ResponseState.submitted)
    assert whole.complete + whole.partial >= answered > 20
    assert {response.mode.value for response in db.session.scalars(select(Response))} == {"web", "sms"}
    release = db.session.scalars(select(Release)).one()
    folder = Path(app.config["THUOCDO_INSTANCE"]) / release.folder
    assert {"release.zip", "result.csv", "result.json", "result.pdf", "result.xlsx"} == set(release.files)
    assert verify(folder) == []
    assert json.loads((folder / "result.json").read_text())

    assert_no_phone_beside_an_answer(wave)


def assert_no_phone_beside_an_answer(wave: Wave) -> None:
    assert count(SampleUnit, SampleUnit.wave_id == wave.id, SampleUnit.contact_id.is_not(None)) == 0
    assert count(SampleUnit, SampleUnit.wave_id == wave.id, SampleUnit.dossier_id.is_not(None)) == 0
    assert count(InboundMessage, InboundMessage.text != "") == 0


def test_a_second_demo_shows_the_first_ones_result_or_refuses(app: Flask) -> None:
    assert play(app).exit_code == 0
    waves = count(Wave)
    again = play(app, "--keep")
    assert "release.zip" in again.output
    assert count(Wave) == waves
    refused = play(app)
    assert refused.exit_code == 2
    assert "not empty" in refused.output
