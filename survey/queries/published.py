"""What publications are read from, and the publications themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import func, select

from survey.errors import NotFoundError
from survey.extensions import db
from survey.files import instance_path
from survey.models import (
    Agency,
    DomainLevel,
    Estimate,
    EstimationRun,
    FrameSnapshot,
    Release,
    ReleaseState,
    Response,
    ResponseState,
    Wave,
)

Key = tuple[DomainLevel, str]


def newest_run(wave: Wave) -> EstimationRun | None:
    """The last estimation of the wave's analysis file."""
    found: EstimationRun | None = db.session.scalar(
        select(EstimationRun)
        .where(EstimationRun.wave_id == wave.id, EstimationRun.analysis_sha256 == wave.analysis_sha256)
        .order_by(EstimationRun.id.desc())
        .limit(1)
    )
    return found


def estimates_of(run: EstimationRun) -> dict[Key, dict[str, Estimate]]:
    """The figures of a run: domain → name of the estimate → row."""
    table: dict[Key, dict[str, Estimate]] = {}
    for row in db.session.scalars(select(Estimate).where(Estimate.run_id == run.id).order_by(Estimate.id)):
        table.setdefault((row.domain_level, row.domain_key), {})[row.name] = row
    return table


def frames_of(wave: Wave) -> Sequence[FrameSnapshot]:
    """The frozen frames, by day."""
    return db.session.scalars(
        select(FrameSnapshot).where(FrameSnapshot.wave_id == wave.id).order_by(FrameSnapshot.day)
    ).all()


def receipts_of(wave: Wave) -> list[str]:
    """Hashes of the receipts that citizens hold, sorted: each can see that the answer was counted."""
    query = select(Response.receipt_sha256).where(
        Response.wave_id == wave.id,
        Response.state == ResponseState.submitted,
        Response.invitation_id.is_not(None),
        Response.receipt_sha256.is_not(None),
    )
    return sorted(value for value in db.session.scalars(query) if value)


def agencies_by_label(labels: Sequence[str], day: date) -> dict[str, Agency]:
    """The agencies that the analysis file names by `code` or `code@valid_from`; the version valid on `day`."""
    codes = {label.partition("@")[0] for label in labels}
    found: dict[str, Agency] = {}
    for agency in db.session.scalars(select(Agency).where(Agency.code.in_(codes)).order_by(Agency.valid_from)):
        found[f"{agency.code}@{agency.valid_from}"] = agency
        if agency.code not in found or agency.valid_from <= day:
            found[agency.code] = agency
    return {label: found[label] for label in labels}


def published_releases() -> list[Release]:
    """The newest edition of each publication, newest first; what was withdrawn brings no older edition back."""
    newest = (
        select(Release.year, Release.slug, func.max(Release.edition).label("edition"))
        .where(Release.state != ReleaseState.built)
        .group_by(Release.year, Release.slug)
        .subquery()
    )
    same = (
        (Release.year == newest.c.year) & (Release.slug == newest.c.slug) & (Release.edition == newest.c.edition)
    )
    query = select(Release).join(newest, same).where(Release.state == ReleaseState.published)
    return list(db.session.scalars(query.order_by(Release.year.desc(), Release.slug.desc())))


def published_release(year: int, slug: str) -> Release:
    """The newest edition of a publication; not found when there is none, or when it was withdrawn."""
    found = db.session.scalar(
        select(Release)
        .where(Release.year == year, Release.slug == slug, Release.state != ReleaseState.built)
        .order_by(Release.edition.desc())
        .limit(1)
    )
    if found is None:
        raise NotFoundError("no_such_release", _("Không có công bố này."))
    if found.state is ReleaseState.withdrawn:
        raise NotFoundError("release_withdrawn", _("Công bố này đã được rút lại."))
    return found


def release_by_name(name: str) -> Release:
    """A release as a command names it: YEAR/SLUG or YEAR/SLUG@EDITION; the newest edition by default."""
    path, _at, edition = name.partition("@")
    year, _slash, slug = path.strip("/").partition("/")
    query = select(Release).where(Release.slug == slug).order_by(Release.edition.desc()).limit(1)
    if edition:
        query = query.where(Release.edition == (int(edition) if edition.isdecimal() else -1))
    found = db.session.scalar(query.where(Release.year == (int(year) if year.isdecimal() else -1)))
    if found is None:
        raise NotFoundError("no_such_release", _("Không có công bố %(name)s; xin ghi dạng 2026/q3.", name=name))
    return found


def paths_of(release: Release) -> list[Path]:
    """The files of a release."""
    folder = instance_path(release.folder)
    return [folder / name for name in sorted(release.files)]
