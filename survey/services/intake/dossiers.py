"""Importing dossiers: read in batches, written in one transaction, the same file twice changes nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import Table as SqlTable
from sqlalchemy import bindparam, insert, select, text, update

from survey.crypto import Vault
from survey.errors import InputError
from survey.extensions import db
from survey.models import Dossier, DossierChange, Procedure
from survey.services.intake.columns import ColumnMap, read_map, to_map
from survey.services.intake.contacts import ContactBook
from survey.services.intake.directory import load_directory
from survey.services.intake.records import ProcedureKey, Record, RowReader
from survey.services.intake.report import ImportReport, RowError
from survey.services.intake.tables import Table, open_table
from survey.services.office import audit
from survey.services.office.keys import current_vault

BATCH = 5_000
_DOSSIERS = cast("SqlTable", Dossier.__table__)


def import_dossiers(
    path: Path | str,
    *,
    column_map: ColumnMap | Mapping[str, Any] | Path | str | None = None,
    dry_run: bool = False,
    actor: str,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Bring the dossiers of an export in.

    A bad row is reported and left out; all others are written in one transaction, so a killed import leaves
    nothing behind. A row whose code is known with other data updates it and keeps what it overwrote.
    `progress` is called with the number of rows just dealt with.
    """
    columns = _columns(column_map)
    table = open_table(Path(path), columns.expected())
    _one_at_a_time()
    vault = current_vault()
    report = ImportReport(table.name, dry_run=dry_run)
    reader = RowReader(table.header, table.name, columns, load_directory(), vault)
    writer = _Writer(report, vault, now)
    done = 0
    with _no_cycle_search():
        for records in _batches(table, reader, report):
            writer.write(records)
            if progress is not None:
                progress(report.read - done)
            done = report.read
    if not report.read:
        db.session.rollback()
        raise InputError("empty_file", f"{table.name}: " + _("không có hàng nào sau tiêu đề"))
    if dry_run:
        db.session.rollback()
        return report
    audit.record(actor, "dossiers.import", f"file:{table.name}"[:255], now=now, details=report.counts())
    db.session.commit()
    return report


def _one_at_a_time() -> None:
    """A second import waits for the first; SQLite lets one writer in anyway. Reading and answering go on."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE dossier IN SHARE ROW EXCLUSIVE MODE"))


@contextmanager
def _no_cycle_search() -> Iterator[None]:
    """Millions of small objects and not one cycle: looking for them costs a fifth of the import."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _columns(given: ColumnMap | Mapping[str, Any] | Path | str | None) -> ColumnMap:
    if given is None or isinstance(given, ColumnMap):
        return given or ColumnMap()
    if isinstance(given, Path | str):
        return read_map(Path(given))
    try:
        return to_map(given)
    except ValueError as exc:
        raise InputError("bad_map", str(exc)) from exc


def _batches(table: Table, reader: RowReader, report: ImportReport) -> Iterator[list[Record]]:
    """Records in batches; what cannot be read, or repeats a code with other data, goes to the report."""
    seen: dict[str, int] = {}
    batch: list[Record] = []
    for number, cells in table.rows:
        report.read += 1
        try:
            record = reader.read(cells)
            if _is_first(record, number, seen, report):
                batch.append(record)
        except RowError as exc:
            if exc.code == "wrong_encoding":
                db.session.rollback()
                raise InputError(exc.code, _whole_file(table, number, exc)) from exc
            report.rejected.append(exc.at(number))
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _whole_file(table: Table, number: int, exc: RowError) -> str:
    message: str = _(
        "%(file)s: hàng %(row)s, cột %(column)s: %(reason)s (thường do TCVN3, VNI hoặc Windows-1258). "
        "Xin xuất lại tệp bằng phông Unicode.",
        file=table.name,
        row=number,
        column=exc.column,
        reason=exc.reason,
    )
    return message


