"""A small wave for tests of the office: three agencies, made through the services as an officer would."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from survey.extensions import db
from survey.models import Invitation, Response, ResponseMode, ResponseState, Wave
from survey.services.answers import dispositions
from survey.services.fieldwork import draw, waves
from tests.factories import NOW, make_agency, make_dossier

CODE = "2026-q3"
ACTOR = "officer@hue.gov.vn"
NAMES = ("UBND Phường Thuận Hóa", "UBND Phường Vỹ Dạ", "UBND Xã Phú Lộc")


def plan(**changes: Any) -> dict[str, Any]:
    """PLAN.json of `wave create`: half of the dossiers of each agency."""
    return {
        "code": CODE,
        "title": {"vi": "Quý III năm 2026", "en": "Third quarter of 2026"},
        "period": ["2026-07-01", "2026-09-30"],
        "eligible_status": 10,
        "instrument": "motcua_ngan@1",
        "synthetic": True,
        "sample": {
            "id": "dossier_code",
            "strata": ["agency"],
            "method": "srs",
            "allocation": {"method": "equal", "n": 36},
        },
    } | changes


def drafted(dossiers: int = 20) -> Wave:
    """A draft on three agencies, each with so many dossiers and one more without a phone."""
    for name in NAMES:
        agency = make_agency(name)
        for _ in range(dossiers):
            make_dossier(agency)
        make_dossier(agency, reachable=False)
    return waves.create_wave(plan(), actor=ACTOR, now=NOW)


def launched(dossiers: int = 20) -> Wave:
    wave = drafted(dossiers)
    draw.freeze_frame(wave, wave.period_end, actor=ACTOR, now=NOW)
    draw.draw_sample(wave, "xổ số 05/10/2026: 123456", actor=ACTOR, now=NOW + timedelta(days=1))
    return waves.launch_wave(wave, actor=ACTOR, now=NOW + timedelta(days=1))


def answer_all(wave: Wave, now: datetime) -> int:
    """Every invited citizen answers on the web, alternately 5 and 3; returns how many."""
    invitations = db.session.scalars(select(Invitation).where(Invitation.wave_id == wave.id)).all()
    for number, invitation in enumerate(invitations):
        unit = invitation.sample_unit
        db.session.add(
            Response(
                wave_id=wave.id,
                invitation_id=invitation.id,
                agency_id=unit.agency_id,
                instrument_version_id=wave.instrument_version_id,
                mode=ResponseMode.web,
                state=ResponseState.submitted,
                answers={f"q{item}": 5 if number % 2 else 3 for item in range(1, 7)},
                consent_version="1",
                consent_at=now,
                started_at=now,
                updated_at=now,
                submitted_at=now,
            )
        )
        dispositions.note(unit, "1.1", source="web", now=now)
    db.session.commit()
    return len(invitations)
