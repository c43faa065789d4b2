"""Backup and restore, against the rows themselves: what comes back is what was there, or nothing is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.errors import ConflictError, InputError
from survey.extensions import db
from survey.services.office.backup import backup, restore
from tests.factories import NOW, make_invitation, make_message


def _all_rows() -> dict[str, list[tuple[object, ...]]]:
    rows = {
        table.name: [tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key))]
        for table in db.metadata.sorted_tables
    }
    db.session.rollback()
    return rows


def _empty_database() -> None:
    for table in reversed(db.metadata.sorted_tables):
        db.session.execute(table.delete())
    db.session.commit()


@pytest.fixture
def files(app: Flask) -> Path:
    folder = Path(app.config["THUOCDO_INSTANCE"])
    (folder / "waves").mkdir(parents=True)
    (folder / "waves" / "frame.parquet").write_bytes(b"frame")
    return folder


def test_every_row_and_file_comes_back(files: Path, tmp_path: Path) -> None:
    make_message()
    before = _all_rows()
    backup(tmp_path / "copy", files, now=NOW)
    _empty_database()
    restore(tmp_path / "copy", tmp_path / "elsewhere")
    assert _all_rows() == before
    assert (tmp_path / "elsewhere" / "waves" / "frame.parquet").read_bytes() == b"frame"


def test_new_rows_after_a_restore_get_new_ids(files: Path, tmp_path: Path) -> None:
    make_message()
    backup(tmp_path / "copy", files, now=NOW)
    _empty_database()
    restore(tmp_path / "copy", tmp_path / "elsewhere")
    invitation, _ = make_invitation()
    assert invitation.id == 2


def test_secrets_are_not_in_a_backup(files: Path, tmp_path: Path) -> None:
    (files / "secrets.env").write_text("THUOCDO_DATA_KEY=x")
    backup(tmp_path / "copy", files, now=NOW)
    assert not list((tmp_path / "copy").rglob("secrets.env"))


def test_a_backup_never_overwrites_another(app: Flask, files: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    with pytest.raises(ConflictError, match="đã có"):
        backup(tmp_path / "copy", files, now=NOW)


def test_a_damaged_backup_is_refused_and_names_the_file(files: Path, tmp_path: Path) -> None:
    make_message()
    backup(tmp_path / "copy", files, now=NOW)
    _empty_database()
    (tmp_path / "copy" / "database" / "message.jsonl.gz").write_bytes(b"")
    with pytest.raises(InputError, match=r"message\.jsonl\.gz"):
        restore(tmp_path / "copy", tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["files/secrets.env", "files/waves/more.parquet", "database/stranger.jsonl.gz"])
def test_a_file_that_the_manifest_does_not_name_is_refused(name: str, files: Path, tmp_path: Path) -> None:
    backup(tmp_path / "copy", files, now=NOW)
    _empty_database()
    (tmp_path / "copy" / name).write_bytes(b"planted")
    with pytest.raises(InputError, match=Path(name).name):
        restore(tmp_path / "copy", tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_a_link_in_a_backup_is_not_followed(files: Path, tmp_path: Path) -> None:
    backup(tmp_path / "copy", files, now=NOW)
    _empty_database()
    (tmp_path / "copy" / "files" / "more").symlink_to(tmp_path)
    with pytest.raises(InputError, match="more"):
        restore(tmp_path / "copy", tmp_path / "elsewhere")


def test_a_backup_is_for_its_owner_only(files: Path, tmp_path: Path) -> None:
    backup(tmp_path / "copy", files, now=NOW)
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


def test_a_database_with_rows_is_not_overwritten(files: Path, tmp_path: Path) -> None:
    make_message()
    before = _all_rows()
    backup(tmp_path / "copy", files, now=NOW)
    with pytest.raises(ConflictError, match="đã có dữ liệu"):
        restore(tmp_path / "copy", tmp_path / "elsewhere")
    db.session.rollback()
    assert _all_rows() == before


def test_the_commands_copy_and_restore(app: Flask, files: Path, tmp_path: Path) -> None:
    make_message()
    runner = app.test_cli_runner()
    result = runner.invoke(args=["backup", str(tmp_path / "copy")])
    assert result.exit_code == 0, result.output
    _empty_database()
    result = runner.invoke(args=["restore", str(tmp_path / "copy")])
    assert result.exit_code == 0, result.output
    assert _all_rows()["message"]
