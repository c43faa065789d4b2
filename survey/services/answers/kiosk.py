"""Tablets at the counter get leave to answer, lose it, and send what citizens said, perhaps hours later.

A submission carries a code that the tablet made; it is the citizen's receipt, and its hash is unique. So the
tablet may send as often as it likes: one submission is one row.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Insert, insert, select
from sqlalchemy.exc import IntegrityError

from forms import web
from forms.model import Answers
from survey.crypto import receipt_sha256
from survey.errors import InputError, NotFoundError
from survey.extensions import db
from survey.models import (
    Agency,
    KioskDevice,
    KioskSetAside,
    Response,
    ResponseMode,
    ResponseState,
    SetAsideReason,
    Wave,
)
from survey.queries import respond
from survey.queries.kiosks import by_link, takes_answers
from survey.services.answers.consent import KIOSK_VERSION
from survey.services.office import audit
from survey.services.office.keys import current_vault

LINK_LIFE = timedelta(hours=24)
_JOIN_AGAIN = timedelta(minutes=2)  # a double tap opens the link twice
_OLDEST = timedelta(days=90)  # older than that, a tablet's word for when it was answered is not believed


@dataclass(frozen=True)
class Submission:
    """One answer as a tablet sends it. `age` and `seconds` are lengths, true on a clock that is wrong."""

    code: str
    device_id: int
    instrument_version_id: int
    form: web.Form
    language: str
    seconds: int
    age: timedelta
    paradata: Mapping[str, Any]


def digest(secret: str) -> str:
    """How links and keys are stored: they are random, so a plain hash cannot be reversed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_device(agency: Agency, wave: Wave, label: str, *, actor: str, now: datetime) -> KioskDevice:
    """A tablet-to-be; it needs a link before it can be used."""
    label = " ".join(label.split())
    if not 1 <= len(label) <= 80:
        raise InputError("bad_label", _("Xin đặt tên máy, từ 1 đến 80 chữ."))
    if not takes_answers(wave, now):
        raise InputError("wave_not_open", _("Đợt khảo sát này không nhận câu trả lời nữa."))
    device = KioskDevice(wave_id=wave.id, agency_id=agency.id, label=label, created_at=now)
    db.session.add(device)
    db.session.flush()
    _record(device, "add", actor, now)
    db.session.commit()
    return device


def new_link(device: KioskDevice, *, actor: str, now: datetime) -> str:
    """The secret part of a link that makes one tablet this device; told once, good for a day."""
    _check_not_revoked(device)
    link = secrets.token_urlsafe(24)
    device.link_sha256, device.link_expires_at = digest(link), now + LINK_LIFE
    _record(device, "link", actor, now)
    db.session.commit()
    return link


def revoke(device: KioskDevice, *, actor: str, now: datetime) -> None:
    """Its tablet can send nothing more; what came stays."""
    _check_not_revoked(device)
    device.revoked_at, device.key_sha256, device.link_sha256, device.link_expires_at = now, None, None, None
    _record(device, "revoke", actor, now)
    db.session.commit()


def _check_not_revoked(device: KioskDevice) -> None:
    if device.revoked_at is not None:
        raise InputError("device_revoked", _("Máy này đã bị thu hồi; xin thêm máy mới."))


def _record(device: KioskDevice, verb: str, actor: str, now: datetime) -> None:
    audit.record(actor, f"kiosk.{verb}", f"kiosk:{device.id}", now=now, details={"agency": device.agency_id})


def join(link: str, *, now: datetime) -> str:
    """The key for the cookie of the tablet that opened the link; the same one if it does so twice."""
    device = by_link(digest(link), now)
    if device is None:
        raise NotFoundError("no_link", _("Đường dẫn này không dùng được nữa. Xin cán bộ tạo đường dẫn mới."))
    key = current_vault().kiosk_key(link)
    if device.key_sha256 != digest(key):
        device.key_sha256, device.joined_at = digest(key), now
        device.link_expires_at = min(now + _JOIN_AGAIN, device.link_expires_at or now)
        _record(device, "join", "kiosk", now)
    db.session.commit()
    return key


