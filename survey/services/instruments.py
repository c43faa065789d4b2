"""Questionnaire versions: brought in whole, never changed once a wave has been launched with them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select

from forms import instrument as questionnaires
from forms.model import Instrument
from survey.errors import ConflictError, InputError, NotFoundError
from survey.extensions import db
from survey.models import InstrumentVersion
from survey.services import audit


def import_instrument(path: Path | str, *, actor: str, now: datetime) -> InstrumentVersion:
    """Store the questionnaire of a file (our JSON); the same again changes nothing.

    A version that is locked, or that differs from the stored one and is in use, asks for a new version number.
    """
    instrument = read_file(Path(path))
    stored = _store(instrument, now)
    audit.record(actor, "instrument.import", f"instrument:{instrument.reference}", now=now)
    db.session.commit()
    return stored


def read_file(path: Path) -> Instrument:
    """The questionnaire in a file; InputError names what is wrong."""
    if not path.is_file():
        raise InputError("file_missing", f"{path.name}: " + _("không tìm thấy tệp"))
    try:
        return questionnaires.from_json(json.loads(path.read_bytes().decode("utf-8-sig")))
    except (UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise InputError("not_json", f"{path.name}: {exc}") from exc
    except questionnaires.InstrumentError as exc:
        raise InputError("bad_instrument", f"{path.name}: {exc}") from exc


def export_instrument(code: str, version: int, path: Path | str) -> None:
    """Write a stored version as JSON."""
    instrument = questionnaires.from_json(find(code, version).definition)
    text = json.dumps(questionnaires.to_json(instrument), ensure_ascii=False, indent=2)
    Path(path).write_text(text + "\n", encoding="utf-8")


def ensure_shipped(now: datetime) -> None:
    """Store the questionnaires of the package that are not there yet. The caller commits."""
    for code, version in questionnaires.shipped():
        _store(questionnaires.load(code, version), now)


def find(code: str, version: int) -> InstrumentVersion:
    """A stored version; NotFoundError where there is none."""
    found = _find(code, version)
    if found is None:
        raise NotFoundError(
            "no_instrument", _("không có phiếu hỏi %(code)s@%(version)s", code=code, version=version)
        )
    return found


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
