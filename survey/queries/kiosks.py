"""Tablets at the counter: the one that shows a key, those of an agency, and what was set aside of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from survey.clock import local_day
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import Agency, KioskDevice, KioskSetAside, SetAsideReason, Wave
from survey.queries.respond import OPEN_STATES


@dataclass(frozen=True)
class Kiosk:
    """A tablet, and how many of its answers were set aside for which reason."""

    device: KioskDevice
    set_aside: Mapping[SetAsideReason, int]


def takes_answers(wave: Wave, now: datetime) -> bool:
    """Whether the wave is open; a pause stops messages, not answers."""
    return wave.state in OPEN_STATES and (wave.closes_at is None or wave.closes_at > now)


def by_key(sha256: str) -> KioskDevice | None:
    """The tablet whose cookie has this hash, unless it was revoked."""
    found: KioskDevice | None = db.session.scalar(
        select(KioskDevice)
        .options(joinedload(KioskDevice.wave), joinedload(KioskDevice.agency))
        .where(KioskDevice.key_sha256 == sha256, KioskDevice.revoked_at.is_(None))
    )
    return found


def by_link(sha256: str, now: datetime) -> KioskDevice | None:
    """The tablet-to-be of a link that still works."""
    found: KioskDevice | None = db.session.scalar(
        select(KioskDevice).where(
            KioskDevice.link_sha256 == sha256, KioskDevice.link_expires_at > now, KioskDevice.revoked_at.is_(None)
        )
    )
    return found


def agency_at(code: str, now: datetime) -> Agency:
    """The agency with this code today."""
    today = local_day(now)
    found = db.session.scalar(
        select(Agency)
        .where(Agency.code == code, Agency.valid_from <= today)
        .where(or_(Agency.valid_to.is_(None), Agency.valid_to >= today))
        .order_by(Agency.valid_from.desc())
        .limit(1)
    )
    if found is None:
        raise NotFoundError("no_agency", _("Không có cơ quan nào như vậy."))
    return found


def device(number: int) -> KioskDevice:
    found = db.session.get(KioskDevice, number)
    if found is None:
        raise NotFoundError("no_device", _("Không có máy này."))
    return found


def kiosks(agency: Agency) -> list[Kiosk]:
    """All tablets of an agency, the newest first."""
    devices = select(KioskDevice).where(KioskDevice.agency_id == agency.id).order_by(KioskDevice.id.desc())
    counts = db.session.execute(
        select(KioskSetAside.device_id, KioskSetAside.reason, func.count())
        .join(KioskDevice, KioskDevice.id == KioskSetAside.device_id)
        .where(KioskDevice.agency_id == agency.id)
        .group_by(KioskSetAside.device_id, KioskSetAside.reason)
    )
    aside: dict[int, dict[SetAsideReason, int]] = {}
    for device_id, reason, count in counts:
        aside.setdefault(device_id, {})[reason] = count
    return [Kiosk(device, aside.get(device.id, {})) for device in db.session.scalars(devices)]


def open_waves(now: datetime) -> list[Wave]:
    """Waves that take answers now, the newest first."""
    waves = select(Wave).where(Wave.state.in_(OPEN_STATES), or_(Wave.closes_at.is_(None), Wave.closes_at > now))
    return list(db.session.scalars(waves.order_by(Wave.launched_at.desc(), Wave.id.desc())))
