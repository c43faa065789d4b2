"""Whom a dossier concerns and who served it: phones become contacts and pseudonyms, names become agencies."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from sqlalchemy import func, select

from survey.extensions import db
from survey.models import Contact, Dossier, PhoneKind, Suppression
from survey.services.office.keys import current_vault
from tests.survey.intake.conftest import Import
from tests.survey.intake.exports import row


def _dossier() -> Dossier:
    return db.session.scalars(select(Dossier)).one()


def test_the_phone_is_encrypted_and_nothing_names_the_person(bring: Import) -> None:
    bring(row())
    contact = db.session.scalars(select(Contact)).one()
    assert current_vault().decrypt(contact.phone_encrypted) == "+84905123456"
    dump = json.dumps([str(value) for value in vars(_dossier()).values()], ensure_ascii=False)
    assert "905123456" not in dump
    assert "Nguyễn" not in dump


def test_two_dossiers_of_one_phone_are_one_person_and_one_contact(bring: Import) -> None:
    bring(row(1, SoDienThoai="0905 123 456"), row(2, SoDienThoai="+84905123456"), row(3, SoDienThoai=""))
    persons = db.session.scalars(select(Dossier.person_id).order_by(Dossier.code)).all()
    assert persons[0] == persons[1] != persons[2]
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 1


@pytest.mark.parametrize(
    ("phone", "kind"),
    [
        ("01651234567", PhoneKind.mobile),
        ("905123456", PhoneKind.mobile),
        ("02343823456", PhoneKind.landline),
        ("0905 12", PhoneKind.invalid),
        ("0905123456/0914123456", PhoneKind.invalid),
        ("", PhoneKind.missing),
    ],
)
def test_a_bad_phone_does_not_cost_the_dossier(bring: Import, phone: str, kind: PhoneKind) -> None:
    assert bring(row(SoDienThoai=phone)).rejected == []
    assert _dossier().phone_kind is kind


def test_a_person_erased_and_served_again_can_be_reached_again(bring: Import, now: datetime) -> None:
    bring(row(1))
    contact = db.session.scalars(select(Contact)).one()
    contact.phone_encrypted, contact.erased_at = None, now
    db.session.commit()
    bring(row(1), row(2))
    db.session.refresh(contact)
    assert contact.erased_at is None
    assert current_vault().decrypt(contact.phone_encrypted) == "+84905123456"


def test_a_number_that_was_forgotten_is_not_brought_back(bring: Import, now: datetime) -> None:
    phone_hash = current_vault().phone_hash("+84905123456")
    db.session.add(Suppression(phone_hash=phone_hash, since=now, reason="forgotten"))
    db.session.commit()
    bring(row(1), row(2, SoDienThoai="0914123456"))
    stored = {
        contact.phone_hash == phone_hash: contact.phone_encrypted
        for contact in db.session.scalars(select(Contact))
    }
    assert stored[True] is None
    assert stored[False] is not None


def test_a_dossier_received_before_a_merger_finds_its_agency_of_then(bring: Import) -> None:
    bring(row(NgayTiepNhan="20250620080000", NgayKetThucXuLy="20250703080000", NgayTra="20250704080000"))
    assert _dossier().agency.name_vi == "Phường Vĩ Dạ"


@pytest.mark.parametrize(
    "name", ["Phường Vĩ Dạ", "UBND phường Vĩ Dạ", "Ủy ban nhân dân phường Vỹ Dạ", "PHƯỜNG VỸ DẠ"]
)
def test_an_agency_is_found_by_any_spelling_of_its_name(bring: Import, name: str) -> None:
    bring(row(DonViXuLy=name))
    assert _dossier().agency.name_vi == "Phường Vỹ Dạ"


def test_without_an_agency_the_unit_in_the_dossier_code_counts(bring: Import) -> None:
    bring(row(MaHoSo="000.00.16.H57-260901-0001", DonViXuLy=""))
    assert _dossier().agency.name_vi == "Sở Nội vụ"
