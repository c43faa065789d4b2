"""May this message go now? Asked when it is claimed and again just before the call, never when it is queued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from survey.clock import HANOI, local_day
from survey.models import MessageKind, WaveState
from survey.queries.outbox import SendFacts

QUIET = timedelta(hours=24)
MOST_PER_WAVE = 3


class Action(StrEnum):
    send = "send"
    wait = "wait"
    cancel = "cancel"
    expire = "expire"


@dataclass(frozen=True)
class Verdict:
    """What to do with a message; `until` when it waits, `reason` for the officer who asks why."""

    action: Action
    reason: str = ""
    until: datetime | None = None


SEND = Verdict(Action.send)


@dataclass(frozen=True)
class Window:
    """The hours of a day, in Vietnam's time, in which we start a conversation."""

    opens: time
    closes: time
    closed_days: frozenset[date] = frozenset()

    @classmethod
    def parse(cls, hours: str, closed_days: tuple[str, ...] = ()) -> Window:
        """From `08:00-20:00` and dates `2026-09-02`; raises ValueError for anything else."""
        opens, _, closes = hours.partition("-")
        window = cls(
            time.fromisoformat(opens.strip()),
            time.fromisoformat(closes.strip()),
            frozenset(date.fromisoformat(day) for day in closed_days),
        )
        if window.opens >= window.closes:
            raise ValueError(f"`hours` must open before they close; got {hours!r}")
        return window

    def contains(self, now: datetime) -> bool:
        """The opening minute is in, the closing minute is out."""
        local = now.astimezone(HANOI)
        return self.opens <= local.time() < self.closes and local.date() not in self.closed_days

    def open_since(self, now: datetime) -> datetime | None:
        """When these hours began; None outside them."""
        if not self.contains(now):
            return None
        return datetime.combine(local_day(now), self.opens, tzinfo=HANOI).astimezone(now.tzinfo)

    def next_opening(self, now: datetime) -> datetime:
        """The first moment after `now` at which the window opens."""
        local = now.astimezone(HANOI)
        day = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        while day in self.closed_days:
            day += timedelta(days=1)
        return datetime.combine(day, self.opens, tzinfo=HANOI).astimezone(now.tzinfo)


def verdict(facts: SendFacts, now: datetime, window: Window) -> Verdict:
    """The decision on one message. An answer to a citizen's text goes at any hour, even to one who refused."""
    if now >= facts.expires_at:
        return Verdict(Action.expire, "too old")
    if facts.erased:
        return Verdict(Action.cancel, "contact erased")
    if facts.kind is MessageKind.reply:
        return SEND
    return _stopped(facts, now) or _delayed(facts, now, window) or SEND


def _stopped(facts: SendFacts, now: datetime) -> Verdict | None:
    """Reasons for which this message will never go."""
    disposition = facts.disposition or ""
    reasons = {
        "wave closed": facts.wave_state not in {WaveState.launched, WaveState.paused},
        "wave over": facts.closes_at is not None and now >= facts.closes_at,
        "answered": facts.answered,
        "an interviewer spoke to them": facts.spoken_to,
        "refused": facts.suppressed or disposition.startswith("2.11"),
        "not eligible": disposition.startswith("4"),
        "limit of messages in the wave": facts.started_in_wave >= MOST_PER_WAVE,
    }
    found = next((reason for reason, holds in reasons.items() if holds), None)
    return Verdict(Action.cancel, found) if found else None


def _delayed(facts: SendFacts, now: datetime, window: Window) -> Verdict | None:
    """Reasons for which it goes later."""
    if facts.wave_state is WaveState.paused:
        return Verdict(Action.wait, "wave paused", now + timedelta(minutes=1))
    if facts.last_started_at is not None and now < facts.last_started_at + QUIET:
        return Verdict(Action.wait, "another message within 24 hours", facts.last_started_at + QUIET)
    if not window.contains(now):
        return Verdict(Action.wait, "outside the sending hours", window.next_opening(now))
    return None
