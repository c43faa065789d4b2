"""One row of an export as a dossier record, or the reason why not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from flask_babel import gettext as _

from forms.phone import normalise
from survey.clock import local_day
from survey.crypto import Vault
from survey.models import ApplicantType, Channel, PhoneKind
from survey.names import nfc, search_key
from survey.services.intake.columns import FIELDS, ColumnMap
from survey.services.intake.dates import Moment, read_moment
from survey.services.intake.directory import AgencyDirectory, Entry
from survey.services.intake.legacy import suspect
from survey.services.intake.report import RowError
from survey.services.intake.tables import Cells

T = TypeVar("T")
CODE_SHAPE = re.compile(r"(?:\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{1,3}){0,4})-\d{6}-\d{4,6}")
CHANNELS = {"1": Channel.in_person, "2": Channel.online, "3": Channel.postal}
APPLICANTS = {
    "": ApplicantType.citizen,
    "0": ApplicantType.citizen,
    "1": ApplicantType.business,
    "2": ApplicantType.household,
}
_TEST_NOTE = re.compile(r"(ho so )?(test|thu nghiem)\b")
_YES = {"1", "true", "x", "co", "yes"}
_NO = {"", "0", "false", "khong", "no"}
_CONTACTABLE = {"mobile": PhoneKind.mobile, "landline": PhoneKind.landline, "missing": PhoneKind.missing}


class ProcedureKey(NamedTuple):
    """A procedure and its field, as the row names them."""

    code: str
    name_vi: str
    field_code: str
    field_name: str


class PhoneFacts(NamedTuple):
    """What a dossier keeps of a phone. `e164` only where a contact is stored for it."""

    kind: PhoneKind
    person_id: str
    e164: str | None = None
    phone_hash: bytes = b""
    carrier: str = ""
    converted: bool = False


@dataclass(slots=True)
class Record:
    """A row that can be stored. `row_hash` covers every field, the phone through its keyed hash only."""

    code: str
    agency_id: int
    procedure: ProcedureKey | None
    channel: Channel
    applicant_type: ApplicantType
    status: int
    received_at: datetime
    due_at: datetime | None
    completed_at: datetime | None
    returned_at: datetime | None
    is_test: bool
    phone: PhoneFacts
    row_hash: str = ""

    @property
    def is_odd_code(self) -> bool:
        return CODE_SHAPE.fullmatch(self.code) is None


class RowReader:
    """Reads the rows of one file; remembers what repeats from row to row."""

    def __init__(
        self, header: tuple[str, ...], file: str, columns: ColumnMap, directory: AgencyDirectory, vault: Vault
    ) -> None:
        positions = columns.positions(header, file)
        self._header = [name.casefold() for name in header]
        self._width = 1 + max(positions.values())
        self._places = [positions.get(name) for name in FIELDS]
        self._defaults = [str(columns.defaults.get(name, "")) for name in FIELDS]
        self._columns = columns
        self._directory = directory
        self._vault = vault
        self._coded_cells: dict[tuple[str, Any], Any] = {}
        self._agency_names: dict[Any, str] = {}
        self._procedures: dict[tuple[Any, ...], ProcedureKey | None] = {}

    def read(self, cells: Cells) -> Record:
        """The record of a row; RowError where it cannot be one."""
        self._check_shape(cells)
        raw = [
            default if place is None else cells[place]
            for place, default in zip(self._places, self._defaults, strict=True)
        ]
        row = dict(zip(FIELDS, raw, strict=True))
        code = _text(row["MaHoSo"])
        if not code or len(code) > 64:
            raise RowError("MaHoSo", code, "bad_code", _("mã hồ sơ trống hoặc dài quá 64 ký tự"))
        received, due, completed, returned = self._moments(row)
        agency = self._agency(row, code, local_day(received), local_day(completed or returned or received))
        record = Record(
            code=code,
            agency_id=agency.id,
            procedure=self._procedure(row),
            channel=self._coded(row, "KenhThucHien", CHANNELS.get),
            applicant_type=self._coded(row, "LoaiDoiTuong", APPLICANTS.get),
            status=self._coded(row, "TrangThaiHoSo", _status),
            received_at=received,
            due_at=due,
            completed_at=completed,
            returned_at=returned,
            is_test=self._coded(row, "HoSoThuNghiem", _yes_no) or _is_test_note(row["GhiChu"]),
            phone=self._phone(row["SoDienThoai"], code),
        )
        record.row_hash = _row_hash(record)
        return record

    def _check_shape(self, cells: Cells) -> None:
        if not self._width <= len(cells) <= len(self._header):
            raise RowError(
                "",
                len(cells),
                "wrong_number_of_cells",
                _("hàng có %(cells)s ô, tiêu đề có %(columns)s", cells=len(cells), columns=len(self._header)),
            )
        first = self._places[0] or 0
        if str(cells[first]).strip().casefold() == self._header[first]:
            raise RowError("", cells[first], "header_again", _("hàng tiêu đề lặp lại"))

    def _coded(self, row: Mapping[str, Any], name: str, known: Callable[[str], T | None]) -> T:
        cell = name, row[name]
        found: T | None = self._coded_cells.get(cell)
        if found is None:
            text = _text(row[name])
            found = known(self._columns.translate(name, text))
            if found is None:
                raise RowError(name, text, "out_of_range", _("giá trị ngoài danh mục"))
            self._coded_cells[cell] = found
        return found

    def _moments(
        self, row: Mapping[str, Any]
    ) -> tuple[datetime, datetime | None, datetime | None, datetime | None]:
        received = _moment(row, "NgayTiepNhan")
        if received is None:
            raise RowError("NgayTiepNhan", "", "missing", _("thiếu ngày tiếp nhận"))
        due = _moment(row, "NgayHenTra")
        ends = []
        for name in ("NgayKetThucXuLy", "NgayTra"):
            moment = _moment(row, name)
            end = None if moment is None else moment.not_before(received.at)
            if end is not None and end < received.at:
                raise RowError(name, row[name], "before_received", _("trước ngày tiếp nhận"))
            ends.append(end)
        return received.at, due.end_of_day() if due else None, ends[0], ends[1]

    def _agency(self, row: Mapping[str, Any], code: str, received: date, completed: date) -> Entry:
        name = self._agency_names.get(row["DonViXuLy"])
        if name is None:
            name = self._agency_names[row["DonViXuLy"]] = _vietnamese("DonViXuLy", row["DonViXuLy"])
        level = self._coded(row, "CapDonVi", str) if row["CapDonVi"] else ""
        return self._directory.find(name or code.partition("-")[0], received, completed, level)

    def _procedure(self, row: Mapping[str, Any]) -> ProcedureKey | None:
        cells = row["MaTTHC"], row["TenTTHC"], row["MaLinhVuc"], row["TenLinhVuc"]
        if cells not in self._procedures:
            code, field_code = _text(cells[0]), _text(cells[2])
            name, field_name = _vietnamese("TenTTHC", cells[1]), _vietnamese("TenLinhVuc", cells[3])
            key = ProcedureKey(code[:64], name[:1000], field_code[:64], field_name[:255])
            self._procedures[cells] = key if code else None
        return self._procedures[cells]

    def _phone(self, raw: Any, code: str) -> PhoneFacts:
        phone = normalise(raw)
        kind = _CONTACTABLE.get(phone.kind, PhoneKind.invalid)
        person = self._vault.person_id(phone.e164 or f"dossier:{code}")
        if phone.e164 is None or kind is PhoneKind.invalid:
            return PhoneFacts(kind, person)
        return PhoneFacts(
            kind, person, phone.e164, self._vault.phone_hash(phone.e164), phone.carrier, phone.converted
        )


def _text(cell: Any) -> str:
    if type(cell) is str:
        return cell if cell.isascii() and cell == cell.strip() else nfc(cell)
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return nfc(str(cell))


def _vietnamese(name: str, cell: Any) -> str:
    text = _text(cell)
    if bad := suspect(text):
        raise RowError(name, text, "wrong_encoding", _("ký tự «%(bad)s» không phải chữ Việt", bad=bad))
    return text


def _moment(row: Mapping[str, Any], name: str) -> Moment | None:
    cell = row[name]
    if cell is None or cell == "":
        return None
    try:
        return read_moment(cell)
    except (ValueError, OverflowError) as exc:
        raise RowError(name, cell, "bad_date", _("không phải ngày giờ hợp lệ")) from exc


def _status(text: str) -> int | None:
    return int(text) if text.isdecimal() and 1 <= int(text) <= 10 else None


def _yes_no(text: str) -> bool | None:
    word = search_key(text)
    return True if word in _YES else False if word in _NO else None


def _is_test_note(note: Any) -> bool:
    return bool(note) and _TEST_NOTE.match(search_key(str(note))) is not None


def _row_hash(record: Record) -> str:
    fields = (
        record.agency_id,
        record.procedure,
        record.channel.value,
        record.applicant_type.value,
        record.status,
        record.received_at,
        record.due_at,
        record.completed_at,
        record.returned_at,
        record.is_test,
        record.phone.kind.value,
        record.phone.person_id,
    )
    return hashlib.blake2b(repr(fields).encode(), digest_size=16).hexdigest()
