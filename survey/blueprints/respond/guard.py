"""What protects the form: signed form tokens, a brake on guessing, and no link in any log."""

from __future__ import annotations

import hmac
import logging
import re
import threading
from base64 import urlsafe_b64encode
from collections import Counter
from datetime import UTC, datetime, timedelta
from enum import Enum

FORM_LIFE = timedelta(hours=12)
_SKEW = timedelta(minutes=5)  # between the clocks of two web servers
_FORM_TOKEN = re.compile(r"([0-9a-f]{1,12})-([A-Za-z0-9_-]{22})")
# A citizen's link, a tablet's, and the key of a gateway in an address or behind it: group 1 stays.
_SECRET = re.compile(r"(/s/|/k/join/|/gateway/[^/\s?]+/[^/\s?]+/|[?&]key=)[^/\s?&\"']+")

log = logging.getLogger(__name__)


class FormState(Enum):
    """What the token in a posted form says of the form."""

    fresh = "fresh"
    expired = "expired"
    foreign = "foreign"


def sign(secret: str, subject: int | str, now: datetime) -> str:
    """A token for a form on this subject (an invitation), made now. It binds no cookie: cookies may be off."""
    issued = int(now.timestamp())
    return f"{issued:x}-{_signature(secret, subject, issued)}"


def check(secret: str, subject: int | str, token: str, now: datetime) -> tuple[FormState, datetime | None]:
    """Whether a form is ours and still fresh, and when its page was made."""
    found = _FORM_TOKEN.fullmatch(token)
    if found is None:
        return FormState.foreign, None
    issued = int(found[1], 16)
    if not hmac.compare_digest(_signature(secret, subject, issued), found[2]):
        return FormState.foreign, None
    made = datetime.fromtimestamp(issued, UTC)
    return (FormState.fresh if -_SKEW < now - made < FORM_LIFE else FormState.expired), made


def _signature(secret: str, subject: int | str, issued: int) -> str:
    digest = hmac.digest(secret.encode(), f"form:{subject}:{issued}".encode(), "sha256")
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


class Throttle:
    """Counts wrong links in windows of a minute, by address and together, in this process only.

    An address may be a whole mobile network behind one translator, so its limit leaves room for mistyped links.
    Past the common limit, with guesses from many addresses, an address is let off three only, and an alarm is
    logged. Each worker counts for itself: with n workers the limits are n times these.
    """

    def __init__(self, by_address: int = 60, together: int = 600, under_alarm: int = 3) -> None:
        self._limits = (by_address, together, under_alarm)
        self._minute = 0
        self._wrong: Counter[str] = Counter()
        self._lock = threading.Lock()

    def blocks(self, address: str, now: datetime) -> bool:
        """Whether this address has guessed too often in this minute."""
        by_address, together, under_alarm = self._limits
        with self._lock:
            self._turn(now)
            limit = under_alarm if self._wrong.total() >= together else by_address
            return self._wrong[address] >= limit

    def wrong(self, address: str, now: datetime) -> None:
        """Count one wrong link."""
        with self._lock:
            self._turn(now)
            self._wrong[address] += 1
            total = self._wrong.total()
        if total == self._limits[1]:
            log.warning("alarm: %d wrong survey links within a minute", total)

    def _turn(self, now: datetime) -> None:
        minute = int(now.timestamp()) // 60
        if minute != self._minute:
            self._minute = minute
            self._wrong.clear()


class MaskLinks(logging.Filter):
    """Puts `***` for a citizen's link or a gateway's key: whoever reads a log must not be able to answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict):
            record.args = {key: mask(value) for key, value in record.args.items()}
        elif record.args:
            record.args = tuple(map(mask, record.args))
        record.msg = mask(record.msg)
        return True


def mask(value: object) -> object:
    """The same text without link or key; what is no text stays as it is."""
    return _SECRET.sub(r"\1***", value) if isinstance(value, str) else value


def mask_links_in_logs() -> None:
    """Guard the logs that name paths: granian's and werkzeug's access logs, and Flask's own of errors."""
    for name in ("granian.access", "werkzeug", "survey"):
        logger = logging.getLogger(name)
        if not any(isinstance(known, MaskLinks) for known in logger.filters):
            logger.addFilter(MaskLinks())
