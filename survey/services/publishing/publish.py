"""Building, publishing and checking a release: every file is made from one content, equal bytes each time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from analysis.release import differences, members_of, pack
from analysis.release_tables import FIGURES, flat_domain
from sampling.files import read_table
from survey.errors import ConflictError
from survey.extensions import db, reading
from survey.files import instance_path, sha256_of
from survey.models import DomainLevel, EstimationRun, Release, ReleaseState, Wave, WaveState
from survey.queries import published
from survey.queries.analysis import in_order_of_content
from survey.reports import tables
from survey.reports.content import ReportContent
from survey.reports.pdf import to_pdf
from survey.reports.xlsx import to_xlsx
from survey.services.fieldwork.waves import lock, transition
from survey.services.office import audit
from survey.services.publishing import analysis_file
from survey.services.publishing.content import Assembler
from survey.services.publishing.disclosure import Hidden

ZIP = "release.zip"
RESULT = "result"  # result.json, result.csv, result.xlsx, result.pdf
RANK_SETS = ("name", "variable", "domain", "simultaneous", "flags")


def slug_of(wave: Wave) -> tuple[int, str]:
    """Year and short name in the address: wave 2026-q3 is published at /releases/2026/q3/."""
    year = wave.period_end.year
    slug = wave.code.removeprefix(f"{year}-")
    return year, "".join(c if c.isascii() and c.isalnum() else "-" for c in slug.lower()).strip("-") or "result"


def build_release(wave: Wave, *, actor: str, now: datetime) -> Release:
    """Make the files of a release from the newest estimation; an unpublished edition is built anew.

    A published edition is never touched: a correction becomes the next edition, in a folder of its own.
    """
    with reading():
        run = published.newest_run(wave)
        if run is None:
            raise ConflictError(
                "not_estimated", _("Đợt %(code)s chưa tính kết quả nên chưa lập được công bố.", code=wave.code)
            )
        year, slug = slug_of(wave)
        edition = _edition(year, slug)
        frame = analysis_file.read(wave)
        assembler = Assembler(wave, run, frame)
        content = assembler.content(year, slug, edition)
        members = _files(content, run, assembler.hidden, frame, published.receipts_of(wave))
        wave_id, run_id = wave.id, run.id
        db.session.rollback()
    relative = f"releases/{year}/{slug}" + (f"-{edition}" if edition > 1 else "")
    restricted = None if content.rows_public else content.method.analysis_sha256
    lock(db.session.get_one(Wave, wave_id))
    release = _release(wave_id, run_id, content)
    files = _write(instance_path(relative), members, restricted)
    release.built_at, release.folder, release.files, release.content = now, relative, files, content.to_dict()
    audit.record(actor, "release.build", f"release:{name_of(release)}", now=now, details={"files": files})
    db.session.commit()
    return release


def _edition(year: int, slug: str) -> int:
    newest = db.session.scalar(
        select(Release).where(Release.year == year, Release.slug == slug).order_by(Release.edition.desc()).limit(1)
    )
    if newest is None:
        return 1
    return newest.edition + (newest.state is not ReleaseState.built)


def _release(wave_id: int, run_id: int, content: ReportContent) -> Release:
    found = db.session.scalar(
        select(Release).where(
            Release.year == content.year, Release.slug == content.slug, Release.edition == content.edition
        )
    )
    if found is not None and found.state is not ReleaseState.built:  # somebody published it meanwhile
        raise ConflictError("published_meanwhile", _("Bản này vừa được công bố; xin lập lại công bố."))
    release = found or Release(year=content.year, slug=content.slug, edition=content.edition)
    release.wave_id, release.run_id = wave_id, run_id
    db.session.add(release)
    return release


def _files(
    content: ReportContent, run: EstimationRun, hidden: Hidden, frame: pd.DataFrame, receipts: list[str]
) -> dict[str, bytes]:
    """The members of the release; the report is Vietnamese whatever language the officer reads."""
    results = list(_results(run, hidden))
    with force_locale("vi"):
        return {
            f"{RESULT}.json": _json(content.to_dict()),
            f"{RESULT}.csv": tables.to_csv(content),
            f"{RESULT}.xlsx": to_xlsx(content),
            f"{RESULT}.pdf": to_pdf(content),
            "design.json": _json(run.design),
            "results.json": _json(_machine_results(run, results, hidden)),
            "estimates.csv": _estimates_csv(results),
            "data.csv": _data_csv(frame, run.design, public=content.rows_public),
            "receipts.txt": "".join(f"{receipt}\n" for receipt in receipts).encode(),
        }


def _json(value: object) -> bytes:
    """Keys sorted: jsonb gives them back in an order of its own, and bytes must not depend on the database."""
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True) + "\n").encode()


def _results(run: EstimationRun, hidden: Hidden) -> Iterator[dict[str, Any]]:
    """The rows as `analysis` gave them, those not to be shown emptied."""
    for key, figures in published.estimates_of(run).items():
        level, code = key
        for name, row in figures.items():
            known = {"name": name, "statistic": "index", "variable": row.variable}
            domain = {} if level is DomainLevel.province else {level.value: code}
            if (key, name) in hidden:
                yield {**known, "domain": domain, **dict.fromkeys(FIGURES), "flags": ["suppressed"]}
            else:
                yield {**known, "domain": domain, **{f: getattr(row, f) for f in FIGURES}, "flags": row.flags}


def _machine_results(
    run: EstimationRun, results: list[dict[str, Any]], hidden: Hidden
) -> dict[str, list[Mapping[str, Any]]]:
    """Covariances and single ranks go out only where no agency is hidden.

    A gap in the row of ranks would lie between two shown figures, and so tell the hidden one.
    """
    secret = {code for (level, code), name in hidden if level is DomainLevel.agency and name == "index"}
    ranks = [row for row in run.extra.get("rank", []) if row["domain"]["agency"] not in secret]
    if secret:
        ranks = [{name: row[name] for name in RANK_SETS} for row in ranks]
    covariance = [] if secret else run.extra.get("covariance", [])
    return {"results": list(results), "rank": ranks, "covariance": covariance}


def _estimates_csv(results: list[dict[str, Any]]) -> bytes:
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(("name", "variable", "domain", *FIGURES))
    for row in results:
        figures = ("" if row[name] is None else row[name] for name in FIGURES)
        writer.writerow((row["name"], row["variable"], flat_domain(row["domain"]), *figures))
    return sheet.getvalue().encode()


def _data_csv(frame: pd.DataFrame, design: Mapping[str, Any], *, public: bool) -> bytes:
    """The columns that the design names, in an order of their own; the header alone where rows are kept back."""
    wanted = _columns(design)
    rows = in_order_of_content(frame[[name for name in frame.columns if name in wanted]])
    text = (rows if public else rows.head(0)).to_csv(index=False, lineterminator="\n")
    return text.encode()


def _columns(design: Mapping[str, Any]) -> set[str]:
    named = {design["weights"], *design["strata"], *design["psu"], *design["fpc"]}
    for step in design["calibration"]:
        named |= {*step["by"], step["respondent"]}
    for estimate in design["estimates"]:
        named |= {item for items in estimate.get("factors", {}).values() for item in items}
        named |= {estimate[key] for key in ("item", "unit") if key in estimate}
    return named | {column for by in design["domains"] for column in by}


def _write(folder: Path, members: Mapping[str, bytes], restricted: str | None) -> dict[str, str]:
    """Write everything beside the place, then move it there: readers see the old files or the new ones."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    draft.chmod(0o755)
    for name in (f"{RESULT}.{ending}" for ending in ("json", "csv", "xlsx", "pdf")):
        (draft / name).write_bytes(members[name])
    pack(members, draft / ZIP, restricted_sha256=restricted)
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(draft.iterdir())}
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return hashes


