"""The province as the one-stop software would export it, and its way through the importer."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd

from survey.queries.frames import SYNTHETIC_SOURCE
from survey.seed.catalogue import AGENCIES, UNITS
from survey.seed.province import Province
from survey.services.intake import ImportReport, import_agencies, import_dossiers

HEADER = (
    *("MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "KenhThucHien", "LoaiDoiTuong", "DonViXuLy"),
    *("TrangThaiHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "SoDienThoai", "GhiChu"),
)
_CHANNEL = {"in_person": "1", "online": "2", "postal": "3"}
ACTOR = "seed"


def load_agencies(now: datetime) -> None:
    """Import the units and agencies of Huế that are shipped."""
    for path in (UNITS, AGENCIES):
        import_agencies(path, actor=ACTOR, now=now)


def load_province(
    province: Province, folder: Path, *, now: datetime, progress: Callable[[int], None] | None = None
) -> ImportReport:
    """Agencies and dossiers, through a file and the importer like any other export."""
    load_agencies(now)
    path = write_dossiers(province, folder / f"{SYNTHETIC_SOURCE}-dossiers.csv")
    return import_dossiers(path, actor=ACTOR, now=now, progress=progress)


def write_dossiers(province: Province, path: Path) -> Path:
    """A CSV in the field names of the national message; its name must begin with `synthetic`."""
    if not path.name.startswith(SYNTHETIC_SOURCE):
        raise ValueError(f"`path` must be a file whose name begins with {SYNTHETIC_SOURCE!r}; got {path.name!r}")
    frame = province.dossiers
    procedure = "SYN." + frame["field_code"] + "." + frame["procedure"].map("{:02d}".format)
    columns = (
        frame["code"],
        procedure,
        frame["field"] + ", thủ tục " + frame["procedure"].map(str) + " (giả lập)",
        frame["field_code"],
        frame["field"],
        frame["channel"].map(_CHANNEL),
        frame["applicant"],
        frame["unit"].map([unit.name for unit in province.units].__getitem__),
        frame["status"],
        *(_moments(frame[name]) for name in ("received", "due", "completed", "returned")),
        frame["phone"],
        frame["is_test"].map({True: "Hồ sơ thử nghiệm", False: ""}),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(zip(*(column.tolist() for column in columns), strict=True))
    return path


def _moments(column: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    return column.dt.strftime("%Y%m%d%H%M00").fillna("")
