"""The words of a citizen's text message: what each script's digits are, what refuses, what says nothing.

Everything works on `Message`: the text with every digit as 0-9, without accents, in lower case.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

from forms.sms_text import unaccent

Command = Literal["optout", "optin", "help"]

UNREADABLE = "\ufffd"  # stands for a sign that means a number we must not guess, such as ½ or 💯
_NUMBER_EMOJI = frozenset("🔟💯🔢")
_CIRCLED = {chr(start + n): str(n + 1) for start in (0x2460, 0x2776, 0x2780, 0x278A) for n in range(9)}

# Our own texts hold one of these; coming back whole they are an echo, not a refusal and not a rating.
_OWN_WORDS = (
    *("tc: tu choi", "soan tc de tu choi", "soan dk neu", "nhan lai trong 24h", "nhan ok neu dung"),
    *("xin nhan tiep", "khao sat da ket thuc", "tc: refuse", "text tc to", "text dk to", "text again within"),
    *("text ok if so", "more digits", "survey has ended"),
)
_ECHO_LENGTH = 40

_REFUSE = re.compile(
    r"\b(?:tu ?choi|dung (?:gui|nhan) tin|dung gui|ngung (?:gui|nhan)|(?:khong|ko) nhan tin"
    r"|huy (?:dang ky|dang ki|dk|nhan))\b"
)
# TC may also be short for a finance office, so it counts first or last, courtesy apart.
_REFUSE_ANYWHERE = re.compile(r"^tc\b|\btc$|\b(?:stop|stopall|unsubscribe|unsub|opt ?out)\b")
_NEGATED = re.compile(r"\b(?:khong|ko|k|chua|dung) (?:muon )?$")
_WEAK_REFUSE = re.compile(r"(?:t c|huy|huy bo|ngung|cancel|quit|end|remove)")
_SHORT = 5  # words; in a longer text a refusal that does not come first may be about something else

_OPTIN = frozenset({"dk", "dang ky", "dang ki", "dang ky lai", "dk lai", "start", "unstop"})
_HELP = frozenset({"help", "info", "tro giup", "giup", "giup do", "huong dan", "hd", "hoi"})
_LONGEST = 3  # words of the longest of these
# A text in which the patterns of a refusal find something has one of these words or parts.
_REFUSAL_WORDS = frozenset(
    {
        *("t", "tc", "tu", "huy", "ngung", "stop", "stopall", "unsubscribe", "unsub", "opt", "optout", "cancel"),
        *("quit", "end", "remove"),
    }
)
_REFUSAL_PARTS = ("tuchoi", "gui", "nhan")
_YES = frozenset(
    {
        *("ok", "oke", "okie", "oki", "okay", "y", "yes", "dung", "dung vay", "dung roi", "chinh xac", "vang"),
        *("da", "da dung", "co", "phai", "u", "uh", "xac nhan", "dong y", "vang dung", "dung a", "ok a", "vang a"),
    }
)

_STOP = re.compile(r"\bdừng\b", re.IGNORECASE)
_STOP_SIGNS = frozenset("ừỪ")
_WORDS = re.compile(r"[a-z0-9]+")
_CUTS = re.compile(
    r"(?:^|\n)[ \t]*--[\s\S]*"  # a mail-style signature
    r"|\n\s*(?:sent from|gui tu) [^\n]*|\S+@\S+"
    r"|https?://\S*|www\.\S*|\b[\w-]+(?:\.[\w-]+)*\.(?:vn|com|net|org)\b\S*"
    r"|\b\d{1,2}([/.-])\d{1,2}\1(?:20\d\d|\d\d)\b|\b20\d\d-\d\d-\d\d\b"
    r"|\bngay \d{1,2}(?:[/-]\d{1,2}| thang \d{1,2})(?:[/-]20\d\d| nam 20\d\d)?\b"
    r"|\b\d{1,2}(?::[0-5]\d|h[0-5]\d|h| gio(?: [0-5]?\d)?)\b"
    r"|\+\d{8,}|(?:\+|\b)(?:84|0)\d{2,3}[ .-]\d{3}[ .-]?\d{3,4}\b"
)
# Cheap, and true of whatever _CUTS finds: most texts have none of these.
_CUTTABLE = re.compile(r"\d(?:\d|h| gio)")
_CUTTABLE_SIGNS = {
    **dict.fromkeys(("--", "ngay", "://", "@"), re.compile("")),
    ".": re.compile(r"[\w-]\.[a-z]|www\."),
    "\n": re.compile(r"\n\s*[sg]"),
}
# A name, a phone behind it, or "SDT" and a phone; which words it holds is looked at later.
# Each word begins after a sign that no word holds: else capitals in a row split in more ways than there is time.
_NAME = re.compile(
    r"[ \t-]*[A-Z][A-Za-z]*(?:(?:\.[ \t]*|[ \t]+)[A-Z][A-Za-z]*){0,5}\.?[ \t]*"
    r"(?:[,:.-]?[ \t]*\+?\d[\d .-]{7,})?[ \t]*"
)
_DASHED_NAME = re.compile(r"[ \t]+--[ \t]*(?=[A-Z])")  # `5 4 5 3 5 4 --Nguyen Van A`


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


class Message(NamedTuple):
    """A text made readable: `cased` without accents, `plain` in lower case as well."""

    cased: str
    plain: str

    @property
    def words(self) -> list[str]:
        return _WORDS.findall(self.plain)


def readable(text: str) -> Message:
    """Any script's digits as 0-9, no accents, no invisible marks; a number sign that is no digit stays odd."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        if not _STOP_SIGNS.isdisjoint(text):
            text = _STOP.sub("ngung", text)
        text = text.translate(_READABLE)
    return Message(text, text.lower())


