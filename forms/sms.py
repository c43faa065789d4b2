"""Text messages to citizens: rendered whole, counted, never cut. What comes back is read by parse_reply."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from forms.messages import MESSAGES
from forms.model import Instrument, Item, words
from forms.sms_reply import Mode, Reply, Verdict, parse_reply
from forms.sms_text import segments, unaccent
from forms.sms_words import says_yes

__all__ = [
    "Mode",
    "Reply",
    "SmsError",
    "Verdict",
    "parse_reply",
    "render",
    "render_invitation",
    "render_one_message",
    "render_reminder",
    "render_reply",
    "render_step",
    "says_yes",
]

# Mixed on purpose: an example of all fives would prime the answer.
_EXAMPLE = (2, 4, 1, 3, 0, 3)
_FIELD = re.compile(r"\{(\w+)\}")
_LINK_GLUED = re.compile(r"\{link\}[^ ]")
# Official names in the order in which officers shorten them; tried one after another until the text fits.
_ABBREVIATIONS = (
    ("Ủy ban nhân dân", "UBND"),
    ("Uỷ ban nhân dân", "UBND"),
    ("Trung tâm Phục vụ hành chính công", "TT PVHCC"),
    ("thành phố", "TP"),
    ("phường", "P."),
    ("thị trấn", "TT."),
    ("thị xã", "TX."),
    ("xã", "X."),
    ("quận", "Q."),
    ("huyện", "H."),
    ("tỉnh", "T."),
    ("Trung tâm", "TT"),
    ("Văn phòng", "VP"),
    ("Chi nhánh", "CN"),
)
_DEPARTMENT = re.compile(
    r"(?P<kind>Sở|Ban|Cục|Chi cục|Thanh tra) (?P<field>.+?)(?P<place> (?:TP|T\.)(?: \S.*)?)?", re.IGNORECASE
)


class SmsError(ValueError):
    """A text that cannot be sent as it stands; nothing was cut."""


def render(template: str, values: Mapping[str, str | int], *, accented: bool = False, max_parts: int = 1) -> str:
    """Fill a template and make it sendable: NFC, no accents unless asked for, at most `max_parts`.

    The agency's name is shortened by rule until the text fits. Raises SmsError when it cannot fit, when a
    placeholder has no value, when a link is not followed by a space, or when a sign would force UCS-2.
    """
    unknown = [name for name in _FIELD.findall(template) if name not in values]
    if unknown:
        raise SmsError(f"`template` has the placeholder {{{unknown[0]}}}, which has no value")
    if _LINK_GLUED.search(template):
        raise SmsError("`template` must have a space after {link}, or phones make the next sign part of it")
    for agency in _shorter_and_shorter(str(values.get("agency", ""))):
        text = _filled(template, {**values, "agency": agency}, accented)
        if segments(text).parts <= max_parts:
            return text
    encoding, units, parts = segments(text)
    raise SmsError(f"the text takes {parts} parts ({units} units of {encoding}), not {max_parts}: {text}")


def _filled(template: str, values: Mapping[str, str | int], accented: bool) -> str:
    filled = _FIELD.sub(lambda match: str(values[match[1]]), template)
    text = " ".join(unicodedata.normalize("NFC", filled).split())
    if accented:
        return text
    text = unaccent(text)
    foreign = next((c for c in text if not c.isascii() or not c.isprintable()), None)
    if foreign is not None:
        raise SmsError(f"the text has {foreign!r}, which cannot be sent without accents")
    return text


def _shorter_and_shorter(agency: str) -> list[str]:
    """The name, then with one more word of office abbreviated each time; a department's initials come last."""
    names = [unicodedata.normalize("NFC", agency)]
    for long, short in _ABBREVIATIONS:
        shorter = re.sub(rf"\b{long}\b", short, names[-1], flags=re.IGNORECASE)
        if shorter != names[-1]:
            names.append(shorter)
    if department := _DEPARTMENT.fullmatch(names[-1]):
        initials = "".join("&" if word == "và" else word[0].upper() for word in department["field"].split())
        names += [f"{department['kind']} {department['field']}", f"{department['kind']} {initials}"]
    return names


