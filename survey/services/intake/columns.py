"""Which column of a file is which field: the national message's names, or any names through a map file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from survey.errors import InputError
from survey.files import parse_json
from survey.names import nfc

# DongBoHoSoMC (domain notes in docs/): only these are read. Names, addresses and identity numbers never are.
FIELDS = (
    "MaHoSo",
    "DonViXuLy",
    "MaTTHC",
    "TenTTHC",
    "MaLinhVuc",
    "TenLinhVuc",
    "KenhThucHien",
    "LoaiDoiTuong",
    "TrangThaiHoSo",
    "NgayTiepNhan",
    "NgayHenTra",
    "NgayKetThucXuLy",
    "NgayTra",
    "SoDienThoai",
    "GhiChu",
    "CapDonVi",  # ours: level of the agency, where its name alone is ambiguous
    "HoSoThuNghiem",  # ours: a test dossier
)
REQUIRED = ("MaHoSo", "KenhThucHien", "TrangThaiHoSo", "NgayTiepNhan", "NgayKetThucXuLy", "SoDienThoai")
CODED = ("KenhThucHien", "LoaiDoiTuong", "TrangThaiHoSo", "CapDonVi", "HoSoThuNghiem")


@dataclass(frozen=True)
class ColumnMap:
    """`columns`: field → column of the file. `values`: field → (what the file says → the national value).

    `defaults`: field → value where the file has no such column.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def expected(self) -> frozenset[str]:
        """Names that the header of a file must show, folded."""
        return frozenset(self.columns.get(name, name).casefold() for name in REQUIRED if name not in self.defaults)

    def positions(self, header: tuple[str, ...], file: str) -> dict[str, int]:
        """Where each field stands; required ones must."""
        places = {name.casefold(): place for place, name in enumerate(header)}
        found = {}
        for name in FIELDS:
            column = nfc(self.columns.get(name, name))
            if column.casefold() in places:
                found[name] = places[column.casefold()]
            elif name in self.columns:
                raise InputError(
                    "missing_column",
                    f"{file}: "
                    + _("không có cột «%(column)s» mà bảng ánh xạ nêu cho %(field)s", column=column, field=name),
                )
        missing = [name for name in REQUIRED if name not in found and name not in self.defaults]
        if missing:
            raise InputError(
                "missing_column",
                f"{file}: " + _("hàng tiêu đề: thiếu cột %(columns)s", columns=", ".join(missing)),
            )
        return found

    def translate(self, name: str, value: str) -> str:
        """The national value of what the file says."""
        known = self.values.get(name)
        return value if known is None else str(known.get(value.casefold(), value))


def read_map(path: Path) -> ColumnMap:
    """A map file: `{"columns": …, "values": …, "defaults": …}`, or one flat object of names either way round."""
    try:
        raw = parse_json(path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise InputError(
            "bad_map", f"{path.name}: " + _("không đọc được như JSON (%(why)s)", why=str(exc))
        ) from exc
    try:
        return to_map(raw)
    except ValueError as exc:
        raise InputError("bad_map", f"{path.name}: {exc}") from exc


def to_map(raw: Any) -> ColumnMap:
    """A `ColumnMap` from parsed JSON; ValueError names the entry that is wrong."""
    if not isinstance(raw, dict):
        raise ValueError(_("cần một đối tượng JSON"))
    parts = ("columns", "values", "defaults")
    if not any(part in raw for part in parts):
        raw = {"columns": raw}
    for key in raw:
        if key not in parts:
            raise ValueError(_("không rõ mục %(key)s; chỉ có columns, values, defaults", key=key))
        if not isinstance(raw[key], dict):
            raise ValueError(_("%(key)s phải là một đối tượng", key=key))
    columns = _columns(raw.get("columns", {}))
    values = {name: _value_map(name, table) for name, table in raw.get("values", {}).items()}
    for name in (*values, *raw.get("defaults", {})):
        _check_field(name)
    return ColumnMap(columns, values, raw.get("defaults", {}))


def _columns(raw: Mapping[str, Any]) -> dict[str, str]:
    if not all(isinstance(column, str) for column in raw.values()):
        raise ValueError(_("columns: mỗi giá trị phải là tên cột"))
    if raw and all(value in FIELDS for value in raw.values()) and not all(key in FIELDS for key in raw):
        raw = {value: key for key, value in raw.items()}
    for name in raw:
        _check_field(name)
    return dict(raw)


def _value_map(name: str, table: Any) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise ValueError(_("values.%(field)s phải là một đối tượng", field=name))
    return {nfc(str(key)).casefold(): value for key, value in table.items()}


def _check_field(name: str) -> None:
    if name not in FIELDS:
        raise ValueError(
            _("không có trường %(field)s; các trường: %(known)s", field=name, known=", ".join(FIELDS))
        )
