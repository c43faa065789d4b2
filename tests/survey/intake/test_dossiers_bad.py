"""Bad input: a bad row is named and stays out, a bad file is refused whole, a kill leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.errors import InputError
from survey.extensions import db
from survey.models import Agency, Contact, Dossier
from survey.services.intake import import_dossiers, read_map
from tests.factories import make_agency
from tests.survey.intake import exports
from tests.survey.intake.conftest import Import
from tests.survey.intake.exports import row


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"DonViXuLy": "Phường Không Có"}, "DonViXuLy", "unknown_agency"),
        ({"NgayKetThucXuLy": "20260831080000"}, "NgayKetThucXuLy", "before_received"),
        ({"NgayTra": "31/08/2026"}, "NgayTra", "before_received"),
        ({"NgayTiepNhan": "31/02/2026"}, "NgayTiepNhan", "bad_date"),
        ({"NgayTiepNhan": ""}, "NgayTiepNhan", "missing"),
        ({"TrangThaiHoSo": "11"}, "TrangThaiHoSo", "out_of_range"),
        ({"TrangThaiHoSo": ""}, "TrangThaiHoSo", "out_of_range"),
        ({"KenhThucHien": "4"}, "KenhThucHien", "out_of_range"),
        ({"LoaiDoiTuong": "9"}, "LoaiDoiTuong", "out_of_range"),
        ({"MaHoSo": ""}, "MaHoSo", "bad_code"),
    ],
)
def test_a_bad_row_is_named_and_the_others_come_in(
    bring: Import, changes: dict[str, str], column: str, code: str
) -> None:
    report = bring(row(1), row(2, **changes), row(3))
    bad = report.rejected[0]
    assert (bad.row, bad.column, bad.code, bad.value) == (3, column, code, changes[column])
    assert report.counts() == {"read": 3, "new": 2, "changed": 0, "unchanged": 0, "rejected": 1, "flagged": 0}


def test_a_code_twice_in_a_file_is_refused_only_when_the_data_differ(bring: Import) -> None:
    report = bring(row(1), row(1), row(1, KenhThucHien="2"))
    assert [(bad.row, bad.code) for bad in report.rejected] == [(4, "code_twice")]
    assert (report.new, report.unchanged) == (1, 1)


def test_a_header_that_stands_twice_is_named(bring: Import, tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text(exports.text(row(1)) + exports.text(row(2)), encoding="utf-8")
    report = bring(path)
    assert [(bad.row, bad.code) for bad in report.rejected] == [(3, "header_again")]
    assert report.new == 2


def test_a_row_of_another_length_is_named(bring: Import, tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text(exports.text(row(1)) + "a,b\n", encoding="utf-8")
    assert [(bad.row, bad.code) for bad in bring(path).rejected] == [(3, "wrong_number_of_cells")]


def test_a_name_of_two_agencies_is_refused_unless_the_level_is_given(bring: Import) -> None:
    make_agency("Phường Vỹ Dạ", code="X1", level="district")
    report = bring(
        row(1, DonViXuLy="Phường Vỹ Dạ", CapDonVi=""), row(2, DonViXuLy="Phường Vỹ Dạ", CapDonVi="commune")
    )
    assert [bad.code for bad in report.rejected] == ["ambiguous_agency"]
    assert "19777, X1" in report.rejected[0].reason
    assert db.session.scalars(select(Agency.code).join(Dossier)).all() == ["19777"]


def test_a_phone_in_the_wrong_column_is_masked_in_the_report(bring: Import) -> None:
    assert bring(row(TrangThaiHoSo="0905123456")).rejected[0].value == "09xx***456"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (exports.text(row()).splitlines()[0].encode() + b"\n", "empty_file"),
        (b"MaHoSo,DonViXuLy\nH57-1,19777\n", "missing_column"),
        (b"MaHoSo,mahoso\n1,2\n", "column_twice"),
        (exports.text(row(TenTTHC="Đăng ký")).encode("cp1258", "replace"), "wrong_encoding"),
        (exports.text(row(TenTTHC="§¨ng ký khai sinh")).encode(), "wrong_encoding"),
        (exports.text(row(DonViXuLy="Sôû Noäi vuï")).encode(), "wrong_encoding"),
        (exports.text(row()).encode() + b'"never closed', "not_csv"),
    ],
)
def test_a_bad_file_is_refused_whole(bring: Import, tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^bad\.csv: ") as refusal:
        bring(path)
    assert refusal.value.code == code
    assert db.session.scalar(select(func.count()).select_from(Dossier)) == 0


def test_the_first_row_and_column_in_another_encoding_are_named(bring: Import, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes(exports.text(row(1), row(2, TenTTHC="Đ")).encode().replace("Đ".encode(), b"\xd0"))
    with pytest.raises(InputError, match=r"hàng 2, cột thứ 3 có byte 0xD0"):
        bring(path)


def test_a_look_alike_is_named_by_row_and_column(bring: Import) -> None:
    with pytest.raises(InputError, match=r"hàng 3, cột TenTTHC: ký tự «ñ»"):
        bring(row(1), row(2, TenTTHC="Thñ tôc"))
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 0


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"columns": {"HoTen": "Tên"}}, "HoTen"),
        ({"columns": {"MaHoSo": "Không có"}}, "Không có"),
        ({"rows": {}, "columns": {}}, "rows"),
        ({"values": {"KenhThucHien": [1]}}, "KenhThucHien"),
        ([], "JSON"),
    ],
)
def test_a_bad_map_is_refused_with_the_entry(bring: Import, tmp_path: Path, raw: Any, message: str) -> None:
    path = tmp_path / "map.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        bring(row(), column_map=read_map(path))


def test_a_missing_file_is_refused(bring: Import, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"không tìm thấy tệp"):
        bring(tmp_path / "nothing.csv")


def test_of_two_imports_at_once_the_second_finds_the_first_ones_rows(
    app: Flask, tmp_path: Path, now: datetime
) -> None:
    make_agency("Phường Vỹ Dạ", code="19777", valid_from=date(2025, 7, 1))
    path, reports = exports.write(tmp_path, *(row(n) for n in range(1, 301))), []

    def bring() -> None:
        with app.app_context():
            reports.append(import_dossiers(path, actor="t", now=now))
            db.session.remove()

    threads = [threading.Thread(target=bring) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((report.new, report.unchanged) for report in reports) == [(0, 300), (300, 0)]


def test_a_killed_import_leaves_nothing_and_can_be_repeated(
    bring: Import, settings: dict[str, Any], tmp_path: Path, now: datetime
) -> None:
    path = exports.write(tmp_path, *(row(n) for n in range(1, 61)))
    script = textwrap.dedent(f"""
        import os, signal
        from datetime import datetime, UTC
        from survey import create_app
        from survey.services.intake import dossiers
        dossiers.BATCH = 20
        def kill(rows, seen=[]):
            seen.append(rows)
            if len(seen) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
        with create_app({settings!r}).app_context():
            dossiers.import_dossiers({str(path)!r}, actor="t", now=datetime.now(UTC), progress=kill)
    """)
    db.session.rollback()
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(Path.cwd())}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert db.session.scalar(select(func.count()).select_from(Dossier)) == 0
    assert bring(path).new == 60
