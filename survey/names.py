"""Names compared as people mean them: accents placed the old or the new way, Đ and đ, case, spaces."""

from __future__ import annotations

import unicodedata


def nfc(text: str) -> str:
    """One code point for each letter, outer spaces gone, inner runs of spaces single."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def storable(text: str) -> str:
    """What every database keeps: PostgreSQL takes no NUL and UTF-8 no lone surrogate. Phones send both.

    >>> storable("TC\\x00"), storable("\\ud83d")
    ('TC', '?')
    """
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def name_key(name: str) -> str:
    """Normalised form for search and joins.

    The tone mark may stand on either letter of a diphthong (Hoà and Hòa, Thuỷ and Thủy), so tones are taken off
    their letters and kept behind each syllable: Hòa and Hoà meet, Hòa and Hoa do not.

    >>> name_key("Phường  Thuận Hoá") == name_key("phường Thuận Hóa")
    True
    >>> name_key("Xã Phú Hồ") == name_key("Xã Phú Hộ")
    False
    """
    return " ".join(_syllable(word) for word in nfc(name).lower().split())


_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}


def _syllable(word: str) -> str:
    letters, tone = [], ""
    for character in unicodedata.normalize("NFD", word):
        if character in _TONES:
            tone = _TONES[character]
        else:
            letters.append(character)
    return unicodedata.normalize("NFC", "".join(letters)) + tone


def spelling_key(name: str) -> str:
    """`name_key` with i for y: Vĩ Dạ and Vỹ Dạ are one ward, spelt by two decrees.

    >>> spelling_key("Phường Vĩ Dạ") == spelling_key("phường Vỹ Dạ")
    True
    """
    return name_key(name).replace("y", "i")


def search_key(text: str) -> str:
    """Without any mark, for finding: what an officer types on a plain keyboard.

    >>> search_key("Đường Thuỷ")
    'duong thuy'
    """
    plain = unicodedata.normalize("NFD", nfc(text).lower().replace("đ", "d"))
    return "".join(character for character in plain if not unicodedata.combining(character))