def report(device: KioskDevice, queued: int, stuck: int, *, now: datetime) -> None:
    """What the tablet says of itself."""
    device.last_seen_at, device.queued, device.stuck = now, queued, stuck
    db.session.commit()


def take(device: KioskDevice, sent: Submission, *, now: datetime) -> str:
    """Store a submission once: `stored`, `set_aside`, or `repeated` when it was taken before.

    A device's submissions are taken one after the other, so the second of two at once finds the first.
    """
    held = _locked(device)
    sha256 = receipt_sha256(sent.code)
    if _is_known(sha256):
        db.session.rollback()
        return "repeated"
    reason, answers = _judge(held, sent, now)
    if reason is not None:
        return set_aside(held, sent.code, reason, _body(sent), now=now)
    held.received += 1
    return _add(held, insert(Response).values(_row(held, sent, answers, sha256, now)), "stored", now)


def set_aside(device: KioskDevice, code: str, reason: SetAsideReason, body: object, *, now: datetime) -> str:
    """Keep what cannot be counted, as it came."""
    held = _locked(device)
    if _is_known(receipt_sha256(code)):
        db.session.rollback()
        return "repeated"
    row = insert(KioskSetAside).values(
        device_id=held.id,
        receipt_sha256=receipt_sha256(code),
        reason=reason,
        received_at=now,
        body=json.dumps(body, ensure_ascii=True),
    )
    return _add(held, row, "set_aside", now)


def _locked(device: KioskDevice) -> KioskDevice:
    query = select(KioskDevice).where(KioskDevice.id == device.id).with_for_update(of=KioskDevice)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _is_known(sha256: str) -> bool:
    stored = select(Response.id).where(Response.receipt_sha256 == sha256)
    aside = select(KioskSetAside.id).where(KioskSetAside.receipt_sha256 == sha256)
    return any(db.session.scalar(query) is not None for query in (stored, aside))


def _add(held: KioskDevice, row: Insert, state: str, now: datetime) -> str:
    held.last_seen_at = now
    try:
        db.session.execute(row)
        db.session.commit()
    except IntegrityError:  # the same code from another tablet at this very moment
        db.session.rollback()
        return "repeated"
    return state


def _judge(device: KioskDevice, sent: Submission, now: datetime) -> tuple[SetAsideReason | None, Answers]:
    """Why it cannot be counted, or its good answers; a value that the question does not offer is left out."""
    if sent.device_id != device.id:
        return SetAsideReason.other_device, {}
    if not takes_answers(device.wave, now):
        return SetAsideReason.wave_closed, {}
    if sent.instrument_version_id != device.wave.instrument_version_id:
        return SetAsideReason.other_version, {}
    answers = web.validate(respond.instrument(sent.instrument_version_id), sent.form).answers
    return (None if answers else SetAsideReason.unreadable), answers


def _body(sent: Submission) -> dict[str, Any]:
    return {
        "device": sent.device_id,
        "version": sent.instrument_version_id,
        "answers": dict(sent.form),
        "lang": sent.language,
        "seconds": sent.seconds,
        "age_s": round(sent.age.total_seconds()),
    }


def _row(device: KioskDevice, sent: Submission, answers: Answers, sha256: str, now: datetime) -> dict[str, Any]:
    answered = now - min(max(sent.age, timedelta()), _OLDEST)
    began = answered - timedelta(seconds=sent.seconds)
    return {
        "wave_id": device.wave_id,
        "agency_id": device.agency_id,
        "instrument_version_id": sent.instrument_version_id,
        "mode": ResponseMode.kiosk,
        "language": sent.language,
        "state": ResponseState.submitted,
        "answers": dict(answers),
        "consent_version": KIOSK_VERSION,
        "consent_at": answered,
        "started_at": began,
        "updated_at": now,
        "submitted_at": answered,
        "receipt_sha256": sha256,
        "paradata": {"kiosk": device.id, "seconds": {"all": [sent.seconds]}, **sent.paradata},
    }
