"""What a text costs and how Vietnamese loses its accents.

GSM 03.38 counts septets: 160 in one message, 153 in each part of a longer one; a character of the extension
table takes two. Any other character turns the whole text into UCS-2: 70, then 67 code units. Neither an
extension pair nor a surrogate pair may be cut, so a long text can need one part more than division says.
"""

from __future__ import annotations

import unicodedata
from typing import Literal, NamedTuple

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
GSM = GSM_BASIC | GSM_EXTENSION

# đ has no decomposition: NFD would leave it. The rest are marks that word processors put in.
_BY_HAND = str.maketrans(
    {"đ": "d", "Đ": "D", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "•": "-"}
)


class Segments(NamedTuple):
    """`units` are septets of GSM-7 or code units of UCS-2; `parts` is what the operator charges."""

    encoding: Literal["gsm7", "ucs2"]
    units: int
    parts: int


def unaccent(text: str) -> str:
    """Vietnamese without accents, typographic signs as ASCII: "Đường" → "Duong"."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_BY_HAND))
    return "".join(c for c in decomposed if c.isascii() or unicodedata.category(c) != "Mn")


def is_gsm7(text: str) -> bool:
    """Whether the text can be sent at 160 characters a message."""
    return GSM.issuperset(text)


def segments(text: str) -> Segments:
    """Encoding, length and number of parts of the text exactly as given (normalise to NFC before)."""
    if is_gsm7(text):
        return _packed("gsm7", [2 if c in GSM_EXTENSION else 1 for c in text], 160, 153)
    return _packed("ucs2", [2 if c > "\uffff" else 1 for c in text], 70, 67)


def _packed(encoding: Literal["gsm7", "ucs2"], widths: list[int], single: int, part: int) -> Segments:
    units = sum(widths)
    if units <= single:
        return Segments(encoding, units, min(units, 1))
    parts, used = 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return Segments(encoding, units, parts)