def _is_first(record: Record, number: int, seen: dict[str, int], report: ImportReport) -> bool:
    # 64 bits of the row's hash above the row's number: one small integer for each dossier of a long file
    mark = int(record.row_hash[:16], 16) << 32 | number
    first = seen.setdefault(record.code, mark)
    row = first & 0xFFFF_FFFF
    if row == number:
        if record.is_odd_code:
            odd = RowError("MaHoSo", record.code, "odd_code", _("mã hồ sơ không theo mẫu đã biết"))
            report.flagged.append(odd.at(number))
        return True
    if first >> 32 != mark >> 32:
        reason = _("mã hồ sơ đã có ở hàng %(row)s với dữ liệu khác", row=row)
        raise RowError("MaHoSo", record.code, "code_twice", reason)
    report.unchanged += 1
    return False


class _Writer:
    """Writes batches: contacts and procedures first, then new and changed dossiers."""

    def __init__(self, report: ImportReport, vault: Vault, now: datetime) -> None:
        self._report = report
        self._now = now
        self._contacts = ContactBook(vault, now)
        self._procedures: dict[ProcedureKey, int] = {}

    def write(self, records: list[Record]) -> None:
        known = _known(records)
        fresh = [r for r in records if r.code not in known]
        changed = [r for r in records if r.code in known and known[r.code][1] != r.row_hash]
        self._report.unchanged += len(records) - len(fresh) - len(changed)
        self._contacts.add(record.phone for record in (*fresh, *changed))
        if fresh:
            db.session.execute(insert(_DOSSIERS), [self._values(record) for record in fresh])
        if changed:
            self._update({known[record.code][0]: self._values(record) for record in changed})
        self._report.new += len(fresh)
        self._report.changed += len(changed)

    def _values(self, record: Record) -> dict[str, Any]:
        return {
            "code": record.code,
            "agency_id": record.agency_id,
            "procedure_id": None if record.procedure is None else self._procedure_id(record.procedure),
            "channel": record.channel,
            "applicant_type": record.applicant_type,
            "status": record.status,
            "received_at": record.received_at,
            "due_at": record.due_at,
            "completed_at": record.completed_at,
            "returned_at": record.returned_at,
            "is_test": record.is_test,
            "phone_kind": record.phone.kind,
            "person_id": record.phone.person_id,
            "contact_id": self._contacts.contact_id(record.phone),
            "row_hash": record.row_hash,
            "source": self._report.file[:255],
            "imported_at": self._now,
        }

    def _procedure_id(self, key: ProcedureKey) -> int:
        if key not in self._procedures:
            procedure = db.session.scalar(select(Procedure).where(Procedure.code == key.code))
            if procedure is None:
                procedure = Procedure(code=key.code)
                db.session.add(procedure)
            for name, text in key._asdict().items():
                if text:  # a file that leaves names out does not erase those of one that has them
                    setattr(procedure, name, text)
            db.session.flush()
            self._procedures[key] = procedure.id
        return self._procedures[key]

    def _update(self, changes: dict[int, dict[str, Any]]) -> None:
        stored = db.session.execute(select(_DOSSIERS).where(_DOSSIERS.c.id.in_(changes)))
        history = [
            {
                "dossier_id": old["id"],
                "at": self._now,
                "source": self._report.file[:255],
                "before": _overwritten(old, changes[old["id"]]),
            }
            for old in map(dict, stored.mappings())
        ]
        db.session.execute(insert(DossierChange), history)
        names = [name for name in next(iter(changes.values())) if name != "code"]
        statement = (
            update(_DOSSIERS)
            .where(_DOSSIERS.c.id == bindparam("row_id"))
            .values({name: bindparam(f"new_{name}", type_=_DOSSIERS.c[name].type) for name in names})
        )
        rows = [
            {"row_id": key, **{f"new_{name}": values[name] for name in names}} for key, values in changes.items()
        ]
        db.session.execute(statement, rows)


def _known(records: list[Record]) -> dict[str, tuple[int, str]]:
    columns = _DOSSIERS.c.code, _DOSSIERS.c.id, _DOSSIERS.c.row_hash
    codes = [record.code for record in records]
    return {
        row.code: (row.id, row.row_hash)
        for row in db.session.execute(select(*columns).where(_DOSSIERS.c.code.in_(codes)))
    }


_UNTOLD = frozenset({"row_hash", "source", "imported_at", "person_id"})


def _overwritten(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that change, as they were. Of a phone only the random id of its contact is kept."""
    return {
        name: old[name].isoformat() if isinstance(old[name], datetime) else old[name]
        for name in new
        if name not in _UNTOLD and old[name] != new[name]
    }
