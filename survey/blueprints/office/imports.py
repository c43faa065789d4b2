"""Uploading agencies and dossiers: first a look at what would happen, then the same file for good."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import current_app, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from survey import clock
from survey.blueprints.office.access import allowed, blueprint, told
from survey.errors import InputError
from survey.names import nfc
from survey.services import intake
from survey.services.intake import ImportReport
from survey.services.office.permissions import Action

SHOWN = 60  # letters of a file's name, which reports and the log repeat; a file system takes 255 bytes
ENDINGS = {".csv", ".xlsx", ".json"}


@blueprint.route("/agencies/import", methods=["GET", "POST"])
@allowed(Action.agencies_import)
def import_agencies() -> Any:
    return _page("agencies", intake.import_agencies)


@blueprint.route("/dossiers/import", methods=["GET", "POST"])
@allowed(Action.dossiers_import)
def import_dossiers() -> Any:
    return _page("dossiers", intake.import_dossiers)


def _page(noun: str, read: Callable[..., ImportReport]) -> Any:
    report, seen = None, ""
    if request.method == "POST":
        with told():
            report, seen = _import(read)
    return render_template("office/import.html", noun=noun, report=report, seen=seen)


def _import(read: Callable[..., ImportReport]) -> tuple[ImportReport, str]:
    """The report, and the hash of a file that was only looked at: importing wants that same file again.

    The file is not kept between the two: it holds phones in the clear.
    """
    upload = request.files.get("file")
    ending = Path(upload.filename or "").suffix.lower() if upload else ""
    if upload is None or ending not in ENDINGS:
        raise InputError("no_file", _("Xin chọn một tệp .csv, .xlsx hoặc .json."))
    with tempfile.TemporaryDirectory(dir=current_app.config["THUOCDO_INSTANCE"]) as folder:
        path = Path(folder) / _name(upload)
        digest = _save(upload, path)
        preview = request.form.get("mode") != "import"
        if not preview and digest != request.form.get("seen"):
            raise InputError("other_file", _("Tệp này khác tệp đã xem trước. Xin xem trước lại."))
        report = read(path, dry_run=preview, actor=current_user.email, now=clock.now())
    return report, digest if preview else ""


def _name(upload: FileStorage) -> str:
    """What the officer calls the file, without what a file system might understand otherwise."""
    return re.sub(r"[^\w .()-]", "_", nfc(upload.filename or ""))[-SHOWN:]


def _save(upload: FileStorage, path: Path) -> str:
    upload.save(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
