"""Estimating a wave: its design written as DESIGN.json, one pass over the analysis file, results stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from flask_babel import gettext as _
from sqlalchemy import insert

import analysis
from analysis import run
from analysis.errors import Refusal
from forms.instrument import Instrument
from survey.errors import ConflictError, RefusedError
from survey.extensions import db, reading
from survey.models import DomainLevel, Estimate, EstimationRun, Wave, WaveState
from survey.queries.analysis import instrument_of
from survey.services.fieldwork.waves import settings_of, transition
from survey.services.office import audit
from survey.services.publishing import analysis_file, quality

INDEX = "index"  # the published index; every other estimate is called by its formula, factor or item
DEFAULT_FORMULA = "t2b_mean_of_factors@1"
FORMULAS = ("t2b_mean_of_factors@1", "t2b_pooled@1", "mean_of_agencies@1", "general_item@1")
FIGURES = ("estimate", "se", "df", "ci_low", "ci_high", "n", "n_answers", "n_psu", "deff", "flags")
_LEVELS = {"tier": DomainLevel.tier, "agency": DomainLevel.agency}


def design_of(wave: Wave, frame: pd.DataFrame) -> dict[str, Any]:
    """The DESIGN.json of a wave: `python -m analysis estimate` gives the published figures with it.

    Where first-stage units were drawn, no fpc is given: variances are those of a draw with replacement, which
    does not understate them whatever the method of the first stage was.
    """
    instrument = instrument_of(wave)
    clustered = bool(frame["psu"].notna().any())
    return {
        "weights": "base_weight",
        "strata": ["stratum"],
        "psu": ["psu"] if clustered else [],
        "fpc": [] if clustered else ["N_h"],
        "lonely_psu": "adjust",
        "calibration": [{"method": "nonresponse_classes", "by": ["weighting_class"], "respondent": "resolved"}],
        "level": 0.95,
        "interval": settings_of(wave).interval,
        "deff": True,
        "estimates": _estimates(wave, instrument),
        "domains": [[], ["tier"], ["agency"]],
        "rank": [{"estimate": INDEX, "by": ["agency"]}],
        "covariance": [{"estimate": INDEX, "by": ["agency"]}],
    }


def _estimates(wave: Wave, instrument: Instrument) -> list[dict[str, Any]]:
    if not instrument.factors:
        raise ConflictError(
            "no_factors",
            _("Phiếu %(name)s không có nhóm tiêu chí nên không tính được chỉ số.", name=instrument.reference),
        )
    published = settings_of(wave).published_formula
    others = [name for name in FORMULAS if name != published]
    if instrument.general_item is None:
        others.remove("general_item@1")
    pooled = [(factor.code, factor.items) for factor in instrument.factors]
    pooled += [(item.id, (item.id,)) for item in instrument.rating_items]
    return [
        {"name": INDEX, **_formula(published, published, instrument)},
        *({"name": name, **_formula(name, published, instrument)} for name in others),
        *({"name": name, **_share(name, items, instrument)} for name, items in pooled),
    ]


def _formula(formula: str, published: str, instrument: Instrument) -> dict[str, Any]:
    spec: dict[str, Any] = {"statistic": "index", "formula": formula}
    if formula == "mean_of_agencies@1":
        inner = DEFAULT_FORMULA if published == formula else published
        return {**spec, "unit": "agency", "of_formula": inner} | _of(inner, instrument)
    return spec | _of(formula, instrument)


def _of(formula: str, instrument: Instrument) -> dict[str, Any]:
    satisfied = {"satisfied": instrument.satisfied}
    if formula == "general_item@1":
        return {"item": instrument.general_item, **satisfied}
    codes = [point.code for scale in instrument.scales.values() for point in scale.points]
    scale = {"scale": [min(codes), max(codes)]} if formula == "mean_score@1" else {}
    return {"factors": instrument.factor_items, **satisfied, **scale}


def _share(name: str, items: tuple[str, ...], instrument: Instrument) -> dict[str, Any]:
    """Share of satisfied answers to the items of a factor, or to one item."""
    return {
        "statistic": "index",
        "formula": "t2b_pooled@1",
        "factors": {name: list(items)},
        "satisfied": instrument.satisfied,
    }


def estimate_wave(wave: Wave, *, actor: str, now: datetime) -> EstimationRun:
    """Estimate a closed wave and store every figure with design, hashes and code version; commits once.

    The computation holds no transaction: on SQLite a write lock would stop the office meanwhile.
    """
    with reading():
        frame = analysis_file.read(wave)
        design = design_of(wave, frame)
        instrument, minimum = instrument_of(wave), settings_of(wave).minimum_answers
        sha256 = wave.analysis_sha256
        wave_id, code = wave.id, wave.code
        db.session.rollback()
    try:
        result = run.estimate(frame, design, data_sha256=sha256)
        items = [item.id for item in instrument.rating_items]
        result["quality"] = quality.comparison(frame, design, INDEX, items, minimum)
    except Refusal as refusal:
        message = _("Đợt %(code)s chưa ước lượng được: %(reason)s", code=code, reason=str(refusal))
        raise RefusedError("refused", message) from refusal
    wave = db.session.get_one(Wave, wave_id)
    stored = EstimationRun(
        wave_id=wave_id,
        at=now,
        analysis_sha256=sha256 or "",
        design=design,
        code_version=analysis.__version__,
        extra={key: value for key, value in result.items() if key != "results"},
    )
    db.session.add(stored)
    db.session.flush()
    db.session.execute(insert(Estimate), [_row(stored.id, row) for row in result["results"]])
    if wave.state is WaveState.closed:
        transition(wave, WaveState.estimated)
    audit.record(actor, "wave.estimate", f"wave:{wave.code}", now=now, details={"run": stored.id})
    db.session.commit()
    return stored


def _row(run_id: int, row: Mapping[str, Any]) -> dict[str, Any]:
    ((level, key),) = row["domain"].items() or [("", "")]
    return {
        "run_id": run_id,
        "domain_level": _LEVELS.get(level, DomainLevel.province),
        "domain_key": str(key),
        "name": row["name"],
        "variable": row["variable"],
        **{name: row.get(name) for name in FIGURES},
        "n": int(row["n"] or 0),
        "n_psu": int(row["n_psu"] or 0),
    }