def render_invitation(
    *,
    sender: str,
    agency: str,
    link: str,
    lang: str = "vi",
    template: str | None = None,
    accented: bool = False,
    max_parts: int = 1,
) -> str:
    """The first text: who asks, about which office, how long, the link, how to refuse."""
    values = {"sender": sender, "agency": agency, "link": link}
    return render(template or _text("sms_invitation", lang), values, accented=accented, max_parts=max_parts)


def render_reminder(
    *,
    days: int,
    link: str,
    sender: str,
    agency: str = "",
    lang: str = "vi",
    template: str | None = None,
    accented: bool = False,
    max_parts: int = 1,
) -> str:
    """A later text, worded differently, with the days that are left."""
    values: dict[str, str | int] = {"days": days, "link": link, "sender": sender, "agency": agency}
    return render(template or _text("sms_reminder", lang), values, accented=accented, max_parts=max_parts)


def render_one_message(instrument: Instrument, *, sender: str, lang: str = "vi", accented: bool = False) -> str:
    """The prompt that asks for all ratings in one reply."""
    items = " ".join(f"{i} {item.sms}" for i, item in enumerate(_items(instrument), 1))
    return render(
        _text("sms_one_message", lang),
        {**_scale_words(instrument, lang), "sender": sender, "items": items},
        accented=accented,
    )


def render_step(instrument: Instrument, item_id: str, *, lang: str = "vi", accented: bool = False) -> str:
    """The prompt for one question of a conversation."""
    items = _items(instrument)
    number = [item.id for item in items].index(item_id)
    values = {**_scale_words(instrument, lang), "number": number + 1, "item": items[number].sms}
    return render(_text("sms_step", lang), values, accented=accented)


def render_reply(
    key: str,
    instrument: Instrument,
    items: Mapping[str, int] | None = None,
    *,
    link: str = "",
    lang: str = "vi",
    accented: bool = False,
) -> str:
    """An answer to a citizen's message.

    `key` is recorded, confirm, partial, ask, link, help, optout, optin or closed; `items` are the ratings
    repeated back, those not yet given are listed as missing.
    """
    rated = dict(items or {})
    missing = [(i, item) for i, item in enumerate(_items(instrument), 1) if item.id not in rated]
    values = {**_scale_words(instrument, lang), "link": link, "ratings": ratings_text(instrument, rated)}
    if key == "partial":
        values |= {"items": " ".join(f"{i} {item.sms}" for i, item in missing), "count": len(missing)}
    return render(_text(f"sms_{key}", lang), values, accented=accented)


def ratings_text(instrument: Instrument, items: Mapping[str, int]) -> str:
    """`5 4 5 3 5 4` when all are there, else `1:5 3:4`; parse_reply reads both back."""
    asked = _items(instrument)
    if all(item.id in items for item in asked):
        return " ".join(str(items[item.id]) for item in asked)
    return " ".join(f"{i}:{items[item.id]}" for i, item in enumerate(asked, 1) if item.id in items)


def _text(key: str, lang: str) -> str:
    return words(MESSAGES[key], lang)


def _items(instrument: Instrument) -> tuple[Item, ...]:
    """The items an SMS can ask: one scale, one digit each, a short word for each."""
    items = instrument.rating_items
    codes = {tuple(item.codes) for item in items}
    if len(codes) != 1 or not all(item.sms for item in items):
        raise SmsError(
            f"{instrument.reference} cannot be asked by SMS: one scale, and `sms` of each item, is needed"
        )
    return items


def _scale_words(instrument: Instrument, lang: str) -> dict[str, str | int]:
    scale = _items(instrument)[0].scale
    points = scale.points if scale is not None else ()
    codes = [point.code for point in points]
    low, high = min(codes), max(codes)
    count = len(instrument.rating_items)
    example = (low + _EXAMPLE[i % len(_EXAMPLE)] % (high - low + 1) for i in range(count))
    best = next(point.label for point in points if point.code == high)
    return {
        "low": low,
        "high": high,
        "count": count,
        "best": words(best, lang),
        "example": " ".join(map(str, example)),
    }
