"""A small closed wave: five agencies in three tiers, one of them with too few answers to be shown.

Deterministic by its seed; all names, dossiers and answers are fictional.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import select

from survey.extensions import db
from survey.models import (
    Agency,
    AgencyLevel,
    ApplicantType,
    Channel,
    Dossier,
    Invitation,
    PhoneKind,
    Release,
    Response,
    ResponseMode,
    ResponseState,
    SampleUnit,
    Wave,
    WaveState,
)
from survey.services.publishing import analysis_file, estimate, publish
from tests.factories import NOW, make_agency, make_frame, make_procedure, make_wave

CLOSED_AT = datetime(2026, 10, 28, 3, 0, tzinfo=UTC)

# code, name, tier, dossiers in the frame, sampled, share that answers, share satisfied
AGENCIES = (
    ("H57.01", "Sở Xây dựng", AgencyLevel.department, 240, 40, 0.6, 0.80),
    ("H57.02", "Sở Tư pháp", AgencyLevel.department, 90, 30, 0.7, 0.93),
    ("H57.21", "UBND Phường Vỹ Dạ", AgencyLevel.commune, 160, 40, 0.55, 0.86),
    ("H57.22", "UBND Xã Phú Hồ", AgencyLevel.commune, 120, 30, 0.6, 0.90),
    ("H57.23", "UBND Xã A Lưới 1", AgencyLevel.commune, 30, 8, 0.5, 0.75),
)


def make_closed_wave(code: str = "2026-q3", **kw: object) -> Wave:
    """Sampled units with dispositions and answers; the analysis file is written, the wave is closed."""
    rng = np.random.default_rng(20260928)
    wave = make_wave(code, state=WaveState.closed, closed_at=CLOSED_AT, **kw)
    agencies = [(make_agency(name, code=code, level=level), *rest) for code, name, level, *rest in AGENCIES]
    strata = {a.code: {"N": N, "available": N, "n": n, "released": n, "sum_of_weights": float(N), "uncovered": 0}
              for a, N, n, *_ in agencies}  # fmt: skip
    summary = {
        "algorithm": {"name": "srs", "version": "1"},
        "plan": wave.plan,
        "seed": wave.seed,
        "strata": strata,
    }
    audit = {a.code: {"dossiers": N + 10, "mobile": N, "same_person": 10} for a, N, *_ in agencies}
    exclusions = {"total": {"test": 5}, "by_agency": {"H57.01": {"test": 5}}}
    n_eligible = sum(figures["dossiers"] for figures in audit.values())
    make_frame(wave, n_eligible=n_eligible, summary=summary, audit=audit, exclusions=exclusions)
    for agency, N, n, answering, satisfied in agencies:
        for number in range(n):
            _unit(wave, agency, N / n, number, rng, float(answering), float(satisfied))
    analysis_file.write(wave, CLOSED_AT)
    db.session.commit()
    return wave


def make_flagged_release() -> Release:
    """The same wave, but every second respondent of the departments chose one rating throughout; built."""
    wave = make_closed_wave()
    query = select(Response).join(Agency, Agency.id == Response.agency_id)
    query = query.where(Agency.level == AgencyLevel.department).order_by(Response.id)
    for number, row in enumerate(db.session.scalars(query)):
        if number % 2:
            row.answers = {f"q{item}": 5 for item in range(1, 7)}
    wave.analysis_sha256 = None
    analysis_file.write(wave, CLOSED_AT)
    db.session.commit()
    estimate.estimate_wave(wave, actor="cli", now=NOW)
    return publish.build_release(wave, actor="cli", now=NOW)


def _unit(
    wave: Wave, agency: Agency, weight: float, number: int, rng: np.random.Generator, answering: float, p: float
) -> None:
    channel = Channel.online if number % 3 == 0 else Channel.in_person
    code = "1.1" if rng.random() < answering else ("2.11", "3.19", "3.19", "3.30")[number % 4]
    unit = SampleUnit(
        wave=wave,
        frame_id=make_frame(wave).id,
        dossier=_dossier(agency, channel, number),
        agency=agency,
        person_id=f"{agency.code}-{number}",
        stratum=agency.code,
        inclusion_probability=1 / weight,
        base_weight=weight,
        u=0.5,
        stages={"channel": channel.value},
        disposition=code,
    )
    db.session.add(unit)
    if code == "1.1":
        db.session.add(_response(wave, _invitation(wave, unit, f"{agency.code}-{number}"), agency, rng, p))


def _dossier(agency: Agency, channel: Channel, number: int) -> Dossier:
    return Dossier(
        code=f"{agency.code}-260901-{number:04d}",
        agency=agency,
        procedure=make_procedure(),
        channel=channel,
        applicant_type=ApplicantType.citizen,
        status=10,
        received_at=datetime(2026, 9, 1, 2, 0, tzinfo=UTC),
        returned_at=datetime(2026, 9, 11, 3, 0, tzinfo=UTC),
        phone_kind=PhoneKind.mobile,
        person_id=f"{agency.code}-{number}",
        row_hash="0" * 32,
        source="synthetic",
        imported_at=datetime(2026, 9, 12, 3, 0, tzinfo=UTC),
    )


def _invitation(wave: Wave, unit: SampleUnit, name: str) -> Invitation:
    return Invitation(
        wave=wave,
        sample_unit=unit,
        token_hmac=hashlib.sha256(name.encode()).digest(),
        created_at=datetime(2026, 10, 14, 3, 0, tzinfo=UTC),
        expires_at=CLOSED_AT,
    )


def _response(wave: Wave, invitation: Invitation, agency: Agency, rng: np.random.Generator, p: float) -> Response:
    at = datetime(2026, 10, 20, 3, 0, tzinfo=UTC)
    personal = min(1.0, p + rng.normal(0, 0.1))
    answers: dict[str, object] = {
        f"q{item}": int(rng.integers(4, 6)) if rng.random() < personal else int(rng.integers(1, 4))
        for item in range(1, 7)
    }
    if rng.random() < 0.1:
        answers["q3"] = "na"
    return Response(
        wave_id=wave.id,
        invitation=invitation,
        agency_id=agency.id,
        instrument_version_id=wave.instrument_version_id,
        mode=ResponseMode.sms if rng.random() < 0.3 else ResponseMode.web,
        state=ResponseState.submitted,
        answers=answers,
        consent_version="vi-1",
        consent_at=at,
        started_at=at,
        updated_at=at,
        submitted_at=at,
        receipt_sha256=rng.bytes(32).hex(),
    )
