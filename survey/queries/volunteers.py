"""The counter's door: which agency a QR code names, and which open wave its volunteers answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from survey.clock import local_day
from survey.extensions import db
from survey.models import Agency, Wave, WaveState


@dataclass(frozen=True)
class Door:
    """Where a volunteer's answer goes."""

    agency_id: int
    agency: str
    wave_id: int
    instrument_version_id: int


def agency_name(code: str, now: datetime) -> str | None:
    """The name today of the agency with this code."""
    found = _agency(code, now)
    return None if found is None else found.name_vi


def door(code: str, now: datetime) -> Door | None:
    """The newest wave that is open, for an agency that exists today; None without either."""
    agency = _agency(code, now)
    waves = select(Wave).where(
        Wave.state == WaveState.launched, or_(Wave.closes_at.is_(None), Wave.closes_at > now)
    )
    wave = db.session.scalar(waves.order_by(Wave.launched_at.desc(), Wave.id.desc()).limit(1))
    if agency is None or wave is None:
        return None
    return Door(agency.id, agency.name_vi, wave.id, wave.instrument_version_id)


def _agency(code: str, now: datetime) -> Agency | None:
    today = local_day(now)
    versions = select(Agency).where(
        Agency.code == code, Agency.valid_from <= today, or_(Agency.valid_to.is_(None), Agency.valid_to >= today)
    )
    found: Agency | None = db.session.scalar(versions.order_by(Agency.valid_from.desc()).limit(1))
    return found
