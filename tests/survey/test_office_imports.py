"""Files of agencies and dossiers at the office: looked at first, then imported. Authority: the brief, part 3."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import Agency, Dossier
from tests.officers import Browser, browser

AGENCIES = """code,name_vi,level,parent_code,valid_from,valid_to
H57,UBND thành phố Huế,province,,,
H57.19001,UBND Phường Vỹ Dạ,commune,H57,2025-07-01,
H57.19002,UBND Phường Ma,commune,NONE,2025-07-01,
"""


def upload(officer: Browser, noun: str, text: str, name: str = "tệp.csv", **fields: str) -> str:
    file = io.BytesIO(text.encode()), name
    done = officer.post(f"/office/{noun}/import", file=file, **fields)
    assert done.status_code == 200
    return done.get_data(as_text=True)


def seen(page: str) -> str:
    return page.split('name="seen" value="')[1].partition('"')[0]


def test_agencies_are_looked_at_first_and_then_imported(app: Flask) -> None:
    officer = browser(app, "officer")
    officer.get("/office/agencies/import")
    preview = upload(officer, "agencies", AGENCIES)
    assert "Xem trước, chưa ghi gì" in preview
    assert "NONE" in preview
    assert db.session.scalar(select(func.count()).select_from(Agency)) == 0
    done = upload(officer, "agencies", AGENCIES, mode="import", seen=seen(preview))
    assert "Đã nhập" in done
    assert db.session.scalars(select(Agency.code).order_by(Agency.code)).all() == ["H57", "H57.19001"]


def test_a_file_may_be_called_anything_and_stays_in_its_folder(app: Flask) -> None:
    officer = browser(app, "officer")
    officer.get("/office/agencies/import")
    page = upload(officer, "agencies", AGENCIES, name="../../danh mục;\x00 cơ quan.csv")
    assert "danh mục__ cơ quan.csv" in page


def test_a_long_name_is_cut_to_what_a_file_system_takes(app: Flask) -> None:
    officer = browser(app, "officer")
    officer.get("/office/agencies/import")
    assert "ệệ.csv" in upload(officer, "agencies", AGENCIES, name="ệ" * 200 + ".csv")


def test_another_file_than_the_one_looked_at_is_refused(app: Flask) -> None:
    officer = browser(app, "officer")
    officer.get("/office/agencies/import")
    preview = upload(officer, "agencies", AGENCIES)
    refused = upload(officer, "agencies", AGENCIES + "x", mode="import", seen=seen(preview))
    assert "khác tệp đã xem trước" in refused
    assert "khác tệp đã xem trước" in upload(officer, "agencies", AGENCIES, mode="import")
    assert db.session.scalar(select(func.count()).select_from(Agency)) == 0


def test_dossiers_are_reported_with_masked_phones_and_leave_no_file(app: Flask) -> None:
    officer = browser(app, "officer")
    officer.get("/office/agencies/import")
    upload(officer, "agencies", AGENCIES, mode="import", seen=seen(upload(officer, "agencies", AGENCIES)))
    header = (
        "MaHoSo,DonViXuLy,KenhThucHien,TrangThaiHoSo,NgayTiepNhan,NgayKetThucXuLy,NgayTra,SoDienThoai,LoaiDoiTuong"
    )
    good = "H57.19-260901-0001,H57.19001,1,10,01/09/2026,10/09/2026,11/09/2026,0905123456,0"
    bad = "H57.19-260901-0002,H57.19001,1,10,0905123457,10/09/2026,11/09/2026,0905123457,0"
    page = upload(officer, "dossiers", f"{header}\n{good}\n{bad}\n")
    assert "<strong>1</strong>mới" in page
    assert "<strong>1</strong>không nhận" in page
    assert "905123457" not in page
    assert db.session.scalar(select(func.count()).select_from(Dossier)) == 0
    folder = app.config["THUOCDO_INSTANCE"]
    assert not [path for path in folder.rglob("*") if path.suffix == ".csv"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("virus.exe", "x", "Xin chọn một tệp"),
        ("", "", "Xin chọn một tệp"),
        ("empty.csv", "", ""),
        ("a.csv", "code", ""),
    ],
    ids=["another ending", "no file", "empty file", "header only"],
)
def test_a_file_that_is_none_is_told(app: Flask, name: str, text: str, told: str) -> None:
    officer = browser(app, "officer")
    officer.get("/office/agencies/import")
    page = upload(officer, "agencies", text, name)
    assert 'class="notice error"' in page
    assert told in page


def test_a_viewer_imports_nothing(app: Flask) -> None:
    officer = browser(app, "viewer")
    assert officer.get("/office/agencies/import").status_code == 403
    assert officer.get("/office/dossiers/import").status_code == 403
