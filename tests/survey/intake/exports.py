"""Small export files as one-stop software writes them, for the tests of the importer."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

ROW = {
    "MaHoSo": "H57.16-260901-0001",
    "MaTTHC": "1.004873",
    "TenTTHC": "Đăng ký khai sinh",
    "MaLinhVuc": "HT",
    "TenLinhVuc": "Hộ tịch",
    "KenhThucHien": "1",
    "LoaiDoiTuong": "0",
    "DonViXuLy": "19777",
    "TrangThaiHoSo": "10",
    "NgayTiepNhan": "20260901080000",
    "NgayHenTra": "20260908170000",
    "NgayKetThucXuLy": "20260904101500",
    "NgayTra": "20260905090000",
    "SoDienThoai": "0905123456",
    "ChuHoSo": "Nguyễn Thị Thử",
    "GhiChu": "",
}


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A good row whose code ends in `number`, with some cells changed."""
    return ROW | {"MaHoSo": f"H57.16-260901-{number:04d}"} | changes


def text(*rows: dict[str, Any], delimiter: str = ",") -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def write(folder: Path, *rows: dict[str, Any], name: str = "export.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text(*rows).encode(encoding))
    return path
