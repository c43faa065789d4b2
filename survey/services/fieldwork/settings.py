"""What is chosen for a wave beside its sample: deadlines, reminders, what is published. Typed and checked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from flask_babel import gettext as _

from survey.errors import InputError

FORMULAS = (
    "t2b_mean_of_factors@1",
    "t2b_pooled@1",
    "t2b_mean_of_items@1",
    "general_item@1",
    "mean_score@1",
    "mean_of_agencies@1",
    "all_satisfied@1",
)
INTERVALS = ("t", "normal", "logit", "beta", "korn_graubard", "wilson", "arcsine")
MAX_REMINDERS = 2


@dataclass(frozen=True)
class WaveSettings:
    """Typed view of `wave.settings`; days are calendar days of Vietnam."""

    response_days: int = 14  # answers are taken so long after the invitation
    reminder_days: tuple[int, ...] = (4, 9)  # after the invitation
    retention_days: int = 90  # contacts are erased so long after the close
    invite_within_days: int = 7  # rolling: how late a finished dossier may still be drawn and invited
    minimum_answers: int = 10  # an agency with fewer is not published
    published_formula: str = "t2b_mean_of_factors@1"
    interval: str = "logit"
    target: float | None = None  # share that the office set itself, drawn as a line: 0.9
    page_mode: str = "item"  # or "section": the questions of a factor on one page
    scale_order: str = "fixed"  # or "flip": half of the people see the scales from the other end
    ask_comment: bool = True  # the last page of the form has room for words of one's own
    offer_callback: bool = True  # after a very low rating the form offers that the agency calls back
    callback_days: int = 10  # within which it has to
    call_attempts: int = 6  # an interviewer tries so often, then the case rests
    repeated_phone_limit: int = 5  # a phone on so many dossiers is reported as a service agent's
    exclude_repeated_phones: bool = False  # and keeps its dossiers out of the frame
    contactable_only: bool = False  # the frame holds only dossiers with a mobile phone; coverage is reported
    sms_text: str = "link"  # the form, a "reply" with all ratings, "both" (two parts), or one question a "step"
    sms_template: str = ""  # words of one's own with {sender} {agency} {link}; the registered ones when empty
    sms_accented: bool = False  # with diacritics a part holds 70 characters, not 160
    sms_max_parts: int = 1
    sms_spread: bool = True  # a large wave leaves evenly over the day's sending hours, not as fast as it can
    legal_basis: str = ""  # on what ground contacts are processed, as the office states it


def read_settings(raw: Mapping[str, Any]) -> WaveSettings:
    """The settings; InputError names the first that is unknown or out of range."""
    known = {field.name for field in fields(WaveSettings)}
    for name in raw:
        if name not in known:
            raise _wrong(name, _("không có thiết lập này; có: %(known)s", known=", ".join(sorted(known))))
    values: dict[str, Any] = {}
    for name, value in raw.items():
        try:
            values[name] = _READERS[name](value)
        except (TypeError, ValueError) as exc:
            raise _wrong(name, str(exc)) from exc
    return WaveSettings(**values)


def to_json(settings: WaveSettings) -> dict[str, Any]:
    """What the wave stores: every setting, also those left at their default."""
    return asdict(settings) | {"reminder_days": list(settings.reminder_days)}


def _wrong(name: str, why: str) -> InputError:
    return InputError("bad_setting", f"settings.{name}: {why}")


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(_("phải là số nguyên từ %(low)s đến %(high)s", low=low, high=high))
        return value

    return read


def _one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(_("phải là một trong: %(words)s", words=", ".join(words)))
        return str(value)

    return read


def _share(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError(_("phải lớn hơn 0 và không quá 1"))
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("phải là true hoặc false"))
    return value


def _days(value: Any) -> tuple[int, ...]:
    days = tuple(_whole(1, 365)(day) for day in value)
    if len(days) > MAX_REMINDERS or list(days) != sorted(set(days)):
        raise ValueError(_("nhiều nhất %(most)s ngày, tăng dần", most=MAX_REMINDERS))
    return days


_READERS: dict[str, Callable[[Any], Any]] = {
    "response_days": _whole(1, 365),
    "reminder_days": _days,
    "retention_days": _whole(0, 3650),
    "invite_within_days": _whole(1, 60),
    "minimum_answers": _whole(1, 10_000),
    "published_formula": _one_of(*FORMULAS),
    "interval": _one_of(*INTERVALS),
    "target": _share,
    "page_mode": _one_of("item", "section"),
    "scale_order": _one_of("fixed", "flip"),
    "ask_comment": _flag,
    "offer_callback": _flag,
    "callback_days": _whole(1, 365),
    "call_attempts": _whole(1, 50),
    "repeated_phone_limit": _whole(2, 100_000),
    "exclude_repeated_phones": _flag,
    "contactable_only": _flag,
    "sms_text": _one_of("link", "reply", "both", "step"),
    "sms_template": str,
    "sms_accented": _flag,
    "sms_max_parts": _whole(1, 6),
    "sms_spread": _flag,
    "legal_basis": str,
}
