"""What must hold for any text that a citizen sends, and texts that were hard on readers of such texts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from forms.instrument import load
from forms.sms import Reply, parse_reply

SHORT = load("motcua_ngan")
MODES: tuple[dict[str, object], ...] = (
    {},
    {"mode": "step"},
    {"mode": "step", "item": "q4"},
    {"items": ["q4", "q6"]},
    {"items": ["q2"]},
)
WITH_ITEMS = {"accept", "partial", "confirm", "correct"}
WITHOUT = {"ask", "optout", "optin", "help"}
# One word of a scale each, however it is written; what a text must hold for a rating that no digit of it gives.
_SCALE_WORD = re.compile(r"h(?:ai)?l|b(?:inh)?t|satisf|neutral")

CORPUS = (
    "545354", "5 4 5 3 5 4", "５　４　５　３　５　４", "៥ ៤ ៥ ៣ ៥ ៤", "٥٤٥٣٥٤", "5️⃣4️⃣5️⃣3️⃣5️⃣4️⃣", "⑤④⑤③⑤④",
    "1.5 2.4 3.5 4.3 5.5 6.4", "1:5, 2:4, 3:5", "C1 5 C3 2", "5/5 4/5 5/5 3/5 5/5 4/5", "thai do 1",
    "Câu 1: hài lòng", "Sửa câu 3: 2", "tat ca 5",
    "Rất hài lòng, hài lòng, rất hài lòng, bình thường, rất hài lòng, hài lòng", "RHL HL BT KHL",
    "khong hai long", "hai long khong?", "5\nKhông Hài Lòng", "5 4 5 3 5 4\n--\nNguyen Van A",
    "545354 0912 345 678", "545354 ngay 5/9/2026", "TC", "T.C", "tu choi", "khong tu choi", "STOP",
    "dừng gửi", "DK", "?", "", " \n\u00a0", "\x00", "\ud800", "\ud83d", "\u200b", "½", "💯", "🔟", "²³",
    "Ⅴ", "五四五三五四", "5\u0301", "\u202e453545", "=5+4", "-5", "5e0", "0x5", "5" * 999, "5 " * 600,
    "1 2 3 4 5 6 1 2 3 4 5", "6 4 5 3 5 4", "54 53 54", "5453544", "' OR 1=1 --", "<b>5</b>",
    "{link} 5", "%d5", "\r\n5\r\n4", "5\nKH" + "O" * 900 + "5", "5\n" + "A. " * 300 + "5", "1" * 999,
    "rat hai a@b.vn long", "1:" * 499, "ngay 1" * 160, "a.b" * 330, "--\n" * 250,
)  # fmt: skip


def check(text: str, which: int) -> Reply:
    """Read the text in one of MODES; AssertionError when the reading breaks a promise."""
    asked = MODES[which % len(MODES)]
    reply = parse_reply(text, SHORT, **asked)  # type: ignore[arg-type]
    assert reply.verdict in WITH_ITEMS | WITHOUT
    assert bool(reply.items) is (reply.verdict in WITH_ITEMS), "ratings exactly where the verdict has some"
    assert set(reply.items) <= {item.id for item in SHORT.rating_items}
    assert all(type(code) is int and 1 <= code <= 5 for code in reply.items.values()), "clamped or off the scale"
    plain = folded(text)
    spare = len(_SCALE_WORD.findall(plain))
    missing = Counter(reply.items.values()) - Counter(int(char) for char in plain if char in "12345")
    assert missing.total() <= spare, "a rating that the text does not contain"
    return reply


def folded(text: str) -> str:
    """Digits of every script as 0-9 and letters without accents, nothing else; apart from the product's."""
    digits = "".join(_digit(char) for char in text)
    apart = unicodedata.normalize("NFKD", digits.lower().replace("đ", "d"))
    return "".join(char for char in apart if char.isascii() and char.isalnum())


def _digit(char: str) -> str:
    value = unicodedata.digit(char, None)
    return char if value is None else str(value)
