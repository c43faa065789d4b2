"""The analysis file: written once when a wave closes, read by every estimate, never changed."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
from flask_babel import gettext as _

from survey.errors import ConflictError
from survey.files import instance_path, sha256_of
from survey.models import Wave
from survey.queries.analysis import analysis_frame
from survey.services.office import audit


def write(wave: Wave, now: datetime) -> Path:
    """Write the wave's analysis file and note its hash on the wave; the caller commits.

    Writing the same content again is harmless; other content than what was written first is refused.
    """
    relative = f"waves/{wave.code}/analysis.parquet"
    path = instance_path(relative)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    to_parquet(analysis_frame(wave), draft)
    written = sha256_of(draft)
    if wave.analysis_sha256 not in (None, written):
        draft.unlink()
        raise ConflictError(
            "analysis_file_differs",
            _(
                "Tệp phân tích của đợt %(code)s đã ghi và không được thay đổi; dữ liệu nay cho nội dung khác.",
                code=wave.code,
            ),
        )
    draft.replace(path)
    wave.analysis_file, wave.analysis_sha256 = relative, written
    audit.record("system", "wave.analysis_file", f"wave:{wave.code}", now=now, details={"sha256": written})
    return path


def read(wave: Wave) -> pd.DataFrame:
    """The analysis file, checked against the hash that the wave carries."""
    path = path_of(wave)
    if sha256_of(path) != wave.analysis_sha256:
        raise ConflictError(
            "analysis_file_damaged", _("Tệp phân tích của đợt %(code)s không khớp mã băm đã lưu.", code=wave.code)
        )
    return read_parquet(path)


def path_of(wave: Wave) -> Path:
    """Where the analysis file is; refuses a wave that is not closed yet."""
    if wave.analysis_file is None:
        raise ConflictError(
            "wave_not_closed", _("Đợt %(code)s chưa đóng nên chưa có tệp phân tích.", code=wave.code)
        )
    path = instance_path(wave.analysis_file)
    if not path.exists():
        raise ConflictError(
            "analysis_file_missing", _("Không tìm thấy tệp phân tích của đợt %(code)s.", code=wave.code)
        )
    return path


def to_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Parquet by one thread: the same rows give the same bytes."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("analysis_frame", frame)
        connection.execute(f"COPY analysis_frame TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd)")


def read_parquet(path: Path) -> pd.DataFrame:
    """A Parquet file as a frame."""
    with duckdb.connect() as connection:
        return connection.execute("SELECT * FROM read_parquet(?)", [str(path)]).df()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
