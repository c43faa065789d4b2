"""Text that is not Unicode Vietnamese: Windows-1258, TCVN3 (ABC) and VNI, raw or saved again as UTF-8."""

from __future__ import annotations

import re

# Letters of Latin-1 that no Vietnamese word has, and signs that TCVN3 fonts draw as letters (®iÒu = điều,
# hµnh = hành, X· = xã): the latter only beside a letter, for "m²", "30°" and "ABC®" are honest.
_SUSPECT = re.compile(
    "[ÄÅÆÇËÎÏÐÑÖØÛÜÞßäåæçëîïðñöøûüþÿ\x80-\x9f]|[¡-ª¬\xad®-º¼-¿](?=[^\\W\\d_])|(?<=[^\\W\\d_])[·¸µ¶¹¨¬]"
)


def suspect(text: str) -> str | None:
    """The first character that shows another encoding, if any.

    >>> suspect("Thñ tôc hµnh chÝnh"), suspect("Sôû Noäi vuï"), suspect("Thủ tục hành chính, 30 m²")
    ('ñ', 'û', None)
    """
    if text.isascii():
        return None
    found = _SUSPECT.search(text)
    return found[0] if found else None


def first_bad_byte(raw: bytes, position: int, delimiter: bytes = b",") -> tuple[int, int]:
    """Row and column (from 1) of a byte in a delimited file."""
    before = raw[:position]
    return before.count(b"\n") + 1, before.rpartition(b"\n")[2].count(delimiter) + 1
