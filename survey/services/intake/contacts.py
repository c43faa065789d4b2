"""Contacts of a batch of dossiers: found by keyed hash, encrypted when new, filled again when erased."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, insert, select, update

from survey.crypto import Vault
from survey.extensions import db
from survey.models import Contact, Suppression
from survey.services.intake.records import PhoneFacts

FORGOTTEN = "forgotten"  # as services.privacy writes it
_TABLE = cast("Table", Contact.__table__)


class ContactBook:
    """Contact ids by phone hash; knows those of earlier batches of the same file."""

    def __init__(self, vault: Vault, now: datetime) -> None:
        self._vault = vault
        self._now = now
        self._ids: dict[bytes, str] = {}
        self._forgotten: frozenset[bytes] = frozenset()

    def add(self, phones: Iterable[PhoneFacts]) -> None:
        """Make sure that each phone of the batch has a contact."""
        wanted = {p.phone_hash: p for p in phones if p.e164 is not None and p.phone_hash not in self._ids}
        if not wanted:
            return
        columns = Contact.id, Contact.phone_hash, Contact.erased_at
        stored = db.session.execute(select(*columns).where(Contact.phone_hash.in_(wanted))).all()
        self._ids.update({row.phone_hash: row.id for row in stored})
        self._forgotten = _forgotten(wanted)
        erased = [
            (row.id, wanted[row.phone_hash])
            for row in stored
            if row.erased_at is not None and row.phone_hash not in self._forgotten
        ]
        fresh = [self._new(phone) for key, phone in wanted.items() if key not in self._ids]
        if fresh:
            db.session.execute(insert(_TABLE), fresh)
        if erased:
            self._fill_again(erased)

    def contact_id(self, phone: PhoneFacts) -> str | None:
        return self._ids[phone.phone_hash] if phone.e164 is not None else None

    def _new(self, phone: PhoneFacts) -> dict[str, object]:
        contact_id = secrets.token_hex(16)
        self._ids[phone.phone_hash] = contact_id
        is_forgotten = phone.phone_hash in self._forgotten
        return {
            "id": contact_id,
            "phone_hash": phone.phone_hash,
            "phone_encrypted": None if is_forgotten else self._vault.encrypt(phone.e164 or ""),
            "erased_at": self._now if is_forgotten else None,
            "kind": phone.kind,
            "carrier": phone.carrier,
            "converted": phone.converted,
            "created_at": self._now,
        }

    def _fill_again(self, erased: list[tuple[str, PhoneFacts]]) -> None:
        """A person whose number was erased has been served anew, so there is a new ground to hold it."""
        statement = (
            update(_TABLE)
            .where(_TABLE.c.id == bindparam("contact"))
            .values(phone_encrypted=bindparam("encrypted"), erased_at=None, retention_until=None)
        )
        rows = [{"contact": key, "encrypted": self._vault.encrypt(p.e164 or "")} for key, p in erased]
        db.session.execute(statement, rows)


def _forgotten(hashes: Iterable[bytes]) -> frozenset[bytes]:
    """Numbers that their owners had us forget: an export that still names them does not bring them back."""
    query = select(Suppression.phone_hash).where(
        Suppression.phone_hash.in_(list(hashes)), Suppression.reason == FORGOTTEN
    )
    return frozenset(db.session.scalars(query))
