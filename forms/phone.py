"""Vietnamese phone numbers as dossiers hold them, read into E.164 or refused with a reason.

Validity is that of the phonenumbers package, whose patterns are used directly: one regular expression per
number is thirty times faster than its parser. What it does not know is handled here: the change from 11 to
10 digits of 2018, the zero that a spreadsheet drops, the letter O, two numbers in one cell.
Nothing is guessed: a cell that could mean two numbers means none.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any, Literal, NamedTuple

import phonenumbers

Kind = Literal["mobile", "landline", "invalid", "missing", "foreign", "multiple"]


class Phone(NamedTuple):
    """A number read from a cell. Only `mobile` can get an SMS.

    `reason` is empty or a key of messages.py (`phone_<reason>`), also on a mobile number that needs a look:
    `converted` (an 11-digit number is at least seven years old and may have another owner) and
    `unverified_prefix` (newer 05x ranges are missing from the metadata).
    """

    e164: str | None
    kind: Kind
    carrier: str = ""
    reason: str = ""
    converted: bool = False


# Decision of the Ministry of Information and Communications, in force 15/9/2018: last seven digits kept.
OLD_MOBILE = (
    {f"16{last}": f"3{last}" for last in "23456789"}  # Viettel
    | {"120": "70", "121": "79", "122": "77", "126": "76", "128": "78"}  # MobiFone
    | {"123": "83", "124": "84", "125": "85", "127": "81", "129": "82"}  # VinaPhone
    | {"186": "56", "188": "58", "199": "59"}  # Vietnamobile, Gmobile
)
OLD_HUE, HUE = "54", "234"  # the area code of Huế until 2017, and since
MISSING = Phone(None, "missing", reason="missing")

_metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region("VN")
_MOBILE = re.compile(_metadata.mobile.national_number_pattern)
_LANDLINE = re.compile(_metadata.fixed_line.national_number_pattern)
_UNVERIFIED = re.compile(r"5[25689]\d{7}")

_SEPARATORS = str.maketrans("", "", " .-()\t\n\r")
# +84, 84, 0084 with or without a zero after it; a zero; or nothing, where a spreadsheet ate the zero.
_SHAPE = re.compile(r"(?:\+|00)?84(?P<code>0?\d{9,10})|0(?P<zero>[1-9]\d{8,9})|(?P<bare>[2-9]\d{8,9})")
_WHOLE_FLOAT = re.compile(r"\d{9,11}\.0")
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
_EXTENSION = re.compile(r"\s*(?:ext\.?|máy lẻ|may le)\s*\d{1,5}$", re.IGNORECASE)
_TWO_GLUED = re.compile(r"(?:(?:0|84)\d{8,10}){2,}")
_BETWEEN = re.compile(r"[/,;|&\n]|\s(?:-|hoặc|hoac|và|va|or)\s")
_LETTER_O = re.compile(r"[+\doO]+")
_SERVICE = re.compile(r"0?1[89]00\d{4,6}|1\d{2,4}")


def normalise(raw: str | float | None) -> Phone:
    """Read one cell. Giving the `e164` of the result back returns the same number and kind."""
    text = "" if raw is None else str(raw).strip().lstrip("'’`").strip()
    if not text.isascii():
        text = _ascii_digits(text)
    if text[-2:] == ".0" and _WHOLE_FLOAT.fullmatch(text):
        text = text[:-2]
    shape = _SHAPE.fullmatch(text.translate(_SEPARATORS))
    return _odd(text) if shape is None else _national(shape)


def _ascii_digits(text: str) -> str:
    """Full-width and other scripts' digits as 0-9, odd spaces as a space, invisible marks dropped."""
    composed = unicodedata.normalize("NFKC", text)
    visible = (c for c in composed if unicodedata.category(c) != "Cf")
    return "".join(" " if c.isspace() else str(unicodedata.decimal(c, c)) for c in visible).strip()


def _national(shape: re.Match[str]) -> Phone:
    written = shape["zero"] or shape["bare"] or shape["code"].removeprefix("0")
    converted = shape["bare"] is None and len(written) == 10 and written[:3] in OLD_MOBILE
    digits = OLD_MOBILE[written[:3]] + written[3:] if converted else written
    if _MOBILE.fullmatch(digits):
        return Phone("+84" + digits, "mobile", _carrier(digits), "converted" if converted else "", converted)
    if _UNVERIFIED.fullmatch(digits):
        return Phone("+84" + digits, "mobile", _carrier(digits), "unverified_prefix")
    if _LANDLINE.fullmatch(digits):
        return Phone("+84" + digits, "landline", reason="landline")
    if len(digits) == 9 and digits.startswith(OLD_HUE):
        return Phone(f"+84{HUE}{digits[2:]}", "landline", reason="landline", converted=True)
    return _invalid(_length_reason(digits))


def _invalid(reason: str) -> Phone:
    return Phone(None, "invalid", reason=reason)


def _odd(text: str) -> Phone:
    """The rare shapes, and the reason where nothing fits."""
    if not text:
        return MISSING
    digits = re.sub(r"\D", "", text)
    if _SCIENTIFIC.fullmatch(text):
        return _invalid("scientific")
    if _TWO_GLUED.fullmatch(digits) or _long_parts(text) > 1:
        return Phone(None, "multiple", reason="multiple")
    if (shorter := _EXTENSION.sub("", text)) != text:
        return normalise(shorter)
    bare = text.translate(_SEPARATORS)
    if not bare.isdigit() and _LETTER_O.fullmatch(bare) and len(digits) > 6 and "O" in bare.upper():
        return normalise(bare.replace("O", "0").replace("o", "0"))
    if bare.removeprefix("+") != digits or not digits:
        return _invalid("characters")
    return _foreign(bare) or _invalid(_length_reason(digits))


def _long_parts(text: str) -> int:
    """How many parts of a cell are long enough to be a number of their own."""
    return sum(sum(map(str.isdigit, part)) >= 7 for part in _BETWEEN.split(text))


def _foreign(bare: str) -> Phone | None:
    international = "+" + bare[2:] if bare.startswith("00") else bare
    if not international.startswith("+") or international.startswith("+84"):
        return None
    try:
        number = phonenumbers.parse(international)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164, "foreign", reason="foreign")


def _length_reason(digits: str) -> str:
    if _SERVICE.fullmatch(digits):
        return "service_number"
    national = digits.removeprefix("0")
    if len(national) < 9:
        return "too_short"
    return "too_long" if len(national) > 9 + (national[0] in "12") else "not_assigned"


@cache
def _ranges() -> dict[str, str]:
    """Vietnamese ranges and the carrier each was given to; numbers move between carriers since 2018."""
    from phonenumbers.carrierdata import CARRIER_DATA  # of the whole world: 9 MiB that few processes need

    return {prefix[2:]: names["en"] for prefix, names in CARRIER_DATA.items() if prefix.startswith("84")}


def _carrier(digits: str) -> str:
    ranges = _ranges()
    return ranges.get(digits[:3]) or ranges.get(digits[:2]) or ranges.get(digits[:1]) or ""


def mask(phone: str | None) -> str:
    """What may be shown of a number, also of a cell that could not be read: `09xx***123`."""
    digits = re.sub(r"\D", "", phone or "")
    if len(digits) < 8:
        return "***" if phone else ""
    national = "0" + digits[2:] if (phone or "").startswith("+84") else digits
    return f"{national[:2]}xx***{national[-3:]}"