class _Readable(dict[int, str]):
    """What each character is read as, by its code point, found once."""

    def __missing__(self, code: int) -> str:
        self[code] = found = unaccent(_readable_char(chr(code)))
        return found


_READABLE = _Readable()


def _readable_char(char: str) -> str:
    if char in _CIRCLED:
        return _CIRCLED[char]
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if char in _NUMBER_EMOJI or category in ("No", "Nl"):
        return UNREADABLE
    if category in ("Cf", "Me", "Cs", "Co", "Cn") or "\ufe00" <= char <= "\ufe0f":
        return ""
    if category in ("So", "Sk", "Zs", "Zl", "Zp"):
        return " "
    folded = unicodedata.normalize("NFKC", char)
    return UNREADABLE if any(map(str.isdigit, folded)) else folded


def is_echo(message: Message) -> bool:
    """Whether one of our own texts came back."""
    return len(message.plain) > _ECHO_LENGTH and any(own in message.plain for own in _OWN_WORDS)


def command(message: Message) -> Command | None:
    """A word that comes before any rating: refuse, take part again, ask for help."""
    words = message.words
    if len(words) > _LONGEST and words[0] != "dk" and not _may_refuse(words, message.plain):
        return None  # nearly every message
    joined = " ".join(words)
    if _refuses(words, joined):
        return "optout"
    if joined in _OPTIN or words[:1] == ["dk"]:
        return "optin"
    if joined in _HELP or message.plain.strip() == "?":
        return "help"
    return None


def _may_refuse(words: list[str], plain: str) -> bool:
    return not _REFUSAL_WORDS.isdisjoint(words) or any(part in plain for part in _REFUSAL_PARTS)


def _refuses(words: list[str], joined: str) -> bool:
    said = " ".join(word for word in words if word not in FILLERS)
    if _WEAK_REFUSE.fullmatch(said):
        return True
    if found := _REFUSE_ANYWHERE.search(said):
        return not _NEGATED.search(said[: found.start()])
    found = _REFUSE.search(joined) if len(words) <= _SHORT else _REFUSE.match(joined)
    return found is not None and not _NEGATED.search(joined[: found.start()])


def says_yes(text: str) -> bool:
    """Whether a text agrees to what was repeated back for confirmation."""
    return " ".join(readable(text).words) in _YES


def lines_without_frills(message: Message) -> list[tuple[str, bool]]:
    """Lines in lower case, each with whether it looks like a name that signs; no links, dates, hours, phones."""
    if "--" in message.cased:
        cased = _DASHED_NAME.sub("\n", message.cased)
        message = Message(cased, cased.lower())
    looks = [bool(i and _NAME.fullmatch(line)) for i, line in enumerate(message.cased.split("\n"))]
    cut = _CUTS.sub(_keep_lines, message.plain) if _is_cuttable(message.plain) else message.plain
    return list(zip(cut.split("\n"), looks, strict=True))


def _is_cuttable(plain: str) -> bool:
    for sign, pattern in _CUTTABLE_SIGNS.items():
        if sign in plain and pattern.search(plain):
            return True
    return _CUTTABLE.search(plain) is not None


def _keep_lines(match: re.Match[str]) -> str:
    """A comma stays: words on either side of what was cut never make one phrase."""
    return " , " + "\n" * match[0].count("\n")


FILLERS = _set(
    "a ah ak da vang thua kinh gui xin toi minh em anh chi co chu bac nhe nha voi cho la thi cam camon on"
    " thanks thank you tks chao hello hi danh gia tra loi cham diem sao so ok oke the ket qua lan luot gom"
    " duoc please thanh luc hom nay va lai tl"
)
FILLER_PHRASES = ("ong ba", "anh chi")
NEGATIONS = _set("khong ko kg khg hok hong chua chang cha dung not no never k deo dech")
CORRECTIONS = _set("sua doi nham chinh dinh correct")
