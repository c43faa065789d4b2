"""Agencies. Authority: the counts of communes in the decrees (152 in 2017, 40 since 2025-07-01)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, or_, select

from survey.errors import InputError
from survey.extensions import db
from survey.models import Agency, AgencyLevel, AuditEvent
from survey.seed.catalogue import AGENCIES, UNITS
from survey.services.intake import import_agencies
from survey.services.intake.report import ImportReport

HEADER = "code,name_vi,level,parent_code,valid_from,valid_to,successors\n"


@pytest.fixture
def bring(app: Flask, tmp_path: Path, now: datetime):
    def bring(*lines: str) -> ImportReport:
        path = tmp_path / "agencies.csv"
        path.write_text(HEADER + "\n".join(lines), encoding="utf-8")
        return import_agencies(path, actor="test", now=now)

    return bring


def _communes(day: date) -> int:
    return db.session.scalar(
        select(func.count()).where(
            Agency.level == AgencyLevel.commune,
            Agency.valid_from <= day,
            or_(Agency.valid_to.is_(None), Agency.valid_to >= day),
        )
    )


def test_shipped_files_come_in_whole_and_twice_changes_nothing(app: Flask, now: datetime) -> None:
    first = [import_agencies(path, actor="test", now=now).counts() for path in (UNITS, AGENCIES)]
    again = [import_agencies(path, actor="test", now=now).counts() for path in (UNITS, AGENCIES)]
    assert [(c["new"], c["rejected"]) for c in first] == [(266, 0), (37, 0)]
    assert [(c["new"], c["changed"], c["unchanged"]) for c in again] == [(0, 0, 266), (0, 0, 37)]
    assert (_communes(date(2017, 10, 15)), _communes(date(2025, 7, 1))) == (152, 40)


def test_a_blank_code_becomes_one_made_of_the_name(bring) -> None:
    bring("H57,Tỉnh,province,,,,", ",Sở Nội vụ,department,H57,,,")
    assert db.session.scalar(select(Agency.code).where(Agency.name_vi == "Sở Nội vụ")) == "H57.so-noi-vu"


def test_names_are_stored_composed_and_found_with_the_tone_on_either_letter(bring) -> None:
    bring("1,Phường Thuận Hoá,commune,,,,")
    stored = db.session.scalars(select(Agency)).one()
    assert stored.name_vi == "Phường Thuận Hoá"
    from survey.names import name_key

    assert stored.name_key == name_key("phường thuận hóa")


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("2,Xã B,commune,9,2020-01-01,,", "parent_code", "no_parent"),
        ("2,Xã B,commune,1,2019-01-01,,", "parent_code", "no_parent"),
        ("2,Xã B,hamlet,1,2020-01-01,,", "level", "unknown_level"),
        ("2,,commune,1,2020-01-01,,", "name_vi", "missing"),
        ("2,X· B,commune,1,2020-01-01,,", "name_vi", "wrong_encoding"),
        ("2,Xã B,commune,1,2020-02-30,,", "valid_from", "bad_date"),
        ("2,Xã B,commune,1,2021-01-01,2020-01-01,", "valid_to", "dates_out_of_order"),
        ("1,Tỉnh mới,province,,2021-01-01,,", "valid_from", "overlap"),
        ("1,Tỉnh,province,,2020-01-01,,", "code", "code_twice"),
        ("=1+2,Xã B,commune,1,2020-01-01,,", "code", "bad_code"),
        ("1/2,Xã B,commune,1,2020-01-01,,", "code", "bad_code"),
        ("1@2020-01-01,Xã B,commune,1,2020-01-01,,", "code", "bad_code"),
    ],
)
def test_a_bad_row_is_named_and_the_others_come_in(bring, line: str, column: str, code: str) -> None:
    report = bring("1,Tỉnh,province,,2020-01-01,,", line, "3,Xã C,commune,1,2020-01-01,,")
    bad = report.rejected[0]
    assert (bad.row, bad.column, bad.code) == (3, column, code)
    assert len(report.rejected) == 1
    assert db.session.scalar(select(Agency.id).where(Agency.code == "3"))


def test_successors_are_linked_to_the_version_of_the_next_day(bring) -> None:
    bring(
        "1,Xã Cũ A,commune,,,2025-06-30,3",
        "2,Xã Cũ B,commune,,,2025-06-30,3@2025-07-01",
        "3,Xã Khác,commune,,,2025-06-30,",
        "3,Xã Mới,commune,,2025-07-01,,",
    )
    new = db.session.scalars(select(Agency).where(Agency.name_vi == "Xã Mới")).one()
    assert sorted(agency.code for agency in new.predecessors) == ["1", "2"]


def test_an_unknown_successor_is_flagged(bring) -> None:
    report = bring("1,Xã Cũ,commune,,,2025-06-30,77")
    assert (report.new, report.flagged[0].code, report.flagged[0].value) == (1, "no_successor", "77")


def test_a_correction_of_a_name_is_a_change(bring) -> None:
    bring("1,Phường Vĩ Dạ,commune,,,,")
    assert bring("1,Phường Vỹ Dạ,commune,,,,").counts()["changed"] == 1
    assert db.session.scalars(select(Agency.name_vi)).all() == ["Phường Vỹ Dạ"]


def test_a_missing_column_is_named(app: Flask, tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "agencies.csv"
    path.write_text("code,name_vi\n1,Xã\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"agencies\.csv: hàng tiêu đề: thiếu cột level"):
        import_agencies(path, actor="test", now=now)


def test_the_import_is_on_record(bring) -> None:
    bring("1,Xã,commune,,,,")
    event = db.session.scalars(select(AuditEvent)).one()
    assert (event.action, event.details["new"]) == ("agencies.import", 1)


def test_a_name_is_shown_in_the_newest_decrees_spelling_and_a_new_name_is_not(bring) -> None:
    bring(
        "1,Xã A Roằng,commune,,,2020-01-31,",
        "1,Xã A Roàng,commune,,2020-02-01,2025-06-30,",
        "1,Xã A Lưới 4,commune,,2025-07-01,,",
    )
    names = db.session.scalars(select(Agency.name_vi).order_by(Agency.valid_from)).all()
    assert names == ["Xã A Roàng", "Xã A Roàng", "Xã A Lưới 4"]
    again = bring("1,Xã A Roằng,commune,,,2020-01-31,")
    assert again.counts()["unchanged"] == 1
