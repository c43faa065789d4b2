"""One round of the outbox: claim, commit, send with no session open, record."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from survey.extensions import db
from survey.gateways import configured
from survey.gateways.sms import OutgoingSms, SmsGateway
from survey.models import Contact
from survey.services.messaging import calls, inbound, outbox, outcomes, receipts, reminders, throttle
from survey.services.messaging.outbox import BATCH, Claimed
from survey.services.messaging.outcomes import Outcome
from survey.services.office.keys import current_vault

if TYPE_CHECKING:
    import numpy as np

FRESH = timedelta(seconds=0.5)  # no message leaves on rules looked up longer ago
FLUSH = timedelta(seconds=1)
RESULTS = ("sent", "not_sent", "refused", "unknown")
FAILURES = frozenset({"not_sent", "unknown"})
MARGIN = timedelta(minutes=1)  # a call may last that long; it must end inside the lease
RECORD_AGAIN_S = (0.5, 1, 2, 4, 8, 16)  # a database that restarts must not make what we know unknown


@dataclass(frozen=True)
class DispatchReport:
    """What a round did. `stopped` were cancelled or too old, `delayed` wait for their hour."""

    sent: int = 0
    not_sent: int = 0
    refused: int = 0
    unknown: int = 0
    stopped: int = 0
    delayed: int = 0


Clock = Callable[[], datetime]
Stop = Callable[[], bool]


def never() -> bool:
    """Nobody asks us to stop."""
    return False


def clock_from(now: datetime) -> Clock:
    """A clock that stands at `now` and goes on from there."""
    start = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - start)


def send_due(
    now: datetime,
    *,
    limit: int | None = None,
    gateways: Mapping[str, SmsGateway] | None = None,
    rng: np.random.Generator | None = None,
    max_s: float = 55.0,
    sleep: Callable[[float], None] = time.sleep,
    stop: Stop = never,
) -> DispatchReport:
    """Send what is due, best gateway first, at the rate of the contract, for at most `max_s` seconds.

    When `stop` says so, the call under way is finished and what was claimed beyond it is given back.
    """
    from numpy.random import default_rng  # here, for the web process imports this module and sends nothing

    clock = clock_from(now)
    gateways = configured(current_app.config) if gateways is None else gateways
    rng = default_rng() if rng is None else rng
    current_vault()  # asks the database once, so not between a claim's commit and its calls
    tally = Counter(unknown=outbox.expire_leases(now))
    db.session.commit()
    left = limit if limit is not None else 1_000_000_000
    sender = _Sender(clock, rng, tally, stop, sleep)
    while left > 0 and not stop() and clock() < now + timedelta(seconds=max_s):
        before = tally.total()
        pauses = [sender.batch(gateway, left) for gateway in gateways.values()]
        done = tally.total() - before
        left -= done
        waits = [pause for pause in pauses if pause is not None]
        if not done and not waits:
            break
        if not done:
            sleep(min(waits))
    sender.finish()
    return DispatchReport(**tally)


@dataclass(frozen=True)
class RoundReport:
    """One round of everything: what came in is read first, so that a refusal stops what was about to leave."""

    receipts: int
    inbound: int
    reminders: int
    dispatch: DispatchReport

    @property
    def idle(self) -> bool:
        return not (self.receipts or self.inbound or self.reminders or self.dispatch != DispatchReport())


def one_round(
    now: datetime,
    *,
    limit: int | None = None,
    max_s: float = 55.0,
    remind: bool = True,
    stop: Stop = never,
) -> RoundReport:
    """Receipts, replies, reminders, then what is due."""
    settled, answered = receipts.apply_receipts(now), inbound.process_inbound(now)
    reminded = reminders.queue_due(now) if remind else 0
    return RoundReport(settled, answered, reminded, send_due(now, limit=limit, max_s=max_s, stop=stop))


def keep_going(now: datetime, *, for_s: float, idle_s: float = 1.0, stop: Stop = never) -> None:
    """Round after round; with nothing to do, a look every `idle_s`. A reply is answered within seconds."""
    clock = clock_from(now)
    end, remind = now + timedelta(seconds=for_s), True
    while (moment := clock()) < end and not stop():
        left_s = (end - moment).total_seconds()
        report = one_round(moment, max_s=min(5.0, left_s), remind=remind, stop=stop)
        remind = False
        if report.idle:
            time.sleep(idle_s)


_Claimed = tuple[outbox.Due, outbox.Claim, int]


@dataclass
class _Sender:
    """What the batches of one round share."""

    clock: Clock
    rng: np.random.Generator
    tally: Counter[str]
    stop: Stop
    sleep: Callable[[float], None]
    last: _Batch | None = None

    def batch(self, gateway: SmsGateway, left: int) -> float | None:
        """One claim and its sends. Seconds after which the bucket may hold enough, None if it is not that."""
        due, claim, failures = self._claim(gateway, left)
        self.tally.update(stopped=due.stopped, delayed=due.delayed)
        if claim.rows:
            self.last = _Batch(self, gateway, failures)
            self.last.send(claim.messages())
        return throttle.pause_s(gateway.rate) if due.looked_at else None

    def finish(self) -> None:
        """Record what the last batch came to when no claim follows that would do it."""
        if self.last is not None:
            self.last.flush()

    def _claim(self, gateway: SmsGateway, left: int) -> _Claimed:
        """Claim, and record with the same commit what the last batch came to; before it, if that fails.

        News of a gateway's health go before it too: the rows of two gateways are never locked by one worker.
        """
        if self.last is not None and self.last.outcomes and not self.last.has_news:
            try:
                return self._commit_claim(gateway, left, self.last)
            except SQLAlchemyError:
                db.session.rollback()
        self.finish()
        return self._commit_claim(gateway, left)

    def _commit_claim(self, gateway: SmsGateway, left: int, last: _Batch | None = None) -> _Claimed:
        """The bucket is locked last: workers wait for each other no longer than an UPDATE and a commit."""
        if last is not None:
            last.write()
        now, due = self.clock(), outbox.NONE_DUE
        if throttle.is_in_use(gateway.name, now):
            elsewhere = throttle.routed_elsewhere(gateway.name, now)
            only = (Contact.carrier.not_in(elsewhere),) if elsewhere else ()
            due = outbox.look(now, gateway.name, limit=min(BATCH, left), only=only)
        state = throttle.locked(gateway.name, now)
        throttle.refill(state, now, gateway.rate)
        claim = outbox.take(due, now, gateway.name, parts=state.tokens if throttle.is_open(state, now) else 0.0)
        state.tokens -= claim.parts
        failures = min(state.failures, throttle.TRIP_AFTER - 1)  # after a pause one message tries first
        db.session.commit()
        if last is not None:
            last.outcomes = []
        return due, claim, failures


class _Batch:
    """Sends claimed messages one after the other and writes down what became of them once a second.

    What is left at the end is recorded with the next claim: a commit is the dearest part of a batch.
    """

    def __init__(self, sender: _Sender, gateway: SmsGateway, failures: int) -> None:
        self.sender, self.gateway = sender, gateway
        self.failures = self.noted = failures
        self.clock = sender.clock
        self.checked_at = self.flushed_at = sender.clock()
        self.outcomes: list[Outcome] = []

    def send(self, messages: tuple[Claimed, ...]) -> None:
        stopped: set[str] = set()
        for index, message in enumerate(messages):
            now = self.clock()
            if now - self.checked_at > FRESH:
                stopped = calls.no_longer_allowed([each.id for each in messages[index:]], now)
                self.checked_at = now
            is_late = now > message.lease_until - MARGIN
            if message.id in stopped or is_late or self.tripped or self.sender.stop():
                self.outcomes.append(Outcome(message, "released", now))
            else:
                self._send_one(message, now)
            if now - self.flushed_at > FLUSH:
                self.flush()

    @property
    def tripped(self) -> bool:
        return self.failures >= throttle.TRIP_AFTER

    @property
    def has_news(self) -> bool:
        """Whether the gateway's health looks otherwise than is on record."""
        return self.failures != self.noted

    def _send_one(self, message: Claimed, now: datetime) -> None:
        sms = OutgoingSms(message.id, message.to, message.text, message.parts, now)
        outcome = calls.outcome(self.gateway, message, sms)
        self.failures = self.failures + 1 if outcome.result in FAILURES else 0
        if outcome.result == "closed":
            self.failures, outcome = throttle.TRIP_AFTER, replace(outcome, result="released")
        self.outcomes.append(outcome)
        if outcome.result in RESULTS:
            self.sender.tally[outcome.result] += 1

    def flush(self) -> None:
        """Record and commit, again and again for half a minute where the database does not answer."""
        for pause_s in RECORD_AGAIN_S:
            try:
                return self._record()
            except OperationalError:
                db.session.rollback()
                self.sender.sleep(pause_s)
        return self._record()

    def _record(self) -> None:
        """What became of the calls; also what the gateway's health looks like from here."""
        self.flushed_at = self.clock()
        if not self.outcomes:
            return
        self.write()
        if self.has_news:
            throttle.note(self.gateway.name, self.flushed_at, self.failures)
        db.session.commit()
        self.noted = self.failures
        self.outcomes = []

    def write(self) -> None:
        """What became of the calls; the caller commits, and empties `outcomes` when that is done."""
        lost = outcomes.record(self.outcomes, self.sender.rng)
        receipts.note_undelivered(lost, self.clock())
