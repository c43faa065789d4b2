"""Invitations: a row with its token's hash and the message that will carry the link, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from analysis.disposition import Disposition
from survey.crypto import Vault
from survey.extensions import db
from survey.models import (
    Agency,
    Contact,
    Invitation,
    Message,
    MessageKind,
    PhoneKind,
    SampleUnit,
    Suppression,
    Wave,
)
from survey.queries import respond
from survey.services.answers import dispositions
from survey.services.messaging import pace, texts
from survey.services.office.keys import current_vault

CHUNK = 500
MESSAGE_LIFE = timedelta(hours=72)  # an invitation later than that speaks of a visit long ago


class Addressee(NamedTuple):
    """A sampled unit and how it can be reached, if it can."""

    unit_id: int
    agency: str
    contact_id: str | None
    kind: PhoneKind | None
    erased: bool
    suppressed: bool

    @property
    def is_reachable(self) -> bool:
        return self.kind is PhoneKind.mobile and not self.erased


def queue_invitations(wave: Wave, units: Iterable[SampleUnit | int], now: datetime) -> int:
    """Invite these units; returns how many. The caller commits, so that a launch is one transaction.

    Repeated, it invites nobody twice. A unit without a mobile number, or whose number refused for good, is
    noted as such and gets no invitation.
    """
    ids = sorted({unit if isinstance(unit, int) else unit.id for unit in units})
    writer = _Writer(wave, now, len(ids))
    return sum(writer.write(list(_addressees(ids[start : start + CHUNK]))) for start in range(0, len(ids), CHUNK))


def open_without_text(wave: Wave, units: Iterable[int], now: datetime) -> int:
    """Invitations without a message, for units that are called or get a paper form; returns how many.

    Whoever is invited already stays so. The caller commits.
    """
    ids, made = sorted(set(units)), 0
    writer = _Writer(wave, now, len(ids))
    for start in range(0, len(ids), CHUNK):
        rows = [writer.invitation(each) for each in _addressees(ids[start : start + CHUNK])]
        made += len(rows)
        if rows:
            db.session.execute(insert(Invitation), rows)
    return made


def _addressees(unit_ids: list[int]) -> Iterator[Addressee]:
    """Those of the units that are not invited yet."""
    query = (
        select(
            SampleUnit.id,
            Agency.name_vi,
            SampleUnit.contact_id,
            Contact.kind,
            Contact.phone_encrypted.is_(None),
            Suppression.phone_hash.is_not(None),
        )
        .join(Agency, Agency.id == SampleUnit.agency_id)
        .outerjoin(Contact, Contact.id == SampleUnit.contact_id)
        .outerjoin(Suppression, Suppression.phone_hash == Contact.phone_hash)
        .outerjoin(Invitation, Invitation.sample_unit_id == SampleUnit.id)
        .where(SampleUnit.id.in_(unit_ids), Invitation.id.is_(None))
        .order_by(SampleUnit.id)
    )
    return (Addressee(*row) for row in db.session.execute(query))


class _Writer:
    """Writes the invitations of one wave; each agency's text is rendered once."""

    def __init__(self, wave: Wave, now: datetime, units: int) -> None:
        self.wave, self.now = wave, now
        self.pace = pace.of_wave(units, wave.settings, now)
        self.keys: Vault = current_vault()
        self.instrument = respond.instrument(wave.instrument_version_id)
        self.texts: dict[str, texts.Text] = {}
        days = timedelta(days=int(wave.settings.get("response_days", 14)))
        self.expires_at = min(now + days, wave.closes_at) if wave.closes_at else now + days

    def write(self, addressees: list[Addressee]) -> int:
        unreachable = [each.unit_id for each in addressees if not each.is_reachable]
        refused = [each.unit_id for each in addressees if each.is_reachable and each.suppressed]
        invited = [each for each in addressees if each.is_reachable and not each.suppressed]
        dispositions.note_many(unreachable, Disposition.NOT_INVITED, source="invite", now=self.now)
        dispositions.note_many(refused, Disposition.REFUSAL, source="suppression", now=self.now)
        if invited:
            self._insert(invited)
        return len(invited)

    def _insert(self, invited: list[Addressee]) -> None:
        rows = [self.invitation(each) for each in invited]
        db.session.execute(insert(Invitation), rows)
        known = select(Invitation.sample_unit_id, Invitation.id).where(
            Invitation.sample_unit_id.in_([each.unit_id for each in invited])
        )
        ids = dict(db.session.execute(known).all())
        db.session.execute(insert(Message), [self._message(each, ids[each.unit_id]) for each in invited])

    def invitation(self, addressee: Addressee) -> dict[str, Any]:
        nonce = secrets.token_bytes(16)
        return {
            "wave_id": self.wave.id,
            "sample_unit_id": addressee.unit_id,
            "nonce": nonce,
            "token_hmac": self.keys.token_hmac(self.keys.token(nonce)),
            "created_at": self.now,
            "expires_at": self.expires_at,
            "language": "vi",
        }

    def _message(self, addressee: Addressee, invitation_id: int) -> dict[str, Any]:
        text = self._text(addressee.agency)
        return {
            "wave_id": self.wave.id,
            "invitation_id": invitation_id,
            "contact_id": addressee.contact_id,
            "kind": MessageKind.invitation,
            "body": text.body,
            "parts": text.parts,
            "not_before": self.pace.due(addressee.unit_id),
            "expires_at": min(self.now + MESSAGE_LIFE, self.expires_at),
            "queued_at": self.now,
        }

    def _text(self, agency: str) -> texts.Text:
        if agency not in self.texts:
            self.texts[agency] = texts.invitation(agency, self.instrument, self.wave.settings)
            texts.reminder(agency, 1, self.wave.settings)  # refused now, while an officer is looking, or never
        return self.texts[agency]
