"""What came of waves, for the office: releases, and an agency's published figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import Agency, DomainLevel, Estimate, Release, ReleaseState, Wave
from survey.names import search_key
from survey.queries.published import agencies_by_label, newest_run


@dataclass(frozen=True)
class OwnResult:
    """What a release says of one agency: `domain` as in reports.content, suppressed figures are empty."""

    release: Release
    domain: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """The index of a domain; `enough` answers, or its figures are not shown to anybody."""

    name: str
    row: Estimate
    enough: bool


def release(number: int) -> Release:
    found = db.session.get(Release, number)
    if found is None:
        raise NotFoundError("no_release", _("Không có bản công bố này."))
    return found


def figures(wave: Wave) -> list[Result]:
    """The index by the newest estimation: the province, then tiers, then agencies by name."""
    run = newest_run(wave)
    if run is None:
        return []
    rows = db.session.scalars(select(Estimate).where(Estimate.run_id == run.id, Estimate.name == "index")).all()
    agencies = [row.domain_key for row in rows if row.domain_level is DomainLevel.agency]
    names = {label: agency.name_vi for label, agency in agencies_by_label(agencies, wave.period_end).items()}
    minimum = wave.settings.get("minimum_answers", 10)
    found = [Result(names.get(row.domain_key, row.domain_key), row, row.n >= minimum) for row in rows]
    order = list(DomainLevel)
    return sorted(found, key=lambda result: (order.index(result.row.domain_level), search_key(result.name)))


@dataclass(frozen=True)
class WithWithout:
    """The index of a domain with all answers, and without the flagged ones; `enough` as in Result, for both."""

    result: Result
    flagged: Mapping[str, int]
    without: Mapping[str, Any] | None
    enough: bool


def with_without(wave: Wave) -> list[WithWithout]:
    """What flags would change, of every domain with a flagged answer."""
    run, minimum = newest_run(wave), wave.settings.get("minimum_answers", 10)
    rows = {(row["level"], row["key"]): row for row in (run.extra.get("quality", []) if run else [])}
    found = []
    for result in figures(wave):
        row = rows.get((result.row.domain_level.value, result.row.domain_key))
        if row is not None and row["flagged"].get("any"):
            left = row["n"] - row["flagged"]["any"]
            found.append(WithWithout(result, row["flagged"], row["without"], result.enough and left >= minimum))
    return found


def newest_release(wave: Wave) -> Release | None:
    found: Release | None = db.session.scalar(
        select(Release).where(Release.wave_id == wave.id).order_by(Release.edition.desc()).limit(1)
    )
    return found


def is_estimated(wave: Wave) -> bool:
    return newest_run(wave) is not None


def is_built(wave: Wave) -> bool:
    """Whether the newest release carries the newest figures."""
    run, release = newest_run(wave), newest_release(wave)
    return run is not None and release is not None and release.run_id == run.id


def is_published(wave: Wave) -> bool:
    release = newest_release(wave)
    return is_built(wave) and release is not None and release.state is ReleaseState.published


def releases(wave_id: int | None = None) -> list[Release]:
    """Releases of one wave or of all, the newest first."""
    newest = select(Release).order_by(Release.built_at.desc(), Release.id.desc())
    return list(db.session.scalars(newest if wave_id is None else newest.where(Release.wave_id == wave_id)))


def published_of(agency: Agency | None) -> list[OwnResult]:
    """What every release that stands published says of this agency, the newest first."""
    if agency is None:
        return []
    keys = {agency.code, f"{agency.code}@{agency.valid_from}"}
    published = (
        select(Release).where(Release.state == ReleaseState.published).order_by(Release.published_at.desc())
    )
    return [
        OwnResult(release, domain)
        for release in db.session.scalars(published)
        for domain in release.content.get("agencies", [])
        if domain["key"] in keys
    ]
