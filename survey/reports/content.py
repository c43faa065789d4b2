"""What a publication says, as frozen data: the page, PDF, XLSX, CSV and JSON are all made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = "thuocdo-result@1"
FORMULA_ORDER = (
    *("t2b_mean_of_factors@1", "t2b_pooled@1", "t2b_mean_of_items@1", "mean_of_agencies@1", "general_item@1"),
    *("mean_score@1", "all_satisfied@1"),
)
FLAGS = ("flag_fast", "flag_straight", "flag_burst", "flag_network")
ACCOUNT_COLUMNS = (
    *("frame", "ineligible", "same_person", "not_sampled", "sampled", "found_ineligible", "not_contactable"),
    *("undelivered", "no_answer", "refused", "broken_off", "partial", "complete"),
)


@dataclass(frozen=True)
class Figure:
    """One estimate with its uncertainty; everything is empty where it is suppressed or cannot be had."""

    estimate: float | None = None
    se: float | None = None
    df: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    n: int | None = None
    n_answers: int | None = None
    n_psu: int | None = None
    deff: float | None = None
    flags: tuple[str, ...] = ()

    @property
    def is_suppressed(self) -> bool:
        return "suppressed" in self.flags

    @property
    def is_shown(self) -> bool:
        return self.estimate is not None


SUPPRESSED = Figure(flags=("suppressed",))


@dataclass(frozen=True)
class Domain:
    """Everything said about the province, a tier or an agency."""

    level: str
    key: str
    name: str
    name_en: str
    tier: str
    index: Figure
    formulas: dict[str, Figure]
    factors: dict[str, Figure]
    items: dict[str, Figure]
    rank: tuple[int, int] | None = None
    sampled: int = 0
    respondents: int = 0
    response_rate: float | None = None

    @property
    def is_suppressed(self) -> bool:
        return self.index.is_suppressed


@dataclass(frozen=True)
class Label:
    """A factor or a criterion in both languages; `items` of a factor."""

    code: str
    vi: str
    en: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Questionnaire:
    """What was asked."""

    reference: str
    title_vi: str
    title_en: str
    note_vi: str
    sha256: str
    satisfied: tuple[int, ...]
    factors: tuple[Label, ...]
    items: tuple[Label, ...]


@dataclass(frozen=True)
class Account:
    """Where the dossiers of an agency went; the columns add up to the frame."""

    key: str
    name: str
    counts: dict[str, int]


@dataclass(frozen=True)
class Frame:
    """A frozen frame: its day, hash and what was left out of it."""

    day: str
    sha256: str
    frozen_at: str
    n_eligible: int
    exclusions: dict[str, int]


@dataclass(frozen=True)
class Method:
    """What the annex is made of."""

    kind: str
    sampling: str
    allocation: str
    strata: tuple[str, ...]
    person_rule: str
    seed: str
    eligible_status: int
    frames: tuple[Frame, ...]
    rates: dict[str, float | None]
    n_sampled: int
    n_strata: int
    classes: int
    weights: dict[str, float]
    analysis_sha256: str
    design_sha256: str
    code_version: str
    closed_at: str
    answer_days: int
    modes: dict[str, int]
    contactable: float | None = None


@dataclass(frozen=True)
class Quality:
    """People of the province or a tier whose answers were flagged, and the index without them.

    A count is empty where it is of few people; with it goes the index, which would tell theirs.
    """

    level: str
    key: str
    respondents: int
    flagged: int | None
    kinds: dict[str, int | None]
    without: Figure


@dataclass(frozen=True)
class ReportContent:
    """A whole publication."""

    year: int
    slug: str
    edition: int
    wave: str
    title_vi: str
    title_en: str
    period_start: str
    period_end: str
    office: str
    synthetic: bool
    formula: str
    interval: str
    level: float
    minimum_answers: int
    target: float | None
    questionnaire: Questionnaire
    province: Domain
    tiers: tuple[Domain, ...]
    agencies: tuple[Domain, ...]
    accounts: tuple[Account, ...]
    method: Method
    rows_public: bool
    quality: tuple[Quality, ...] = ()
    format: str = field(default=FORMAT)

    @property
    def domains(self) -> tuple[Domain, ...]:
        return (self.province, *self.tiers, *self.agencies)

    @property
    def suppressed(self) -> tuple[Domain, ...]:
        return tuple(domain for domain in self.agencies if domain.is_suppressed)

    def of_tier(self, tier: str) -> tuple[Domain, ...]:
        return tuple(domain for domain in self.agencies if domain.tier == tier)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: tuples become lists, as a JSON column gives them back."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain


def from_dict(data: dict[str, Any]) -> ReportContent:
    """The content that `to_dict` wrote, keys in the order in which they are shown.

    PostgreSQL's jsonb forgets the order of keys, so it is made again here.
    """
    asked, method = data["questionnaire"], data["method"]
    labels = {name: tuple(_label(item) for item in asked[name]) for name in ("factors", "items")}
    order = {
        "formulas": FORMULA_ORDER,
        **{name: tuple(label.code for label in known) for name, known in labels.items()},
    }
    return ReportContent(
        **{
            **data,
            "questionnaire": Questionnaire(**{**asked, **labels, "satisfied": tuple(asked["satisfied"])}),
            "province": _domain(data["province"], order),
            "tiers": tuple(_domain(domain, order) for domain in data["tiers"]),
            "agencies": tuple(_domain(domain, order) for domain in data["agencies"]),
            "accounts": tuple(_account(account) for account in data["accounts"]),
            "method": _method(method),
            "quality": tuple(_quality(row) for row in data.get("quality", ())),
        }
    )


def _ordered(table: dict[str, Any], order: Sequence[str]) -> dict[str, Any]:
    return {key: table[key] for key in order if key in table}


def _method(data: dict[str, Any]) -> Method:
    frames = tuple(Frame(**{**frame, "exclusions": _sorted(frame["exclusions"])}) for frame in data["frames"])
    tables = {name: _sorted(data[name]) for name in ("rates", "modes", "weights")}
    return Method(**{**data, **tables, "frames": frames, "strata": tuple(data["strata"])})


def _sorted(table: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(table.items()))


def _account(data: dict[str, Any]) -> Account:
    return Account(**{**data, "counts": _ordered(data["counts"], ACCOUNT_COLUMNS)})


def _quality(data: dict[str, Any]) -> Quality:
    return Quality(**{**data, "kinds": _ordered(data["kinds"], FLAGS), "without": _figure(data["without"])})


def _label(data: dict[str, Any]) -> Label:
    return Label(**{**data, "items": tuple(data["items"])})


def _figure(data: dict[str, Any]) -> Figure:
    return Figure(**{**data, "flags": tuple(data["flags"])})


def _domain(data: dict[str, Any], order: Mapping[str, Sequence[str]]) -> Domain:
    tables = {
        name: {key: _figure(value) for key, value in _ordered(data[name], keys).items()}
        for name, keys in order.items()
    }
    rank = tuple(data["rank"]) if data["rank"] else None
    return Domain(**{**data, **tables, "index": _figure(data["index"]), "rank": rank})
