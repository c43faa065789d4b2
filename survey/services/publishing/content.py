"""From the stored run of a wave to the content of its publication."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from flask import current_app

from forms.instrument import Instrument, sha256
from forms.model import words
from survey.models import DomainLevel, Estimate, EstimationRun, FrameSnapshot, Wave
from survey.queries import published
from survey.queries.analysis import instrument_of
from survey.queries.published import Key
from survey.reports.content import (
    FORMULA_ORDER,
    SUPPRESSED,
    Domain,
    Figure,
    Frame,
    Label,
    Method,
    Questionnaire,
    ReportContent,
)
from survey.services.fieldwork.waves import settings_of
from survey.services.publishing import quality
from survey.services.publishing.account import accounts_of, response_rates
from survey.services.publishing.disclosure import PROVINCE, Hidden, hidden_figures, rows_can_be_public
from survey.services.publishing.estimate import INDEX

TIERS = ("province", "department", "district", "commune")
GENERAL = "general_item@1"  # a question of its own, no average of others
ANSWERS_NOT_SHOWN = ("weighting_class", "stratum", "agency", "tier", "base_weight", "psu")


class Assembler:
    """Everything that the content of one publication is made from, read once."""

    def __init__(self, wave: Wave, run: EstimationRun, frame: pd.DataFrame) -> None:
        self.wave, self.run, self.frame = wave, run, frame
        self.instrument = instrument_of(wave)
        self.settings = settings_of(wave)
        self.minimum = self.settings.minimum_answers
        self.table = published.estimates_of(run)
        units = frame.groupby("agency")
        self.tier_of = {str(code): str(tier) for code, tier in units["tier"].first().items()}
        self.hidden: Hidden = self._hidden_figures()
        self.sampled, self.respondents = units.size().to_dict(), units["responded"].sum().to_dict()
        self.agencies = published.agencies_by_label(sorted(self.tier_of), wave.period_end)
        self.ranks = {row["domain"]["agency"]: row for row in run.extra.get("rank", [])}

    def content(self, year: int, slug: str, edition: int) -> ReportContent:
        wave = self.wave
        tiers = [tier for tier in TIERS if (DomainLevel.tier, tier) in self.table]
        codes = sorted(self.tier_of, key=lambda code: (TIERS.index(self.tier_of[code]), code))
        return ReportContent(
            year=year,
            slug=slug,
            edition=edition,
            wave=wave.code,
            title_vi=wave.title_vi,
            title_en=wave.title_en,
            period_start=wave.period_start.isoformat(),
            period_end=wave.period_end.isoformat(),
            office=current_app.config["THUOCDO_OFFICE_NAME"],
            synthetic=wave.synthetic,
            formula=self._estimate_named(INDEX)["formula"],
            interval=self.run.design["interval"],
            level=self.run.design["level"],
            minimum_answers=self.minimum,
            target=self.settings.target,
            questionnaire=questionnaire(self.instrument),
            province=self._domain(PROVINCE, "Toàn thành phố", "Whole city", list(self.tier_of)),
            tiers=tuple(self._tier(tier) for tier in tiers),
            agencies=tuple(self._agency(code) for code in codes),
            accounts=accounts_of(wave),
            method=self._method(),
            rows_public=self.rows_public(),
            quality=quality.published(self._flagged(), self._is_hidden, self.minimum),
        )

    def _flagged(self) -> list[dict[str, Any]]:
        """Of the province and the tiers, in their order; nothing in a run that was made before flags were."""
        rows = {(row["level"], row["key"]): row for row in self.run.extra.get("quality", [])}
        keys = [("province", ""), *(("tier", tier) for tier in TIERS)]
        return [rows[key] for key in keys if key in rows]

    def _is_hidden(self, level: str, code: str) -> bool:
        return ((DomainLevel(level), code), INDEX) in self.hidden

    def _hidden_figures(self) -> Hidden:
        factors = {factor.code: factor.items for factor in self.instrument.factors}
        averages = [name for name in FORMULA_ORDER if name != GENERAL]
        return hidden_figures(self.table, self.tier_of, INDEX, self.minimum, factors, averages)

    def rows_public(self) -> bool:
        columns = [name for name in ANSWERS_NOT_SHOWN if name in self.frame]
        return rows_can_be_public(self.frame, self.hidden, columns, self.minimum, synthetic=self.wave.synthetic)

    def _estimate_named(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = next(e for e in self.run.design["estimates"] if e["name"] == name)
        return found

    def _tier(self, tier: str) -> Domain:
        names = {
            "province": ("Cấp thành phố", "City level"),
            "department": ("Sở, ban, ngành", "Departments"),
            "district": ("Cấp huyện", "Districts"),
            "commune": ("Xã, phường", "Communes and wards"),
        }
        members = [code for code, own in self.tier_of.items() if own == tier]
        return self._domain((DomainLevel.tier, tier), *names[tier], members)

    def _agency(self, code: str) -> Domain:
        name = self.agencies[code].name_vi
        return self._domain((DomainLevel.agency, code), name, "", [code])

    def _domain(self, key: Key, name: str, name_en: str, members: list[str]) -> Domain:
        level, code = key
        sampled = sum(int(self.sampled[member]) for member in members)
        respondents = sum(int(self.respondents[member]) for member in members)
        factors = [factor.code for factor in self.instrument.factors]
        items = [item.id for item in self.instrument.rating_items]
        return Domain(
            level=level.value,
            key=code,
            name=name,
            name_en=name_en,
            tier=self.tier_of[code] if level is DomainLevel.agency else code,
            index=self._figure(key, INDEX),
            formulas={name: self._figure(key, name) for name in FORMULA_ORDER if name in self.table[key]},
            factors={name: self._figure(key, name) for name in factors},
            items={name: self._figure(key, name) for name in items},
            rank=self._rank(key),
            sampled=sampled,
            respondents=respondents,
            response_rate=respondents / sampled if sampled else None,
        )

    def _figure(self, key: Key, name: str) -> Figure:
        return SUPPRESSED if (key, name) in self.hidden else figure(self.table[key][name])

    def _rank(self, key: Key) -> tuple[int, int] | None:
        row = self.ranks.get(key[1]) if key[0] is DomainLevel.agency else None
        if row is None or (key, INDEX) in self.hidden or not row.get("simultaneous"):
            return None
        low, high = row["simultaneous"]
        return int(low), int(high)

    def _method(self) -> Method:
        wave, extra = self.wave, self.run.extra
        frames = published.frames_of(wave)
        rolling = wave.kind.value == "rolling"
        plan = wave.plan
        return Method(
            kind=wave.kind.value,
            sampling="rolling" if rolling else ("stages" if "stages" in plan else plan.get("method", "srs")),
            allocation=(plan.get("allocation") or {}).get("method", ""),
            strata=tuple(plan.get("strata") or ()),
            person_rule=(plan.get("person") or {}).get("rule", ""),
            seed=wave.seed or "",
            eligible_status=wave.eligible_status,
            frames=tuple(_frame(snapshot) for snapshot in frames),
            rates=response_rates(self.frame),
            n_sampled=len(self.frame),
            n_strata=int(extra["meta"]["n_strata"]),
            classes=int(self.frame["weighting_class"].nunique()),
            weights={
                **{name: float(extra["weights"][name]) for name in ("sum", "min", "max", "kish_deff")},
                "largest_share": largest_share(self.frame),
            },
            analysis_sha256=self.run.analysis_sha256,
            design_sha256=extra["meta"]["design_sha256"],
            code_version=self.run.code_version,
            closed_at=(wave.closed_at or wave.created_at).isoformat(),
            answer_days=self.settings.response_days,
            modes=_counts(self.frame["mode"]),
            contactable=_contactable(frames),
        )


def largest_share(frame: pd.DataFrame) -> float:
    """The largest part that one person has in the weights of an agency: whose dossiers are many weighs much."""
    resolved = frame[frame["resolved"] == 1]
    of_class, of_resolved = (f.groupby("weighting_class")["base_weight"].sum() for f in (frame, resolved))
    answered = frame[frame["responded"] == 1]
    weight = answered["base_weight"] * answered["weighting_class"].map(of_class / of_resolved)
    of_agency = weight.groupby(answered["agency"])
    return float((of_agency.max() / of_agency.sum()).max())


def questionnaire(instrument: Instrument) -> Questionnaire:
    """What was asked, as the publication shows it."""
    items = {item.id: item for item in instrument.rating_items}
    return Questionnaire(
        reference=instrument.reference,
        title_vi=words(instrument.title, "vi"),
        title_en=words(instrument.title, "en"),
        note_vi=words(instrument.note, "vi") if instrument.note else "",
        sha256=sha256(instrument),
        satisfied=tuple(instrument.satisfied),
        factors=tuple(
            Label(f.code, words(f.label, "vi"), words(f.label, "en"), f.items) for f in instrument.factors
        ),
        items=tuple(Label(i.id, words(i.label, "vi"), words(i.label, "en")) for i in items.values()),
    )


def figure(row: Estimate) -> Figure:
    """A stored estimate as a figure of the publication."""
    return Figure(
        estimate=row.estimate,
        se=row.se,
        df=row.df,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        n=row.n,
        n_answers=row.n_answers,
        n_psu=row.n_psu,
        deff=row.deff,
        flags=tuple(row.flags),
    )


def _frame(snapshot: FrameSnapshot) -> Frame:
    return Frame(
        day=snapshot.day.isoformat(),
        sha256=snapshot.sha256,
        frozen_at=snapshot.frozen_at.isoformat(),
        n_eligible=snapshot.n_eligible,
        exclusions=dict(sorted(snapshot.exclusions.get("total", {}).items())),
    )


def _counts(column: pd.Series[Any]) -> dict[str, int]:
    counts: dict[str, int] = json.loads(column.value_counts().sort_index().to_json())
    return counts


def _contactable(frames: Iterable[FrameSnapshot]) -> float | None:
    """Share of the frame with a mobile number, where the audit of the frame counted them."""
    audits = [row for snapshot in frames for row in snapshot.audit.values()]
    total = sum(row["dossiers"] for row in audits)
    return sum(row["mobile"] for row in audits) / total if total else None
