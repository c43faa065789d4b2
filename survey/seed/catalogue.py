"""What the fictional province is made of: real units of Huế after 2025-07-01, invented procedures and phones.

Sizes follow the totals of the province's portal of about 2020, scaled down; every other share is an assumption
made for the demonstration and says nothing about any real agency.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
UNITS, AGENCIES = SEEDS / "hue_units.csv", SEEDS / "hue_agencies.csv"
SINCE = date(2025, 7, 1)

# Portal: 268,763 dossiers received on paper (late 7.7 %), 68,544 + 1,665 online (late 7.0 and 16.6 %).
RECEIVED_PER_YEAR = 338_972
ONLINE_SHARE = (68_544 + 1_665) / RECEIVED_PER_YEAR
LATE_SHARE = {"in_person": 0.077, "online": 0.072, "postal": 0.077}
POSTAL_SHARE = 0.03
DEPARTMENT_SHARE = 0.25

MOBILE_PREFIXES = (
    *("032", "033", "034", "035", "036", "037", "038", "039", "070", "076", "077", "078", "079"),
    *("081", "082", "083", "084", "085", "086", "088", "089", "090", "091", "093", "094", "096", "097", "098"),
)
OLD_PREFIXES = {
    "032": "0162",
    "035": "0165",
    "038": "0168",
    "070": "0120",
    "079": "0121",
    "083": "0123",
    "084": "0124",
}
MALFORMED = ("không có", "0905 12", "09051234567890", "0905123456/0914123456", "x", "123")


@dataclass(frozen=True)
class Unit:
    """An agency of the province: as the dossiers name it, and how its own procedures are called."""

    name: str
    stored_name: str
    tier: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Size:
    """How large a province to make."""

    departments: tuple[str, ...]
    communes: tuple[str, ...] | None  # None: all forty
    dossiers: int


COMMUNE_FIELDS = (
    ("HT", "Hộ tịch"),
    ("CT", "Chứng thực"),
    ("DD", "Đất đai"),
    ("BTXH", "Bảo trợ xã hội"),
    ("HKD", "Hộ kinh doanh"),
)
DEPARTMENT_FIELDS = {
    "Sở Nội vụ": (("NV", "Việc làm, tổ chức hội"),),
    "Sở Tư pháp": (("LLTP", "Lý lịch tư pháp"), ("CC", "Công chứng")),
    "Sở Tài chính": (("DKKD", "Đăng ký doanh nghiệp"), ("DT", "Đầu tư")),
    "Sở Công Thương": (("TM", "Thương mại"),),
    "Sở Xây dựng": (("XD", "Hoạt động xây dựng"), ("GT", "Giao thông, lái xe")),
    "Sở Văn hóa và Thể thao": (("VH", "Văn hóa cơ sở"),),
    "Sở Du lịch": (("DL", "Lữ hành, hướng dẫn viên"),),
    "Sở Khoa học và Công nghệ": (("KH", "Khoa học, sở hữu trí tuệ"),),
    "Sở Giáo dục và Đào tạo": (("GD", "Văn bằng, chứng chỉ"),),
    "Sở Y tế": (("YT", "Hành nghề y, dược"),),
    "Sở Nông nghiệp và Môi trường": (("DD", "Đất đai"), ("MT", "Môi trường")),
    "Ban Quản lý Khu kinh tế, công nghiệp tỉnh": (("KKT", "Đầu tư trong khu kinh tế"),),
}
SIZES = {
    "small": Size(("Sở Xây dựng",), ("Phường Vỹ Dạ", "Xã A Lưới 1"), 600),
    "demo": Size(tuple(DEPARTMENT_FIELDS), None, 30_000),
}


def units(size: Size) -> list[Unit]:
    """Departments first, then communes, each in the order of its list."""
    departments = [Unit(name, name, "department", DEPARTMENT_FIELDS[name]) for name in size.departments]
    return departments + [
        Unit(f"Ủy ban nhân dân {name[0].lower()}{name[1:]}", name, "commune", COMMUNE_FIELDS)
        for name in _communes()
        if size.communes is None or name in size.communes
    ]


def _communes() -> list[str]:
    with UNITS.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["name_vi"] for row in rows if row["level"] == "commune" and row["valid_from"] == SINCE.isoformat()]
