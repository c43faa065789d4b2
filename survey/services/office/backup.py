"""A consistent copy of the database and the files, and back; the same form from and to both databases.

Layout: `database/<table>.jsonl.gz`, `files/…`, and `MANIFEST.json` with a SHA-256 of each file, the rows
of each table, the migration and the fingerprint of the data key. Keys are not in it: keep them elsewhere.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Date, LargeBinary, Table, insert, select, text

from survey.errors import ConflictError, InputError
from survey.extensions import db, reading
from survey.models.types import UtcDateTime
from survey.services.office.keys import current_vault

_KEPT_OUT = shutil.ignore_patterns("secrets.env", "*.sqlite3*", "*.lock", ".*")
_CHUNK = 2_000
MANIFEST = "MANIFEST.json"


def backup(folder: Path, files: Path, *, now: datetime) -> dict[str, int]:
    """Write a backup into `folder`, which must not exist; returns the rows of each table."""
    if folder.exists():
        raise ConflictError("backup_exists", f"{folder}: đã có; xin chọn thư mục mới")
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    (draft / "database").mkdir()
    with reading(), db.engine.connect().execution_options(**_consistent()) as connection, connection.begin():
        counts = {table.name: _dump(connection, table, draft / "database") for table in _tables()}
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    shutil.copytree(files, draft / "files", ignore=_KEPT_OUT)
    manifest = {
        "made_at": now.isoformat(),
        "migration": revision,
        "data_key_fingerprint": current_vault().fingerprint(),
        "rows": counts,
        "sha256": {str(path.relative_to(draft)): _sha256(path) for path in _files(draft)},
    }
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    draft.rename(folder)
    return counts


def restore(folder: Path, files: Path) -> dict[str, int]:
    """Fill an empty, migrated database and the files' folder from a backup, after checking every byte of it."""
    manifest = _checked(folder)
    with db.session.begin():
        for table in _tables():
            if db.session.execute(select(table).limit(1)).first() is not None:
                raise ConflictError(
                    "database_not_empty", f"bảng {table.name} đã có dữ liệu; chỉ khôi phục vào chỗ trống"
                )
        for table in _tables():
            loaded = _load(folder / "database" / f"{table.name}.jsonl.gz", table)
            while chunk := list(islice(loaded, _CHUNK)):
                db.session.execute(insert(table), chunk)
            _set_sequence(table)
        shutil.copytree(folder / "files", files, ignore=_KEPT_OUT, dirs_exist_ok=True)
    return {str(name): int(count) for name, count in manifest["rows"].items()}


def _tables() -> list[Table]:
    return list(db.metadata.sorted_tables)


def _consistent() -> dict[str, Any]:
    """One snapshot for all tables: SQLite's WAL gives it by itself."""
    return {} if db.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}


def _dump(connection: Any, table: Table, folder: Path) -> int:
    count = 0
    order = list(table.primary_key)
    rows = connection.execution_options(yield_per=_CHUNK).execute(select(table).order_by(*order))
    with gzip.open(folder / f"{table.name}.jsonl.gz", "wt", encoding="utf-8", compresslevel=4) as file:
        for row in rows.mappings():
            file.write(json.dumps(dict(row), default=_plain, ensure_ascii=False) + "\n")
            count += 1
    return count


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date):  # also datetime
        return value.isoformat()
    return str(value)


def _load(path: Path, table: Table) -> Iterator[dict[str, Any]]:
    readers = {column.name: reader for column in table.columns if (reader := _reader(column.type)) is not None}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield {name: _read(readers, name, value) for name, value in row.items()}


def _read(readers: dict[str, Any], name: str, value: Any) -> Any:
    return readers[name](value) if value is not None and name in readers else value


def _reader(kind: Any) -> Any:
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, LargeBinary):
        return base64.b64decode
    return None


def _set_sequence(table: Table) -> None:
    """Rows came with their ids; PostgreSQL must not hand the same ids out again."""
    column = table.autoincrement_column
    if column is None or db.engine.dialect.name == "sqlite":
        return
    db.session.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "  # noqa: S608 -- our names
            f"GREATEST((SELECT max({column.name}) FROM {table.name}), 1))"
        )
    )


def _checked(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as exc:
        raise InputError("no_backup", f"{folder}: không đọc được {MANIFEST}") from exc
    listed, found = manifest["sha256"], {str(path.relative_to(folder)): path for path in _files(folder)}
    for name in sorted({*listed, *found} - {MANIFEST}):
        path = found.get(name)
        if path is None or path.is_symlink() or _sha256(path) != listed.get(name):
            raise InputError("backup_damaged", f"{folder / name}: thiếu, thừa hoặc đã bị sửa")
    if manifest["data_key_fingerprint"] != current_vault().fingerprint():
        raise ConflictError("wrong_data_key", "THUOCDO_DATA_KEY không phải khóa của bản sao lưu này")
    db.session.rollback()
    revision = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    if revision != manifest["migration"]:
        raise ConflictError(
            "other_migration", f"bản sao lưu thuộc phiên bản {manifest['migration']}, đây là {revision}"
        )
    db.session.rollback()
    return manifest


def _files(folder: Path) -> list[Path]:
    """Everything that is no folder; a link counts as a file, wherever it leads."""
    return sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
