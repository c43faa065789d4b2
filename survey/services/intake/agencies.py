"""Importing agencies: a tree of versions with validity dates, and which became which."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select

from survey.clock import local_day
from survey.errors import InputError
from survey.extensions import db
from survey.models import Agency, AgencyLevel, AgencySuccessor
from survey.names import name_key, nfc, search_key
from survey.services.intake.dates import read_moment
from survey.services.intake.legacy import suspect
from survey.services.intake.report import ImportReport, RowError
from survey.services.intake.tables import Cells, Table, open_table
from survey.services.office import audit

REQUIRED = ("code", "name_vi", "level")
_EMPTY = dict.fromkeys(("parent_code", "valid_from", "valid_to", "source", "successors"), "")
UNKNOWN_START = date.min
_CODE = re.compile(r"\w[\w .-]*")  # it stands in addresses, in names of strata, and in tables that Excel opens
Key = tuple[str, date]


@dataclass(frozen=True)
class AgencyRow:
    """One version of an agency as a file gives it."""

    number: int
    code: str
    name_vi: str
    level: AgencyLevel
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    source: str
    successors: tuple[str, ...]

    @property
    def key(self) -> Key:
        return self.code, self.valid_from

    def values(self) -> dict[str, object]:
        """What the table holds of it."""
        return {
            "code": self.code,
            "name_source": self.name_vi,
            "name_key": name_key(self.name_vi),
            "level": self.level,
            "parent_code": self.parent_code,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "source": self.source,
        }


def import_agencies(
    path: Path | str,
    *,
    dry_run: bool = False,
    actor: str,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Bring the agencies of a file in; the same file again changes nothing, nor does a `dry_run`.

    A row whose parent does not exist on its first day, or that overlaps another version of its code, is
    reported and left out. `successors` may name versions that the file or the database holds.
    """
    table = open_table(Path(path), frozenset(REQUIRED))
    report = ImportReport(table.name, dry_run=dry_run)
    rows = _read(table, report)
    stored = {(a.code, a.valid_from): a for a in db.session.scalars(select(Agency))}
    accepted = _accepted(rows, stored, report)
    for row in accepted:
        _store(row, stored, report)
        if progress is not None:
            progress(1)
    _show_newest_spelling(stored)
    db.session.flush()
    _link_successors(accepted, stored, report)
    if dry_run:
        db.session.rollback()
        return report
    audit.record(actor, "agencies.import", f"file:{table.name}"[:255], now=now, details=report.counts())
    db.session.commit()
    return report


def _read(table: Table, report: ImportReport) -> list[AgencyRow]:
    places = {name.casefold(): place for place, name in enumerate(table.header)}
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise InputError(
            "missing_column",
            f"{table.name}: " + _("hàng tiêu đề: thiếu cột %(columns)s", columns=", ".join(missing)),
        )
    rows = []
    for number, cells in table.rows:
        report.read += 1
        try:
            rows.append(_row(number, _EMPTY | {name: _text(cells, place) for name, place in places.items()}))
        except RowError as exc:
            report.rejected.append(exc.at(number))
    if not report.read:
        raise InputError("empty_file", f"{table.name}: " + _("không có hàng nào sau tiêu đề"))
    return rows


def _text(cells: Cells, place: int) -> str:
    cell = cells[place] if place < len(cells) else ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else nfc(str(cell))


def _row(number: int, cells: dict[str, str]) -> AgencyRow:
    name = cells["name_vi"]
    if not name:
        raise RowError("name_vi", name, "missing", _("thiếu tên cơ quan"))
    if bad := suspect(name):
        raise RowError("name_vi", name, "wrong_encoding", _("ký tự «%(bad)s» không phải chữ Việt", bad=bad))
    if cells["level"] not in set(AgencyLevel):
        raise RowError(
            "level", cells["level"], "unknown_level", _("cấp phải là province, department, district, commune")
        )
    first, last = _day(cells, "valid_from") or UNKNOWN_START, _day(cells, "valid_to")
    if last is not None and last < first:
        raise RowError(
            "valid_to", cells["valid_to"], "dates_out_of_order", _("ngày hết hiệu lực trước ngày có hiệu lực")
        )
    parent = cells["parent_code"] or None
    code = cells["code"] or slug_code(name, parent)
    if len(code) > 64:
        raise RowError("code", code, "too_long", _("mã dài quá 64 ký tự"))
    if not _CODE.fullmatch(code):
        raise RowError("code", code, "bad_code", _("mã chỉ gồm chữ, số, dấu chấm, dấu cách và gạch nối"))
    successors = tuple(part.strip() for part in cells["successors"].split(";") if part.strip())
    return AgencyRow(
        number,
        code,
        name,
        AgencyLevel(cells["level"]),
        parent,
        first,
        last,
        cells["source"][:1000],
        successors,
    )


def _day(cells: dict[str, str], column: str) -> date | None:
    if not cells[column]:
        return None
    try:
        return local_day(read_moment(cells[column]).at)
    except ValueError as exc:
        raise RowError(column, cells[column], "bad_date", _("không phải ngày")) from exc