def publish_release(release: Release, *, actor: str, now: datetime) -> Release:
    """Show a built release to everyone; its files must still be those that were built."""
    if release.state is not ReleaseState.built:
        raise ConflictError("not_built", _("Chỉ công bố được bản vừa lập và chưa từng công bố."))
    changed = next(iter(changed_files(release)), None)
    if changed is not None:
        raise ConflictError(
            "files_changed", _("Tệp %(name)s của công bố đã bị thay đổi; xin lập lại công bố.", name=changed)
        )
    release.state, release.published_at = ReleaseState.published, now
    transition(release.wave, WaveState.published)
    audit.record(
        actor, "release.publish", f"release:{name_of(release)}", now=now, details={"files": release.files}
    )
    db.session.commit()
    return release


def withdraw_release(release: Release, reason: str, *, actor: str, now: datetime) -> Release:
    """Take a published release off the public pages; its files stay, for it may be asked about."""
    if release.state is not ReleaseState.published:
        raise ConflictError("not_published", _("Chỉ rút lại được bản đang công bố."))
    release.state = ReleaseState.withdrawn
    audit.record(
        actor, "release.withdraw", f"release:{name_of(release)}", now=now, details={"reason": reason.strip()}
    )
    db.session.commit()
    return release


def changed_files(release: Release) -> Iterator[str]:
    """Files that are missing or not what was built."""
    folder = instance_path(release.folder)
    for name, digest in release.files.items():
        path = folder / name
        if not path.exists() or sha256_of(path) != digest:
            yield name


def verify(path: Path, restricted: Path | None = None) -> list[str]:
    """Recompute every figure of a release (zip, or a folder that holds it); one line for each that differs.

    Rows that a release of ours keeps back are found by their hash when they are not given.
    """
    archive = path / ZIP if (path / ZIP).exists() else path
    members = members_of(archive)
    rows = restricted or _kept_back(json.loads(members["MANIFEST.json"])["restricted"])
    beside = [] if archive == path else list(_differing_files(path, members))
    return beside + list(differences(archive, rows, read_table))


def _kept_back(wanted: Mapping[str, str] | None) -> Path | None:
    if wanted is None:
        return None
    wave = db.session.scalar(select(Wave).where(Wave.analysis_sha256 == wanted["sha256"]).limit(1))
    return None if wave is None else analysis_file.path_of(wave)


def _differing_files(folder: Path, members: Mapping[str, bytes]) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if path.name != ZIP and members.get(path.name) != path.read_bytes():
            yield f"{path.name}: is not the file that the release holds"


def name_of(release: Release) -> str:
    """YEAR/SLUG, with @EDITION from the second on: how commands name it."""
    return f"{release.year}/{release.slug}" + (f"@{release.edition}" if release.edition > 1 else "")
