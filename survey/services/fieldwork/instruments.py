"""Questionnaire versions: brought in whole, never changed once a wave has been launched with them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from forms import instrument as questionnaires
from forms.model import Instrument
from forms.xlsform import Imported, XlsformError, read_xlsform, write_xlsform
from survey.errors import ConflictError, InputError, NotFoundError
from survey.extensions import db
from survey.files import parse_json
from survey.models import InstrumentVersion
from survey.services.office import audit

SPREADSHEETS = (".xlsx", ".xls", ".ods")


class Stored(NamedTuple):
    """A stored version, and what of its file is not used."""

    version: InstrumentVersion
    warnings: list[str]


def import_instrument(path: Path | str, *, actor: str, now: datetime) -> Stored:
    """Store the questionnaire of a file (our JSON, or an XLSForm); the same again changes nothing.

    A version that a launched wave uses is locked: other content asks for a new version number.
    """
    instrument, warnings = read_file(Path(path))
    version = _store(instrument, now)
    audit.record(actor, "instrument.import", f"instrument:{instrument.reference}", now=now)
    db.session.commit()
    return Stored(version, warnings)


def read_file(path: Path) -> Imported:
    """The questionnaire in a file; InputError names what is wrong."""
    if not path.is_file():
        raise InputError("file_missing", f"{path.name}: " + _("không tìm thấy tệp"))
    try:
        if path.suffix.lower() in SPREADSHEETS:
            return read_xlsform(path)
        return Imported(questionnaires.from_json(parse_json(path.read_bytes().decode("utf-8-sig"))), [])
    except XlsformError as exc:
        raise InputError("bad_xlsform", f"{path.name}: " + "; ".join(exc.faults)) from exc
    except questionnaires.InstrumentError as exc:
        raise InputError("bad_instrument", f"{path.name}: {exc}") from exc
    except json.JSONDecodeError as exc:
        raise InputError("not_json", f"{path.name}: line {exc.lineno}: {exc.msg}") from exc
    except UnicodeDecodeError as exc:
        raise InputError("not_json", f"{path.name}: byte {exc.start + 1}: is not UTF-8") from exc


def export_instrument(code: str, version: int, path: Path | str) -> None:
    """Write a stored or shipped version: an XLSForm when the file's name ends in .xlsx, else JSON."""
    stored, target = _find(code, version), Path(path)
    if stored is None and (code, version) not in questionnaires.shipped():
        raise _missing(code, version)
    instrument = questionnaires.from_json(stored.definition) if stored else questionnaires.load(code, version)
    if target.suffix.lower() in SPREADSHEETS:
        write_xlsform(instrument, target)
    else:
        text = json.dumps(questionnaires.to_json(instrument), ensure_ascii=False, indent=2)
        target.write_text(text + "\n", encoding="utf-8")


def ensure_shipped(now: datetime) -> None:
    """Store the questionnaires of the package that are not there yet. The caller commits."""
    for code, version in questionnaires.shipped():
        _store(questionnaires.load(code, version), now)


def find(code: str, version: int) -> InstrumentVersion:
    """A stored version; NotFoundError where there is none."""
    found = _find(code, version)
    if found is None:
        raise _missing(code, version)
    return found


def _missing(code: str, version: int) -> NotFoundError:
    return NotFoundError("no_instrument", _("không có phiếu hỏi %(code)s@%(version)s", code=code, version=version))


def lock(version: InstrumentVersion, now: datetime) -> None:
    """From now on this version cannot be replaced. The caller commits."""
    if version.locked_at is None:
        version.locked_at = now


def _find(code: str, version: int) -> InstrumentVersion | None:
    query = select(InstrumentVersion).where(InstrumentVersion.code == code, InstrumentVersion.version == version)
    found: InstrumentVersion | None = db.session.scalar(query)
    return found


def _store(instrument: Instrument, now: datetime) -> InstrumentVersion:
    digest = questionnaires.sha256(instrument)
    stored = _find(instrument.code, instrument.version)
    if stored is None:
        stored = InstrumentVersion(code=instrument.code, version=instrument.version, created_at=now)
        db.session.add(stored)
    elif stored.sha256 == digest:
        return stored
    elif stored.locked_at is not None:
        raise ConflictError(
            "instrument_locked",
            _("phiếu %(ref)s đã được dùng, không sửa được; xin tăng số phiên bản", ref=instrument.reference),
        )
    stored.sha256, stored.definition = digest, questionnaires.to_json(instrument)
    db.session.flush()
    return stored