def slug_code(name: str, parent: str | None) -> str:
    """A code of our own where the official one is not known; made of the name, so always the same.

    >>> slug_code("Sở Nội vụ", "H57")
    'H57.so-noi-vu'
    """
    slug = re.sub(r"[^a-z0-9]+", "-", search_key(name)).strip("-")
    return f"{parent}.{slug}"[:64] if parent else slug[:64]


def _accepted(rows: list[AgencyRow], stored: dict[Key, Agency], report: ImportReport) -> list[AgencyRow]:
    """Rows that fit into the tree made of the file and the database together."""
    by_key: dict[Key, AgencyRow] = {}
    for row in rows:
        if row.key in by_key:
            _reject(
                report,
                row,
                "code",
                row.code,
                "code_twice",
                _("mã và ngày hiệu lực đã có ở hàng %(row)s", row=by_key[row.key].number),
            )
        else:
            by_key[row.key] = row
    spans = _spans(by_key, stored)
    accepted = []
    for row in by_key.values():
        if row.key in spans.overlapping:
            reason = _("trùng thời gian hiệu lực với bản trước của cùng mã")
            _reject(report, row, "valid_from", row.valid_from, "overlap", reason)
        elif row.parent_code and not spans.exists(row.parent_code, row.valid_from):
            reason = _("cơ quan cấp trên không tồn tại vào ngày %(day)s", day=row.valid_from.isoformat())
            _reject(report, row, "parent_code", row.parent_code, "no_parent", reason)
        else:
            accepted.append(row)
    return accepted


@dataclass(frozen=True)
class _Spans:
    """Validity of every version of a code, and the versions that begin before the one before them ended."""

    by_code: Mapping[str, list[tuple[date, date]]]
    overlapping: frozenset[Key]

    def exists(self, code: str, day: date) -> bool:
        return any(first <= day <= last for first, last in self.by_code.get(code, ()))


def _spans(rows: Mapping[Key, AgencyRow], stored: Mapping[Key, Agency]) -> _Spans:
    ends = {key: agency.valid_to for key, agency in stored.items()} | {k: row.valid_to for k, row in rows.items()}
    by_code: dict[str, list[tuple[date, date]]] = {}
    overlapping = set()
    for code, first in sorted(ends):
        known = by_code.setdefault(code, [])
        if known and first <= known[-1][1]:
            overlapping.add((code, first))
        else:
            known.append((first, ends[code, first] or date.max))
    return _Spans(by_code, frozenset(overlapping))


def _reject(report: ImportReport, row: AgencyRow, column: str, value: object, code: str, reason: str) -> None:
    report.rejected.append(RowError(column, value, code, reason).at(row.number))


def _store(row: AgencyRow, stored: dict[Key, Agency], report: ImportReport) -> None:
    values, known = row.values(), stored.get(row.key)
    if known is None:
        stored[row.key] = Agency(**values, name_vi=row.name_vi)
        db.session.add(stored[row.key])
        report.new += 1
    elif any(getattr(known, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(known, name, value)
        report.changed += 1
    else:
        report.unchanged += 1


def _show_newest_spelling(stored: Mapping[Key, Agency]) -> None:
    """Versions of a code whose names differ in spelling only are all shown as the newest of them writes it."""
    newer: Agency | None = None
    for key in sorted(stored, reverse=True):
        agency, written = stored[key], stored[key].name_source or stored[key].name_vi
        same_code = newer is not None and newer.code == agency.code
        shown = newer.name_vi if newer is not None and same_code else written
        agency.name_vi = shown if _bare(shown) == _bare(written) else written
        newer = agency


def _bare(name: str) -> str:
    """Without marks, i for y: two names of one code that agree in this are one name, spelt twice."""
    return search_key(name).replace("y", "i")


def _link_successors(rows: list[AgencyRow], stored: dict[Key, Agency], report: ImportReport) -> None:
    linked = {(s.predecessor_id, s.successor_id) for s in db.session.scalars(select(AgencySuccessor))}
    for row in rows:
        for reference in row.successors:
            successor = _successor(reference, row, stored)
            if successor is None:
                error = RowError("successors", reference, "no_successor", _("không tìm thấy cơ quan kế tiếp"))
                report.flagged.append(error.at(row.number))
                continue
            pair = stored[row.key].id, successor.id
            if pair not in linked:
                linked.add(pair)
                db.session.add(AgencySuccessor(predecessor_id=pair[0], successor_id=pair[1]))


def _successor(reference: str, row: AgencyRow, stored: dict[Key, Agency]) -> Agency | None:
    """`code`, valid on the day after the predecessor's last; or `code@yyyy-mm-dd`, that version."""
    code, _at, start = reference.partition("@")
    after = row.valid_to + timedelta(days=1) if row.valid_to else None
    for version in _versions(code, stored):
        if version is stored[row.key]:
            continue
        if start and version.valid_from.isoformat() == start:
            return version
        if not start and after and version.valid_from <= after <= (version.valid_to or date.max):
            return version
    return None


def _versions(code: str, stored: dict[Key, Agency]) -> Iterator[Agency]:
    return (version for key, version in stored.items() if key[0] == code)
