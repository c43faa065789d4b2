"""Authority: GSM 03.38 (TS 23.038, alphabet and extension table; TS 23.040, 153 septets or 67 units a part)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.sms_text import GSM, GSM_BASIC, is_gsm7, segments, unaccent

LOWER = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
VIETNAMESE = LOWER + LOWER.upper()


def test_the_alphabet_has_127_characters_and_an_extension_of_10() -> None:
    assert len(GSM_BASIC) == 127  # 128 codes less the escape
    assert len(GSM) == 137


def test_seven_of_134_accented_vietnamese_letters_are_gsm() -> None:
    assert len(VIETNAMESE) == 134
    assert [letter for letter in VIETNAMESE if is_gsm7(letter)] == list("àèéìòùÉ")


@pytest.mark.parametrize("letter", VIETNAMESE)
def test_every_vietnamese_letter_loses_its_accent(letter: str) -> None:
    plain = unaccent(letter)
    assert len(plain) == 1
    assert plain.isascii()
    assert plain == unaccent(unicodedata.normalize("NFD", letter))
    assert plain.isupper() == letter.isupper()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Đường Điện Biên Phủ", "Duong Dien Bien Phu"),
        ("“Một cửa” – chuyên nghiệp…", '"Mot cua" - chuyen nghiep...'),
        ("Thừa\u00a0Thiên’s", "Thua Thien's"),
        ("already plain", "already plain"),
    ],
)
def test_unaccented_text_is_ascii(text: str, plain: str) -> None:
    assert unaccent(text) == plain


SEGMENTS = {
    "empty": ("", "gsm7", 0, 0),
    "one": ("a", "gsm7", 1, 1),
    "full gsm": ("a" * 160, "gsm7", 160, 1),
    "one over": ("a" * 161, "gsm7", 161, 2),
    "two full parts": ("a" * 306, "gsm7", 306, 2),
    "three parts": ("a" * 307, "gsm7", 307, 3),
    "extension counts two": ("{" * 80, "gsm7", 160, 1),
    "extension over": ("{" * 80 + "a", "gsm7", 161, 2),
    "escape pair moved to the next part": ("a" * 152 + "{" + "a" * 152, "gsm7", 306, 3),
    "escape pair that fits": ("a" * 151 + "{" + "a" * 153, "gsm7", 306, 2),
    "euro": ("€", "gsm7", 2, 1),
    "full ucs2": ("ạ" * 70, "ucs2", 70, 1),
    "ucs2 over": ("ạ" * 71, "ucs2", 71, 2),
    "two full ucs2 parts": ("ạ" * 134, "ucs2", 134, 2),
    "emoji is two units": ("😀" * 35, "ucs2", 70, 1),
    "surrogate pair moved to the next part": ("ạ" * 66 + "😀" + "ạ" * 66, "ucs2", 134, 3),
    "curly quote": ("’" + "a" * 70, "ucs2", 71, 2),
    "lone surrogate": ("\ud800", "ucs2", 1, 1),
}


@pytest.mark.parametrize(("text", "encoding", "units", "parts"), SEGMENTS.values(), ids=SEGMENTS)
def test_segments(text: str, encoding: str, units: int, parts: int) -> None:
    assert segments(text) == (encoding, units, parts)


def test_the_same_words_cost_more_decomposed() -> None:
    text = "Kính mời Ông/Bà đánh giá mức độ hài lòng về việc giải quyết hồ sơ tại bộ phận Một cửa"
    assert segments(text).parts == 2
    assert segments(unicodedata.normalize("NFD", text)).units > segments(text).units
    assert segments(unaccent(text)) == ("gsm7", len(text), 1)


@given(st.text(alphabet=st.sampled_from("a{€ạ😀\n"), max_size=400), st.sampled_from("a{€ạ😀\n"))
def test_another_character_never_lowers_the_count(text: str, char: str) -> None:
    before, after = segments(text), segments(text + char)
    assert after.parts >= before.parts
    assert after.parts <= len(text) // 33 + 1  # no part holds less than 66 units, at most two each


@given(st.text())
def test_any_text_is_counted_and_unaccenting_is_stable(text: str) -> None:
    assert segments(text).parts >= (1 if text else 0)
    assert unaccent(unaccent(text)) == unaccent(text)
