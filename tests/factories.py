"""Rows for tests: each factory fills what the test does not care about, adds, commits and returns the row.

    unit = make_unit(wave=make_wave(state="launched"), phone="+84905123456")
    invitation, token = make_invitation(unit)

They commit, for a view that is called next opens its own transaction. Numbers are fictional.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select

from forms import instrument
from survey.extensions import db
from survey.models import (
    Agency,
    AgencyLevel,
    ApplicantType,
    Channel,
    Contact,
    Dossier,
    FrameSnapshot,
    InstrumentVersion,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    PhoneKind,
    Procedure,
    SampleUnit,
    Wave,
    WaveKind,
    WaveState,
)
from survey.names import name_key, nfc
from survey.services.office.keys import current_vault

NOW = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
Row = TypeVar("Row")
_numbers = count(1)


def _saved(row: Row) -> Row:
    db.session.add(row)
    db.session.commit()
    return row


def make_agency(name: str = "", **kw: Any) -> Agency:
    """A commune unless `level` says otherwise; `code` and `name` are made up where they are not given."""
    number = next(_numbers)
    name = nfc(name or f"UBND Xã Thử Nghiệm {number}")
    fields = {
        "code": f"A{number:03d}",
        "name_vi": name,
        "name_key": name_key(name),
        "level": AgencyLevel.commune,
        "parent_code": "H57",
        "valid_from": date(2025, 7, 1),
    }
    return _saved(Agency(**fields | kw))


def make_contact(phone: str | None = None, **kw: Any) -> Contact:
    """A mobile number (E.164); one that nobody else has when none is given."""
    phone = phone or f"+84905{next(_numbers):06d}"
    keys = current_vault()
    fields = {
        "phone_hash": keys.phone_hash(phone),
        "phone_encrypted": keys.encrypt(phone),
        "kind": PhoneKind.mobile,
        "created_at": NOW,
    }
    return _saved(Contact(**fields | kw))


def make_procedure(code: str = "1.005129", **kw: Any) -> Procedure:
    found = db.session.scalar(select(Procedure).where(Procedure.code == code))
    fields = {"name_vi": "Chứng thực bản sao", "field_code": "TP", "field_name": "Chứng thực"}
    return found or _saved(Procedure(code=code, **fields | kw))


def _contact_of(phone: str | None) -> Contact:
    """The contact that has this number already, or a new one: one number is one contact."""
    wanted = current_vault().phone_hash(phone) if phone else b""
    return db.session.scalar(select(Contact).where(Contact.phone_hash == wanted)) or make_contact(phone)


def make_dossier(
    agency: Agency | None = None, *, phone: str | None = None, reachable: bool = True, **kw: Any
) -> Dossier:
    """A dossier returned to its citizen in September 2026; `reachable=False`: without a phone."""
    number = next(_numbers)
    code = f"000.01.01.H57-260901-{number:05d}"
    contact = _contact_of(phone) if reachable else None
    identity = phone or code
    fields = {
        "code": code,
        "agency": agency or make_agency(),
        "procedure": make_procedure(),
        "channel": Channel.in_person,
        "applicant_type": ApplicantType.citizen,
        "status": 10,
        "received_at": datetime(2026, 9, 1, 2, 0, tzinfo=UTC),
        "due_at": datetime(2026, 9, 12, 10, 0, tzinfo=UTC),
        "completed_at": datetime(2026, 9, 10, 3, 0, tzinfo=UTC),
        "returned_at": datetime(2026, 9, 11, 3, 0, tzinfo=UTC),
        "phone_kind": contact.kind if contact else PhoneKind.missing,
        "person_id": current_vault().person_id(identity),
        "contact_id": contact.id if contact else None,
        "row_hash": f"{number:032x}",
        "source": "factory.csv",
        "imported_at": NOW,
    }
    return _saved(Dossier(**fields | kw))


def make_instrument(code: str = "motcua_ngan") -> InstrumentVersion:
    """The shipped questionnaire of this code as a row; made once."""
    loaded = instrument.load(code)
    found = db.session.scalar(
        select(InstrumentVersion).where(
            InstrumentVersion.code == loaded.code, InstrumentVersion.version == loaded.version
        )
    )
    return found or _saved(
        InstrumentVersion(
            code=loaded.code,
            version=loaded.version,
            sha256=instrument.sha256(loaded),
            definition=instrument.to_json(loaded),
            created_at=NOW,
        )
    )


def make_wave(code: str = "", *, state: WaveState | str = WaveState.draft, **kw: Any) -> Wave:
    """A one-off wave on the third quarter of 2026; times agree with `state`."""
    state = WaveState(state)
    launched = state in {WaveState.launched, WaveState.paused} or state in _AFTER_CLOSE
    fields = {
        "code": code or f"w{next(_numbers)}",
        "title_vi": "Quý III năm 2026",
        "title_en": "Third quarter of 2026",
        "kind": WaveKind.one_off,
        "period_start": date(2026, 7, 1),
        "period_end": date(2026, 9, 30),
        "eligible_status": 10,
        "instrument_version": make_instrument(),
        "plan": {
            "id": "dossier_code",
            "strata": ["agency"],
            "method": "srs",
            "allocation": {"method": "proportional", "n": 20},
            "person": {"key": "person_id", "rule": "one_dossier"},
        },
        "settings": {"response_days": 14, "reminder_days": [4, 9], "retention_days": 90, "minimum_answers": 10},
        "state": state,
        "seed": None if state is WaveState.draft else "hạt giống 2026",
        "synthetic": True,
        "created_at": NOW - timedelta(days=2),
        "launched_at": NOW - timedelta(days=1) if launched else None,
        "closes_at": NOW + timedelta(days=13) if launched else None,
        "closed_at": NOW if state in _AFTER_CLOSE else None,
    }
    return _saved(Wave(**fields | kw))


_AFTER_CLOSE = {WaveState.closed, WaveState.estimated, WaveState.published}


def make_frame(wave: Wave, **kw: Any) -> FrameSnapshot:
    """The frozen frame of a wave; made once a day."""
    day = kw.pop("day", wave.period_end)
    found = db.session.scalar(
        select(FrameSnapshot).where(FrameSnapshot.wave_id == wave.id, FrameSnapshot.day == day)
    )
    fields = {
        "frozen_at": NOW - timedelta(days=2),
        "sha256": "ab" * 32,
        "file": f"waves/{wave.code}/frame-{day}.parquet",
        "n_eligible": 100,
        "n_excluded": 5,
        "exclusions": {},
        "audit": {},
    }
    return found or _saved(FrameSnapshot(wave_id=wave.id, day=day, **fields | kw))


def make_unit(wave: Wave | None = None, dossier: Dossier | None = None, **kw: Any) -> SampleUnit:
    """A dossier drawn with probability 1/5. `agency`, `phone`, `reachable` go to the dossier when it is made."""
    wave = wave or make_wave(state=WaveState.launched)
    own = {key: kw.pop(key) for key in ("agency", "phone", "reachable") if key in kw}
    dossier = dossier or make_dossier(**own)
    fields = {
        "wave_id": wave.id,
        "frame_id": make_frame(wave).id,
        "dossier_id": dossier.id,
        "agency_id": dossier.agency_id,
        "contact_id": dossier.contact_id,
        "person_id": dossier.person_id,
        "stratum": dossier.agency.code,
        "inclusion_probability": 0.2,
        "base_weight": 5.0,
        "u": 0.1,
        "stages": {"channel": dossier.channel.value},
        "disposition": "3.19",
    }
    return _saved(SampleUnit(**fields | kw))


def make_invitation(unit: SampleUnit | None = None, **kw: Any) -> tuple[Invitation, str]:
    """An open invitation and the token that its citizen has in the SMS."""
    unit = unit or make_unit()
    number = next(_numbers)
    nonce = number.to_bytes(16)
    token = current_vault().token(nonce)
    fields = {
        "wave_id": unit.wave_id,
        "sample_unit_id": unit.id,
        "nonce": nonce,
        "token_hmac": current_vault().token_hmac(token),
        "created_at": NOW - timedelta(days=1),
        "expires_at": NOW + timedelta(days=13),
    }
    return _saved(Invitation(**fields | kw)), token


def make_message(invitation: Invitation | None = None, **kw: Any) -> Message:
    """A queued invitation by SMS; `state` and the rest as the test needs them."""
    invitation = invitation or make_invitation()[0]
    fields = {
        "wave_id": invitation.wave_id,
        "invitation_id": invitation.id,
        "contact_id": invitation.sample_unit.contact_id,
        "kind": MessageKind.invitation,
        "body": "Kinh moi Ong/Ba danh gia: {link} . Tu choi: soan TC",
        "state": MessageState.queued,
        "not_before": NOW - timedelta(hours=1),
        "expires_at": NOW + timedelta(days=2),
        "queued_at": NOW - timedelta(hours=1),
    }
    if kw.get("state") == "sending":
        fields["lease_until"] = NOW + timedelta(minutes=1)
    return _saved(Message(**fields | kw))
