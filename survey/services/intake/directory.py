"""Which agency a dossier names, by code or by name, on the dossier's day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from survey.extensions import db
from survey.models import Agency, AgencyLevel
from survey.names import name_key, spelling_key
from survey.services.intake.report import RowError

_COMMITTEE = re.compile(rf"^(?:{spelling_key('Ủy ban nhân dân')}|ubnd)\s+")
_OLD_ORDER = re.compile(r"^(\d{3})\.(\d{2})\.(\d{2})\.([A-Z]\d{2})$")


@dataclass(frozen=True)
class Entry:
    """What is needed of an agency version to find it."""

    id: int
    code: str
    level: AgencyLevel
    first: date
    last: date

    def is_valid(self, day: date) -> bool:
        return self.first <= day <= self.last


class AgencyDirectory:
    """All agency versions, looked up by code, by full name, then by name as any decree may spell it, without
    "Ủy ban nhân dân"."""

    def __init__(self, agencies: Iterable[Agency]) -> None:
        self._indexes: tuple[dict[str, list[Entry]], ...] = ({}, {}, {})
        self._named: dict[tuple[str, str], list[list[Entry]]] = {}
        for agency in agencies:
            entry = Entry(agency.id, agency.code, agency.level, agency.valid_from, agency.valid_to or date.max)
            for name in {agency.name_vi, agency.name_source or agency.name_vi}:
                self._add(entry, _keys(agency.code, name))

    def _add(self, entry: Entry, keys: tuple[str, str, str]) -> None:
        for index, key in zip(self._indexes, keys, strict=True):
            known = index.setdefault(key, [])
            if entry not in known:
                known.append(entry)

    def find(self, text: str, received: date, completed: date, level: str = "") -> Entry:
        """The agency that `text` names on the day of receipt, else on that of completion.

        A dossier received before a merger may already carry the name of the unit that finished it.

        Raises
        ------
        RowError
            If there is none, or more than one.
        """
        groups = self._named.get((text, level))
        if groups is None:
            groups = self._named[text, level] = self._groups(text, level)
        for entries in groups:
            for day in (received, completed):
                valid = [entry for entry in entries if entry.is_valid(day)]
                if len(valid) == 1:
                    return valid[0]
                if valid:
                    raise _ambiguous(text, valid)
        if groups:
            reason = _("cơ quan không tồn tại vào ngày %(day)s", day=received.isoformat())
            raise RowError("DonViXuLy", text, "agency_not_valid", reason)
        raise RowError("DonViXuLy", text, "unknown_agency", _("không có cơ quan này trong danh mục"))

    def _groups(self, text: str, level: str) -> list[list[Entry]]:
        """Versions that the text may mean, the surest way of naming first."""
        keys = zip(self._indexes, _keys(text, text), strict=True)
        groups = [[e for e in index.get(key, ()) if not level or e.level == level] for index, key in keys]
        return [entries for entries in groups if entries]


def _ambiguous(text: str, entries: list[Entry]) -> RowError:
    codes = ", ".join(sorted(entry.code for entry in entries))
    reason = _("tên này là của nhiều cơ quan: %(codes)s", codes=codes)
    return RowError("DonViXuLy", text, "ambiguous_agency", reason)


def _keys(text: str, name: str) -> tuple[str, str, str]:
    return _official_order(text).casefold(), name_key(name), _COMMITTEE.sub("", spelling_key(name))


def _official_order(code: str) -> str:
    """A unit code in the order of before 2020 (`000.00.16.H57`) in today's order (`H57.16`)."""
    found = _OLD_ORDER.match(code)
    if found is None:
        return code
    fourth, third, second, first = found.groups()
    parts = [first, second, third, fourth]
    while len(parts) > 1 and not int(parts[-1]):
        parts.pop()
    return ".".join(parts)


def load_directory() -> AgencyDirectory:
    """The directory of this database."""
    return AgencyDirectory(db.session.scalars(select(Agency)))
