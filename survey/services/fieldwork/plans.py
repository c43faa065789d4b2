"""PLAN.json of `wave create`: read and checked whole before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from sampling.errors import SamplingError
from sampling.plan import Plan, load_plan
from sampling.rolling import RollingPlan
from survey.errors import InputError
from survey.models import WaveKind
from survey.queries.frames import FRAME_COLUMNS
from survey.services.fieldwork.settings import WaveSettings, read_settings

KEYS = ("code", "title", "kind", "period", "eligible_status", "instrument", "sample", "settings", "synthetic")
ROLLING_KEYS = ("id", "fraction", "strata", "invite_within_days", "person")
ID, PERSON = "dossier_code", {"key": "person_id", "rule": "one_dossier"}
_CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
HISTORY_OF_OURS = "waves"  # stands for the files that our own earlier draws left


@dataclass(frozen=True)
class WavePlan:
    """Everything that a new wave is made of. `sample` is what is stored as wave.plan."""

    code: str
    title_vi: str
    title_en: str
    kind: WaveKind
    period: tuple[date, date]
    eligible_status: int
    instrument: tuple[str, int]
    sample: dict[str, Any]
    settings: WaveSettings
    synthetic: bool


def read_plan(raw: Any) -> WavePlan:
    """The plan; InputError names the first key that is missing, unknown or wrong."""
    if not isinstance(raw, Mapping):
        raise _wrong("plan", _("cần một đối tượng JSON"))
    for key in raw:
        if key not in KEYS:
            raise _wrong(str(key), _("không rõ mục này; có: %(known)s", known=", ".join(KEYS)))
    kind = _kind(raw.get("kind", "one_off"))
    title_vi, title_en = _title(raw.get("title"))
    settings, sample = dict(raw.get("settings") or {}), raw.get("sample")
    if not isinstance(sample, Mapping):
        raise _wrong("sample", _("thiếu phương án chọn mẫu"))
    if kind is WaveKind.rolling and "invite_within_days" in sample:
        settings["invite_within_days"] = sample["invite_within_days"]
    return WavePlan(
        code=_code(raw.get("code")),
        title_vi=title_vi,
        title_en=title_en,
        kind=kind,
        period=_period(raw.get("period")),
        eligible_status=_eligible_status(raw.get("eligible_status")),
        instrument=reference(raw.get("instrument")),
        sample=_rolling(sample) if kind is WaveKind.rolling else _one_off(sample),
        settings=read_settings(settings),
        synthetic=raw.get("synthetic") is True,
    )


def one_off_plan(stored: Mapping[str, Any]) -> Plan:
    """The plan that `sampling.draw` takes."""
    return load_plan(dict(stored))


def rolling_plan(stored: Mapping[str, Any]) -> RollingPlan:
    """The plan that `sampling.rolling` takes."""
    return RollingPlan(stored["id"], tuple(stored["strata"]), stored["fraction"], stored["person"]["key"])


def reference(text: Any) -> tuple[str, int]:
    """`code@version` of a questionnaire."""
    code, _at, version = str(text or "").rpartition("@")
    if not code or not version.isdecimal():
        raise _wrong("instrument", _("cần dạng mã@phiên_bản, ví dụ motcua_ngan@1"))
    return code, int(version)


def _wrong(key: str, why: str) -> InputError:
    return InputError("bad_plan", f"{key}: {why}")


def _code(value: Any) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise _wrong("code", _("chỉ gồm chữ thường không dấu, số, dấu chấm, gạch; nhiều nhất 63 ký tự"))
    return value


def _title(value: Any) -> tuple[str, str]:
    titles = {"vi": value} if isinstance(value, str) else value
    if not isinstance(titles, Mapping) or not titles.get("vi"):
        raise _wrong("title", _("thiếu tên tiếng Việt"))
    return str(titles["vi"])[:255], str(titles.get("en", ""))[:255]


def _kind(value: Any) -> WaveKind:
    try:
        return WaveKind(value)
    except ValueError as exc:
        raise _wrong("kind", _("phải là one_off hoặc rolling")) from exc


def _period(value: Any) -> tuple[date, date]:
    try:
        first, last = (date.fromisoformat(day) for day in value)
    except (TypeError, ValueError) as exc:
        raise _wrong("period", _("cần hai ngày dạng yyyy-mm-dd")) from exc
    if last < first:
        raise _wrong("period", _("ngày cuối trước ngày đầu"))
    return first, last


def _eligible_status(value: Any) -> int:
    if value not in (9, 10):
        raise _wrong(
            "eligible_status",
            _("phải ghi rõ 9 (đã xử lý xong, theo ngày kết thúc xử lý) hoặc 10 (đã trả kết quả, theo ngày trả)"),
        )
    return int(value)


def _one_off(sample: Mapping[str, Any]) -> dict[str, Any]:
    stored = {"id": ID, "person": PERSON, **sample}
    if stored["id"] != ID or stored["person"] != PERSON:
        raise _wrong("sample.person", _("mỗi người chỉ được hỏi một lần trong đợt; không đổi được quy tắc này"))
    if isinstance(rule := stored.get("coordinate"), Mapping):
        ours = {"history": HISTORY_OF_OURS} if rule.get("mode") == "history" else {}
        stored["coordinate"] = {"key": PERSON["key"], **rule, **ours}
    try:
        plan = load_plan(stored)
    except SamplingError as exc:
        raise _wrong(f"sample.{exc.where}", exc.what) from exc
    if plan.coordinate and plan.coordinate.key != PERSON["key"]:
        raise _wrong("sample.coordinate.key", _("các đợt phối hợp theo người: person_id"))
    used = [*plan.strata, *(stage.unit for stage in plan.stages)]
    used += [column for stage in plan.stages for column in (*stage.order, *stage.balance)]
    _check_columns(used)
    return stored


def _rolling(sample: Mapping[str, Any]) -> dict[str, Any]:
    for key in sample:
        if key not in ROLLING_KEYS:
            raise _wrong(f"sample.{key}", _("không dùng cho đợt cuốn chiếu"))
    strata, fraction = sample.get("strata", []), sample.get("fraction")
    if not isinstance(strata, list):
        raise _wrong("sample.strata", _("cần một danh sách cột"))
    _check_columns(strata)
    shares = list(fraction.values()) if isinstance(fraction, Mapping) else [fraction]
    if not shares or not all(_is_share(share) for share in shares):
        raise _wrong("sample.fraction", _("phải lớn hơn 0 và không quá 1"))
    return {"id": ID, "strata": strata, "fraction": fraction, "person": PERSON}


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _check_columns(names: list[str]) -> None:
    for name in names:
        if name not in FRAME_COLUMNS:
            raise _wrong(
                "sample",
                _("khung mẫu không có cột %(name)s; có: %(known)s", name=name, known=", ".join(FRAME_COLUMNS)),
            )
