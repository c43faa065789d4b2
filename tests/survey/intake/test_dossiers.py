"""Importing good dossiers: what is stored, what a second import does, which files are understood."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter
from flask import Flask
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import AuditEvent, Channel, Contact, Dossier, DossierChange, PhoneKind
from tests.survey.intake import exports
from tests.survey.intake.conftest import Import
from tests.survey.intake.exports import row


def _dossier() -> Dossier:
    return db.session.scalars(select(Dossier)).one()


def test_a_row_in_the_national_field_names_is_stored(bring: Import) -> None:
    assert bring(row()).counts() == {
        "read": 1,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "rejected": 0,
        "flagged": 0,
    }
    dossier = _dossier()
    assert (dossier.agency.name_vi, dossier.channel, dossier.status) == ("Phường Vỹ Dạ", Channel.in_person, 10)
    assert dossier.received_at == datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
    assert dossier.completed_at == datetime(2026, 9, 4, 3, 15, tzinfo=UTC)
    assert (dossier.procedure.code, dossier.procedure.field_name) == ("1.004873", "Hộ tịch")


def test_the_same_file_again_changes_nothing(bring: Import) -> None:
    bring(row(1), row(2))
    assert bring(row(1), row(2)).counts()["unchanged"] == 2
    assert db.session.scalar(select(func.count()).select_from(DossierChange)) == 0


def test_a_known_code_with_other_data_is_an_update_that_keeps_the_old(bring: Import) -> None:
    bring(row(TrangThaiHoSo="9", NgayTra=""))
    contact = _dossier().contact_id
    assert bring(row(SoDienThoai="0914123456"), name="later.csv").counts()["changed"] == 1
    change = db.session.scalars(select(DossierChange)).one()
    assert (_dossier().status, _dossier().source) == (10, "later.csv")
    assert change.before == {"status": 9, "returned_at": None, "contact_id": contact}


def test_a_dry_run_counts_and_writes_nothing(bring: Import) -> None:
    assert bring(row(), dry_run=True).counts()["new"] == 1
    for table in (Dossier, Contact, AuditEvent):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_unicode_files_are_read(bring: Import, encoding: str) -> None:
    bring(row(DonViXuLy="UBND phường Vỹ Dạ"), encoding=encoding)
    assert _dossier().agency.code == "19777"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_read(bring: Import, tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(exports.text(row(), delimiter=delimiter), encoding="utf-8")
    assert bring(path).new == 1


@pytest.mark.parametrize("wrapped", [False, True], ids=["list", "data"])
def test_json_is_read(bring: Import, tmp_path: Path, wrapped: bool) -> None:
    path = tmp_path / "export.json"
    rows = [row(1, TrangThaiHoSo=10), row(2, SoDienThoai=None, DanhSachGiayTo=[{"Ten": "x"}])]
    path.write_text(json.dumps({"data": rows} if wrapped else rows), encoding="utf-8")
    assert bring(path).counts()["new"] == 2


def test_a_workbook_with_dates_serials_and_numbers_is_read(bring: Import, tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    cells = row(TrangThaiHoSo=10, KenhThucHien=2, SoDienThoai=905123456, DonViXuLy=19777, NgayTiepNhan=46266.375)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(cells))
        sheet.write_row(1, 0, list(cells.values()))
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        naive = datetime(2026, 9, 5, 9, 0)  # noqa: DTZ001 -- a date cell has no zone
        sheet.write_datetime(1, list(cells).index("NgayTra"), naive, moment)
    bring(path)
    dossier = _dossier()
    assert dossier.received_at == datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
    assert dossier.returned_at == datetime(2026, 9, 5, 2, 0, tzinfo=UTC)
    assert (dossier.phone_kind, dossier.channel) == (PhoneKind.mobile, Channel.online)


def test_any_column_names_and_words_go_through_a_map(bring: Import) -> None:
    renamed = {
        "Số hồ sơ": "HS-1",
        "Nơi giải quyết": "Sở Nội vụ",
        "Tình trạng": "Đã trả kết quả",
        "Hình thức": "Qua mạng",
        "Ngày nhận": "01/09/2026",
        "Ngày xong": "01/09/2026",
        "Điện thoại": "0905123456",
    }
    column_map = {
        "columns": {
            "MaHoSo": "Số hồ sơ",
            "DonViXuLy": "Nơi giải quyết",
            "TrangThaiHoSo": "Tình trạng",
            "KenhThucHien": "Hình thức",
            "NgayTiepNhan": "Ngày nhận",
            "NgayKetThucXuLy": "Ngày xong",
            "SoDienThoai": "điện thoại",
        },
        "values": {"TrangThaiHoSo": {"Đã trả kết quả": 10}, "KenhThucHien": {"Qua mạng": 2}},
    }
    report = bring(renamed, column_map=column_map)
    assert (report.new, report.flagged[0].code) == (1, "odd_code")
    assert _dossier().agency.code == "H57.16"


def test_a_test_dossier_is_marked(bring: Import) -> None:
    bring(row(1, GhiChu="Hồ sơ thử nghiệm"), row(2, GhiChu="test"), row(3, GhiChu="Xét nghiệm, test nhanh"))
    assert db.session.scalars(select(Dossier.is_test).order_by(Dossier.code)).all() == [True, True, False]


@pytest.mark.parametrize("name", ["export.csv", "export.xlsx"])
def test_titles_above_the_header_are_passed_over(bring: Import, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    lines = [["DANH SÁCH HỒ SƠ, quý III"], [], list(row()), list(row().values()), list(row(2, MaHoSo="").values())]
    if name.endswith(".csv"):
        path.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    else:
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
    report = bring(path)
    assert (report.new, report.rejected[0].row, report.rejected[0].column) == (1, 5, "MaHoSo")


def test_many_batches_are_one_transaction_with_progress(bring: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survey.services.intake.dossiers.BATCH", 10)
    steps: list[int] = []
    report = bring(*(row(n) for n in range(1, 36)), progress=steps.append)
    assert (report.new, sum(steps), len(steps)) == (35, 35, 4)


def test_the_import_is_on_record_with_its_counts(app: Flask, bring: Import) -> None:
    bring(row())
    event = db.session.scalars(select(AuditEvent)).one()
    assert (event.action, event.subject, event.details["new"]) == ("dossiers.import", "file:export.csv", 1)
