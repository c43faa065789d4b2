"""Questionnaire versions: brought in whole, locked by use, out again unchanged."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from forms import instrument as questionnaires
from survey.errors import ConflictError, InputError, NotFoundError
from survey.extensions import db
from survey.models import InstrumentVersion
from survey.services.fieldwork.instruments import (
    ensure_shipped,
    export_instrument,
    find,
    import_instrument,
    lock,
    read_file,
)
from survey.services.intake import read_map


def _file(tmp_path: Path, **changes: object) -> Path:
    raw = questionnaires.to_json(questionnaires.load("motcua_ngan")) | changes
    path = tmp_path / "form.json"
    path.write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")
    return path


def test_the_shipped_ones_are_stored_once(app: Flask, now: datetime) -> None:
    ensure_shipped(now)
    ensure_shipped(now)
    assert db.session.scalar(select(func.count()).select_from(InstrumentVersion)) == 2
    assert find("sipas", 1).sha256 == questionnaires.sha256(questionnaires.load("sipas"))


@pytest.mark.parametrize("name", ["out.json", "out.xlsx"])
def test_out_and_in_again_is_the_same_questionnaire(app: Flask, tmp_path: Path, now: datetime, name: str) -> None:
    export_instrument("motcua_ngan", 1, tmp_path / name)
    stored = import_instrument(tmp_path / name, actor="officer", now=now).version
    assert stored.sha256 == questionnaires.sha256(questionnaires.load("motcua_ngan"))


def test_an_unused_version_may_be_corrected_a_used_one_may_not(app: Flask, tmp_path: Path, now: datetime) -> None:
    title = {"vi": "Tên mới", "en": "New title"}
    ensure_shipped(now)
    import_instrument(_file(tmp_path, title=title), actor="officer", now=now)
    lock(find("motcua_ngan", 1), now)
    db.session.commit()
    with pytest.raises(ConflictError, match="motcua_ngan@1 đã được dùng"):
        import_instrument(_file(tmp_path), actor="officer", now=now)
    db.session.rollback()
    assert find("motcua_ngan", 1).definition["title"] == title
    import_instrument(_file(tmp_path, version=2), actor="officer", now=now)


@pytest.mark.parametrize(
    ("content", "named"),
    [("{", "form.json"), ('{"code": "x"}', "form.json"), ('{"code": "x", "colour": 1}', "items")],
)
def test_a_bad_file_is_refused_naming_the_fault(
    app: Flask, tmp_path: Path, now: datetime, content: str, named: str
) -> None:
    path = tmp_path / "form.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=named):
        import_instrument(path, actor="officer", now=now)


def test_an_unknown_version_is_not_found(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="không có phiếu hỏi sipas@7"):
        export_instrument("sipas", 7, tmp_path / "out.json")


@pytest.mark.parametrize("read", [read_file, read_map], ids=["questionnaire", "map"])
def test_a_file_that_is_nested_too_deeply_is_refused_by_name(
    app: Flask, tmp_path: Path, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000)
    with app.test_request_context(), pytest.raises(InputError, match=r"deep\.json.*nested too deeply"):
        read(path)
