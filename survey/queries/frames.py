"""The sampling frame of a wave: who may be drawn, why the others may not, and what the phones are worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, and_, or_, select

from sampling.coordination import one_dossier, permanent_random_numbers
from sampling.frame import complete, eligibility
from survey.clock import day_bounds, local_day
from survey.extensions import db
from survey.models import Agency, Dossier, Procedure, Wave, WaveKind

FRAME_COLUMNS = (
    "dossier_code",
    "agency",
    "tier",
    "procedure_field",
    "channel",
    "applicant_type",
    "completed_on",
    "phone_kind",
    "person_id",
)
SYNTHETIC_SOURCE = "synthetic"
"""Files whose name begins so hold invented dossiers."""

_ENDED = (3, 7, 8)  # not accepted, withdrawn, stopped


@dataclass(frozen=True)
class FrameView:
    """What a frame is frozen from.

    `exclusions` is {"total": {reason: n}, "by_agency": {agency: {reason: n}}}; `audit` is agency → figures of
    `audit_phones`. `is_synthetic` when any dossier was invented.
    """

    frame: pd.DataFrame
    exclusions: dict[str, Any]
    audit: dict[str, dict[str, Any]]
    is_synthetic: bool

    @property
    def n_excluded(self) -> int:
        return int(sum(self.exclusions["total"].values()))


@dataclass(frozen=True)
class FrameRules:
    """What keeps a dossier out beside status and period; see `services.fieldwork.settings`."""

    repeated_phone_limit: int = 5
    exclude_repeated_phones: bool = False
    contactable_only: bool = False
    days_back: int = 0


@dataclass(frozen=True)
class EarlierDays:
    """What a rolling wave drew from already: codes of dossiers, and the last of its days."""

    codes: frozenset[str] = frozenset()
    last: date = date.min


def sampling_frame(wave: Wave, day: date | None = None, rules: FrameRules | None = None) -> pd.DataFrame:
    """Eligible dossiers as they stand now, columns FRAME_COLUMNS; no phone, no name."""
    return frame_view(wave, day, rules).frame


def frame_view(
    wave: Wave, day: date | None = None, rules: FrameRules | None = None, earlier: EarlierDays | None = None
) -> FrameView:
    """Frame, exclusions and audit: of the whole period, or of one `day` of a rolling wave.

    A day's frame also takes up dossiers finished up to `rules.days_back` days before that reached us late.
    Exclusions are counted once: of days after the last that was drawn.
    """
    rules, earlier = rules or FrameRules(), earlier or EarlierDays()
    first, last = (wave.period_start, wave.period_end) if day is None else (day, day)
    if wave.kind is WaveKind.rolling and day is not None:
        first = max(wave.period_start, day - timedelta(days=rules.days_back))
        last = min(wave.period_end, day)
    rows = _candidates(wave, first, last, is_day=day is not None)
    if earlier.codes:
        rows = rows[~rows["dossier_code"].isin(earlier.codes)].reset_index(drop=True)
    rows["agency"] = _agency_labels(rows)
    reason = eligibility(rows, _rules(rows, wave, first, last, rules))
    kept = rows[(reason == "").to_numpy()].reset_index(drop=True)
    synthetic = rows["source"].str.startswith(SYNTHETIC_SOURCE)
    return FrameView(
        frame=kept[list(FRAME_COLUMNS)],
        exclusions=_exclusions(rows["agency"], reason.where(_is_after(rows, earlier.last), "")),
        audit=audit_phones(kept, rules.repeated_phone_limit),
        is_synthetic=bool(synthetic.any()),
    )


def _candidates(wave: Wave, first: date, last: date, *, is_day: bool) -> pd.DataFrame:
    """Dossiers that the period touches: received, finished or returned in it; for a day, finished on it."""
    start, end = day_bounds(first, last)
    key = Dossier.completed_at if wave.eligible_status == 9 else Dossier.returned_at

    def inside(column: Any) -> ColumnElement[bool]:
        return and_(column >= start, column < end)

    columns = (Dossier.received_at, Dossier.completed_at, Dossier.returned_at)
    touched = inside(key) if is_day else or_(*(inside(column) for column in columns))
    query = (
        select(
            Dossier.code.label("dossier_code"),
            Dossier.agency_id,
            Agency.code.label("agency"),
            Agency.valid_from,
            Agency.level.label("tier"),
            Procedure.field_code,
            Procedure.field_name,
            Dossier.channel,
            Dossier.applicant_type,
            key.label("key_at"),
            Dossier.status,
            Dossier.is_test,
            Dossier.phone_kind,
            Dossier.person_id,
            Dossier.source,
        )
        .join(Agency, Agency.id == Dossier.agency_id)
        .outerjoin(Procedure, Procedure.id == Dossier.procedure_id)
        .where(touched)
    )
    result = db.session.execute(query)
    rows = pd.DataFrame(result.all(), columns=list(result.keys()), dtype=object)
    days = [None if at is None else local_day(at).isoformat() for at in rows["key_at"]]
    rows["completed_on"] = pd.array(days, dtype="str")
    rows["procedure_field"] = [
        a or b or "unknown" for a, b in zip(rows["field_code"], rows["field_name"], strict=True)
    ]
    return rows.astype(dict.fromkeys((*FRAME_COLUMNS, "source"), "str"))


def _agency_labels(rows: pd.DataFrame) -> pd.Series[str]:
    """Agency codes; a code that two agencies bore in the period gets the date of its version."""
    versions = rows.groupby("agency")["agency_id"].transform("nunique")
    dated = rows["agency"] + "@" + rows["valid_from"].astype("str")
    return rows["agency"].where(versions < 2, dated).astype("str")


def _rules(
    rows: pd.DataFrame, wave: Wave, first: date, last: date, rules: FrameRules
) -> list[tuple[str, np.ndarray[Any, np.dtype[np.bool_]]]]:
    """Reasons in the order in which they are given: the first that holds counts."""
    status = rows["status"].to_numpy(dtype=np.int64)
    day = rows["completed_on"]
    found = [
        ("test", rows["is_test"].to_numpy(dtype=bool)),
        ("ended_without_result", np.isin(status, _ENDED)),
        ("in_progress", status < 9),
        ("not_returned", status < wave.eligible_status),
        ("no_date", day.isna().to_numpy()),
        ("outside_period", ~day.between(first.isoformat(), last.isoformat()).to_numpy(dtype=bool)),
    ]
    if rules.contactable_only:
        found.append(("no_mobile", (rows["phone_kind"] != "mobile").to_numpy()))
    if rules.exclude_repeated_phones:
        inside = ~np.logical_or.reduce([mask for _reason, mask in found])
        counts = rows["person_id"].where(inside).map(rows.loc[inside, "person_id"].value_counts())
        found.append(("repeated_phone", (counts >= rules.repeated_phone_limit).to_numpy(dtype=bool)))
    return found


def _is_after(rows: pd.DataFrame, day: date) -> pd.Series[bool]:
    return rows["completed_on"].isna() | (rows["completed_on"] > day.isoformat())


def _exclusions(agency: pd.Series[str], reason: pd.Series[str]) -> dict[str, Any]:
    by_agency: dict[str, Counter[str]] = {}
    for code, why in zip(agency, reason, strict=True):
        if why:
            by_agency.setdefault(code, Counter())[why] += 1
    total = sum(by_agency.values(), Counter())
    return {"total": dict(total), "by_agency": {code: dict(counts) for code, counts in sorted(by_agency.items())}}


def audit_phones(rows: pd.DataFrame, limit: int) -> dict[str, dict[str, Any]]:
    """Figures for each agency of an eligible frame.

    dossiers; mobile, landline, invalid, missing: dossiers by phone; coverage: share with a mobile phone; persons;
    repeated_phones: phones on `limit` dossiers or more, with their repeated_dossiers; top_phone: dossiers on
    the most used phone. The draw adds same_person: dossiers that stepped back for another of their person.
    """
    audit = {}
    for agency, part in rows.groupby("agency", sort=True):
        kinds = part["phone_kind"].value_counts()
        counts = {kind: int(kinds.get(kind, 0)) for kind in ("mobile", "landline", "invalid", "missing")}
        phones = part.loc[part["phone_kind"].isin(("mobile", "landline")), "person_id"].value_counts()
        repeated = phones[phones >= limit]
        audit[str(agency)] = {
            "dossiers": len(part),
            **counts,
            "coverage": counts["mobile"] / len(part),
            "persons": int(part["person_id"].nunique()),
            "repeated_phones": len(repeated),
            "repeated_dossiers": int(repeated.sum()),
            "top_phone": int(phones.max()) if len(phones) else 0,
        }
    return audit


def with_same_person(
    audit: Mapping[str, dict[str, Any]], rows: pd.DataFrame, person: str | None, seed: str
) -> dict[str, dict[str, Any]]:
    """The audit with `same_person`: an agency's dossiers set aside, for another one of their person was kept.

    `seed` is the one with which the draw kept one dossier of each person.
    """
    aside = pd.Series(dtype="int64")
    if person is not None and len(rows):
        numbers = permanent_random_numbers(complete(rows, "dossier_code"), seed)
        keep, _ = one_dossier(complete(rows, person), numbers)
        aside = rows.loc[~keep, "agency"].value_counts()
    return {agency: {**figures, "same_person": int(aside.get(agency, 0))} for agency, figures in audit.items()}
