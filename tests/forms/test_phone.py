"""Authority: the phonenumbers package for every range it knows; the ministry's 2018 table of 11-digit numbers."""

import time

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import carrier

from forms.messages import MESSAGES
from forms.phone import OLD_MOBILE, mask, normalise

SAME_MOBILE = {
    "local": "0912345678",
    "zero lost in a spreadsheet": "912345678",
    "country code": "84912345678",
    "plus": "+84912345678",
    "double zero": "0084912345678",
    "plus and zero": "+840912345678",
    "country code, space, zero": "84 0912345678",
    "brackets and dots": "(+84) 912.345.678",
    "zero in brackets": "+84 (0)912 345 678",
    "spaces and hyphens": " 0912-345 678 ",
    "no-break space": "0912\u00a0345\u00a0678",
    "zero-width space": "0912345678\u200b",
    "full-width": "０９１２３４５６７８",
    "arabic digits": "٠٩١٢٣٤٥٦٧٨",
    "khmer digits": "០៩១២៣៤៥៦៧៨",
    "apostrophe": "'0912345678",
    "letter O": "O912345678",
    "extension": "0912345678 ext 5",
    "vietnamese extension": "0912345678 máy lẻ 12",
    "float of a spreadsheet": "912345678.0",
}
OTHERS = {
    "empty": ("", None, "missing", "missing"),
    "blank": (" \u00a0", None, "missing", "missing"),
    "none": (None, None, "missing", "missing"),
    "two with slash": ("0912345678/0987654321", None, "multiple", "multiple"),
    "two with hyphen": ("0912 345 678 - 0987 654 321", None, "multiple", "multiple"),
    "two with space": ("0912345678 0987654321", None, "multiple", "multiple"),
    "two without zeros": ("912345678;987654321", None, "multiple", "multiple"),
    "mobile and landline": ("0912345678 hoặc 0234 3822123", None, "multiple", "multiple"),
    "scientific": ("9.05123456E8", None, "invalid", "scientific"),
    "scientific with plus": ("9,05E+08", None, "invalid", "scientific"),
    "name in the cell": ("0912345678 (anh Nam)", None, "invalid", "characters"),
    "words": ("không có", None, "invalid", "characters"),
    "a digit short": ("091234567", None, "invalid", "too_short"),
    "a digit long": ("09123456789", None, "invalid", "too_long"),
    "dummy": ("0123456789", None, "invalid", "not_assigned"),
    "dummy without zero is no old number": ("1234567890", None, "invalid", "not_assigned"),
    "premium": ("19001234", None, "invalid", "service_number"),
    "hotline": ("1022", None, "invalid", "service_number"),
    "landline of Huế": ("0234 3822123", "+842343822123", "landline", "landline"),
    "old landline of Huế": ("054.3822123", "+842343822123", "landline", "landline"),
    "landline, zero lost": ("2343822123", "+842343822123", "landline", "landline"),
    "new range unknown to the metadata": ("0551234567", "+84551234567", "mobile", "unverified_prefix"),
    "cambodia": ("+85512345678", "+85512345678", "foreign", "foreign"),
    "cambodia by 00": ("00 855 12 345 678", "+85512345678", "foreign", "foreign"),
    "foreign, wrong": ("+8551", None, "invalid", "too_short"),
    "nine digits that begin like a country code": ("842345678", "+84842345678", "mobile", ""),
}


@pytest.mark.parametrize("raw", SAME_MOBILE.values(), ids=SAME_MOBILE)
def test_a_mobile_number_is_read_however_it_is_written(raw: str) -> None:
    phone = normalise(raw)
    assert (phone.e164, phone.kind, phone.carrier, phone.reason) == ("+84912345678", "mobile", "Vinaphone", "")


@pytest.mark.parametrize(("raw", "e164", "kind", "reason"), OTHERS.values(), ids=OTHERS)
def test_anything_else_is_told_apart(raw: str | None, e164: str | None, kind: str, reason: str) -> None:
    phone = normalise(raw)
    assert (phone.e164, phone.kind, phone.reason) == (e164, kind, reason)
    assert reason == "" or f"phone_{reason}" in MESSAGES


def test_the_number_a_spreadsheet_reads_as_a_float_is_exact() -> None:
    assert normalise(905123456.0).e164 == "+84905123456"


@pytest.mark.parametrize(("old", "new"), OLD_MOBILE.items())
def test_an_old_number_is_converted_and_flagged(old: str, new: str) -> None:
    for raw in (f"0{old}1234567", f"84{old}1234567", f"+84 0{old} 1234567"):
        phone = normalise(raw)
        assert (phone.e164, phone.kind, phone.converted) == (f"+84{new}1234567", "mobile", True)
        assert phone.reason == "converted"


def test_every_prefix_is_judged_as_phonenumbers_judges_it() -> None:
    kinds = {phonenumbers.PhoneNumberType.MOBILE: "mobile", phonenumbers.PhoneNumberType.FIXED_LINE: "landline"}
    for national in [f"{p:04d}12345" for p in range(2000, 10000)] + [f"{p:04d}123456" for p in range(2000, 3000)]:
        phone = normalise("0" + national)
        number = phonenumbers.parse("+84" + national)
        expected = kinds.get(phonenumbers.number_type(number), "invalid")
        if phone.reason == "unverified_prefix" or phone.converted:
            expected = phone.kind
        assert phone.kind == expected, national
        if expected == "mobile" and not phone.reason:
            assert phone.carrier == carrier.name_for_number(number, "en"), national


@given(st.one_of(st.text(), st.from_regex(r"[+(]?[0O84]{0,4}[ .-]?[0-9 .\-/]{6,24}", fullmatch=True)))
def test_reading_twice_changes_nothing(raw: str) -> None:
    first = normalise(raw)
    again = normalise(first.e164)
    assert (again.e164, again.kind) == (first.e164, first.kind if first.e164 else "missing")


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+84912345123", "09xx***123"),
        ("0912345678/0987654321", "09xx***321"),
        ("1022", "***"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_masked_number_keeps_two_and_three_digits(phone: str | None, shown: str) -> None:
    assert mask(phone) == shown


def test_reading_is_fast_enough_for_an_import() -> None:
    rows = [f"0{prefix} {i:03d} {i:04d}" for i in range(1000) for prefix in ("90", "91", "34")]
    start = time.process_time()
    for row in rows:
        normalise(row)
    assert time.process_time() - start < len(rows) / 30_000
