"""How fast the texts of a wave leave: a small wave at once, a large one evenly over the day's sending hours.

Tens of thousands of phones that ring at eight o'clock fill the network, the form and the hotline in one minute. So
the texts of a large wave become due one after the other until the hours end, in an order that mixes the agencies:
none is asked only in the evening. What the contract's rate does not carry by then goes on the next morning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from survey.clock import HANOI, local_day
from survey.gateways import configured
from survey.services.messaging import outbox, throttle
from survey.services.messaging.rules import Window

AT_ONCE = timedelta(minutes=10)  # a wave that our share of the contract carries in this time is not spread
GOLDEN = (5**0.5 - 1) / 2  # multiples of it, without their whole part, fill the unit interval evenly at any length


@dataclass(frozen=True)
class Pace:
    """From `start`, evenly over `span` (nought: at once); `rate` in parts a second."""

    start: datetime
    span: timedelta
    rate: float
    window: Window

    def due(self, number: int) -> datetime:
        """When the text to the unit of this number may leave."""
        return self.start + number * GOLDEN % 1 * self.span

    def finish(self, parts: int) -> datetime:
        """When so many parts have been handed over, if nothing goes wrong."""
        return max(
            self.start + self.span, open_after(self.window, self.start, timedelta(seconds=parts / self.rate))
        )


def of_wave(units: int, settings: Mapping[str, Any], now: datetime) -> Pace:
    """The pace of a wave that invites so many units at this moment."""
    window, rate = outbox.window(), parts_per_s()
    start = now if window.contains(now) else window.next_opening(now)
    is_spread = settings.get("sms_spread", True) and units / rate > AT_ONCE.total_seconds()
    return Pace(start, _closing(window, start) - start if is_spread else timedelta(0), rate, window)


def parts_per_s() -> float:
    """Our share of the contract of the gateway that is asked first."""
    first = next(iter(configured(current_app.config).values()))
    return throttle.SHARE_OF_CONTRACT * first.rate


def open_after(window: Window, start: datetime, left: timedelta) -> datetime:
    """The moment at which the hours have been open for `left` since `start`, which lies in them."""
    while left > (today := _closing(window, start) - start):
        left, start = left - today, window.next_opening(start)
    return start + left


def _closing(window: Window, moment: datetime) -> datetime:
    """When the hours that `moment` lies in end."""
    return datetime.combine(local_day(moment), window.closes, tzinfo=HANOI).astimezone(moment.tzinfo)
