"""Public pages: what is published, for citizens and for the agencies that it is about."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext as _

from survey.errors import NotFoundError
from survey.models import Release
from survey.queries.published import paths_of, published_release, published_releases
from survey.reports import words
from survey.reports.annex import sections
from survey.reports.content import from_dict
from survey.reports.plot import caterpillar, groups

blueprint = Blueprint("published", __name__)

MAX_AGE = 300  # seconds that a proxy may keep a page; a correction is seen soon
MIME = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "zip": "application/zip",
}


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"words": words}


@blueprint.get("/")
def first_page() -> Response:
    """Everything published, newest first."""
    releases = [(release, from_dict(release.content)) for release in published_releases()]
    return _cached(render_template("published/index.html", releases=releases))


@blueprint.get("/releases/<int:year>/<slug>/")
def result(year: int, slug: str) -> Response:
    """A publication."""
    release = published_release(year, slug)
    content = from_dict(release.content)
    page = render_template(
        "published/release.html",
        release=release,
        content=content,
        sections=sections(content),
        wide=caterpillar(content, groups(content), width=960, label_width=270),
        narrow=caterpillar(content, groups(content), width=340, label_width=0),
    )
    return _cached(page)


@blueprint.get("/releases/<int:year>/<slug>/<agency>/")
def agency(year: int, slug: str, agency: str) -> Response:
    """An agency's own page: factors, criteria, account."""
    release = published_release(year, slug)
    content = from_dict(release.content)
    domain = next((d for d in content.agencies if d.key == agency), None)
    if domain is None:
        raise NotFoundError("no_such_agency", _("Công bố này không có cơ quan đó."))
    page = render_template(
        "published/agency.html",
        release=release,
        content=content,
        domain=domain,
        tier=next(t for t in content.tiers if t.key == domain.tier),
        account=next((a for a in content.accounts if a.key == agency), None),
    )
    return _cached(page)


@blueprint.get("/releases/<int:year>/<slug>.<ending>")
@blueprint.get("/releases/<int:year>/<slug>/.<ending>")
@blueprint.get("/releases/<int:year>/<slug>/result.<ending>")
def result_file(year: int, slug: str, ending: str) -> Response:
    """The publication as JSON, CSV, XLSX or PDF."""
    return _file(published_release(year, slug), f"result.{ending}")


@blueprint.get("/releases/<int:year>/<slug>/release.zip")
def archive(year: int, slug: str) -> Response:
    """Data, design and results: everything needed to recompute the figures."""
    return _file(published_release(year, slug), "release.zip")


def _file(release: Release, name: str) -> Response:
    path = next((path for path in paths_of(release) if path.name == name), None)
    if path is None or not path.exists():
        raise NotFoundError("no_such_file", _("Công bố này không có tệp đó."))
    stem, _dot, ending = name.rpartition(".")
    response = make_response(path.read_bytes())
    response.mimetype = MIME[ending]
    if ending != "json":
        filename = f"{release.year}-{release.slug}-{stem}.{ending}"
        response.headers.set("Content-Disposition", "attachment", filename=filename)
    response.set_etag(release.files[name])
    return _kept(response)


def _cached(page: str) -> Response:
    """A page whose tag is its own hash; it differs by language, which is in a cookie."""
    response = make_response(page)
    response.set_etag(hashlib.sha256(page.encode()).hexdigest()[:32])
    response.vary.add("Cookie")
    return _kept(response)


def _kept(response: Response) -> Response:
    """Browsers and proxies may keep it for a while, then ask whether it changed."""
    response.cache_control.public = True
    response.cache_control.max_age = MAX_AGE
    response.make_conditional(request)
    return response
