"""docs/import.md and docs/waves.md say what the code takes: every field, setting and example."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from survey.services.fieldwork.settings import WaveSettings
from survey.services.fieldwork.waves import create_wave, settings_of
from survey.services.intake.columns import FIELDS, to_map

DOCS = Path(__file__).resolve().parents[2] / "docs"


def _example(name: str) -> dict[str, Any]:
    block = re.search(r"```json\n(.+?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL)
    assert block
    return json.loads(block[1])


def test_the_map_of_the_page_is_taken() -> None:
    assert to_map(_example("import.md")).columns["MaHoSo"] == "Số hồ sơ"


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_explained(field: str) -> None:
    assert f"`{field}`" in (DOCS / "import.md").read_text(encoding="utf-8")


def test_the_plan_of_the_page_makes_a_wave(app: Flask, now: datetime) -> None:
    assert create_wave(_example("waves.md"), actor="test", now=now).code == "2026-q3"


def test_every_setting_is_explained_with_its_default(app: Flask, now: datetime) -> None:
    page = (DOCS / "waves.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE))
    assert set(told) == {field.name for field in fields(WaveSettings)}
    defaults = settings_of(create_wave(_example("waves.md") | {"settings": {}}, actor="test", now=now))
    assert told["response_days"] == str(defaults.response_days)
    assert told["published_formula"] == f"`{defaults.published_formula}`"
