"""Settings: what is unknown or wrong is named at the start, and secrets are never guessed in production."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from survey import config, create_app
from survey.errors import ConflictError
from survey.extensions import db
from survey.services.office.keys import current_vault

KEYS = {"THUOCDO_SECRET_KEY": "s" * 32, "THUOCDO_DATA_KEY": "d" * 32, "THUOCDO_CALLBACK_KEYS": "k"}


def test_an_unknown_setting_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="THUOCDO_GATEWAY;"):
        config.load({"THUOCDO_GATEWAY": "console", "THUOCDO_INSTANCE": str(tmp_path), **KEYS})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THUOCDO_SMS_RATE", "fast"),
        ("THUOCDO_SMS_WINDOW", "20-8"),
        ("THUOCDO_SMS_HOLIDAYS", "Tết"),
        ("THUOCDO_DEMO", "maybe"),
        ("THUOCDO_CALLBACK_KEYS", "one,two,three"),
        ("THUOCDO_CALLBACK_PEERS", "10.0.0.0/8,kannel"),
        ("THUOCDO_DATA_KEY", "short"),
        ("THUOCDO_QUEUE", "127.0.0.1:6379"),
    ],
)
def test_a_wrong_value_names_its_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        config.load(KEYS | {"THUOCDO_INSTANCE": str(tmp_path), name: value})


def test_production_does_not_make_its_own_keys(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="THUOCDO_SECRET_KEY must be set"):
        config.load({"THUOCDO_PRODUCTION": "1", "THUOCDO_INSTANCE": str(tmp_path)})


def test_the_citizens_phones_are_never_played_in_production(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="THUOCDO_DEMO has no place in production"):
        config.load(KEYS | {"THUOCDO_PRODUCTION": "1", "THUOCDO_DEMO": "1", "THUOCDO_INSTANCE": str(tmp_path)})


def test_production_does_not_start_with_a_gateway_that_reaches_no_phone(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="simulator has no place in production"):
        create_app(settings | {"THUOCDO_PRODUCTION": True})


def test_the_embedded_default_makes_its_keys_once_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    first = config.load({"THUOCDO_INSTANCE": str(folder)})
    second = config.load({"THUOCDO_INSTANCE": str(folder)})
    assert first["THUOCDO_DATA_KEY"] == second["THUOCDO_DATA_KEY"]
    assert (folder / "secrets.env").stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_a_key_that_is_not_the_databases_own_is_refused(app: Flask) -> None:
    current_vault()
    db.session.commit()
    app.config["THUOCDO_DATA_KEY"] = "e" * 40
    app.extensions["thuocdo_key_checked"].clear()
    with pytest.raises(ConflictError, match="THUOCDO_DATA_KEY"):
        current_vault()


def test_what_servers_and_commands_write_is_for_their_owner_only(tmp_path: Path) -> None:
    touch = "import wsgi, pathlib; pathlib.Path('made').touch()"
    environ = os.environ | KEYS | {"THUOCDO_INSTANCE": str(tmp_path / "instance"), "PYTHONPATH": str(config.ROOT)}
    subprocess.run([sys.executable, "-c", touch], cwd=tmp_path, env=environ, check=True)
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0
