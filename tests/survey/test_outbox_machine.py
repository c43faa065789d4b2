"""Random schedules of sends, failures, kills, receipts, answers and refusals; the promises hold in all of them.

Promises: a message that may have rung a phone is never handed over again; nothing that we start leaves after an
answer or a refusal, outside the hours, or within 24 hours of the last; no message is lost; states follow the
arrows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from survey.errors import GatewayError
from survey.extensions import db
from survey.gateways.sms import DeliveryNotice, OutgoingSms, SendReceipt
from survey.models import FINAL_MESSAGE_STATES, Invitation, Message, MessageKind, Wave, WaveState
from survey.services.answers import collect
from survey.services.messaging import reminders
from survey.services.messaging.dispatch import send_due
from survey.services.messaging.receipts import apply_receipts, store_receipt
from tests import factories
from tests.survey.fake_sms import FakeSms
from tests.survey.stage import PHONES, close, stage

ENDS = st.sampled_from(["sent", "not_sent", "refused", "unknown", "killed"])


class KilledError(BaseException):
    """The worker dies here, as by SIGKILL: nothing after the call is run."""


class Network(FakeSms):
    """Meets each call with the next drawn end, and remembers who may have heard the phone."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[str] = []
        self.may_have_rung: dict[str, int] = {}
        self.calls: list[OutgoingSms] = []

    def send(self, sms: OutgoingSms) -> SendReceipt:
        self.calls.append(sms)
        end = self.ends.pop() if self.ends else "sent"
        if end in {"sent", "unknown", "killed"}:
            self.may_have_rung[sms.id] = self.may_have_rung.get(sms.id, 0) + 1
        if end == "killed":
            raise KilledError
        if end != "sent":
            raise GatewayError(end, "drawn")
        return SendReceipt()


class Outbox(RuleBasedStateMachine):
    """One wave, a few phones, and time that only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = stage()
        self.wave_id, self.invitations = self.stage.wave_id, self.stage.invitations
        self.now = factories.NOW
        self.network = Network()
        self.done: set[int] = set()  # invitations answered or refused
        self.started: dict[str, datetime] = {}
        self.final: dict[str, str] = {}
        self.extra = 0
        for key in self.invitations:
            times = {"not_before": self.now, "expires_at": self.now + timedelta(days=3)}
            factories.make_message(db.session.get_one(Invitation, key), **times)

    def teardown(self) -> None:
        self.stage.clear()

    @rule(ends=st.lists(ENDS, max_size=6))
    def a_worker_makes_a_round(self, ends: list[str]) -> None:
        self.network.ends = list(ends)
        before = len(self.network.calls)
        try:
            send_due(self.now, gateways={"fake": self.network}, sleep=lambda _s: None, max_s=5)
        except KilledError:
            db.session.remove()
        for sms in self.network.calls[before:]:
            self._check(sms)

    def _check(self, sms: OutgoingSms) -> None:
        assert self.network.may_have_rung.get(sms.id, 0) <= 1, "a message that may have rung was sent again"
        message = db.session.get(Message, sms.id)
        if message.kind is not MessageKind.reply:
            assert message.invitation_id not in self.done, "sent after an answer or a refusal"
            assert 1 <= sms.at.hour < 13, "started outside 08:00-20:00 in Huế"
            if message.id in self.network.may_have_rung:
                last = self.started.get(sms.to)
                assert last is None or sms.at - last >= timedelta(hours=24), "two within 24 hours"
                self.started[sms.to] = sms.at
        db.session.rollback()

    @rule(minutes=st.sampled_from([1, 7, 30, 200, 1320, 1500]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def reminders_are_decided(self) -> None:
        reminders.queue_due(self.now)

    @rule(number=st.integers(0, PHONES - 1))
    def an_old_fault_queues_one_more(self, number: int) -> None:
        """Whatever put it there, even after a refusal: the rules are asked again before the call."""
        self.extra += 1
        invitation = db.session.get(Invitation, self.invitations[number])
        times = {"not_before": self.now, "expires_at": self.now + timedelta(days=3)}
        factories.make_message(invitation, kind=MessageKind.reminder, attempt=50 + self.extra, **times)

    @rule(number=st.integers(0, PHONES - 1), forever=st.booleans())
    def a_citizen_refuses(self, number: int, forever: bool) -> None:
        with self._invitation(number) as invitation:
            collect.refuse(invitation, source="sms", forever=forever, now=self.now)

    @rule(number=st.integers(0, PHONES - 1))
    def a_citizen_answers(self, number: int) -> None:
        with self._invitation(number) as invitation:
            ratings = {f"q{item}": 4 for item in range(1, 7)}
            collect.record_sms(invitation, ratings, send=True, now=self.now)

    @contextmanager
    def _invitation(self, number: int) -> Iterator[Invitation]:
        key = self.invitations[number]
        if self.now < factories.NOW + timedelta(days=29):
            yield db.session.get(Invitation, key)
            self.done.add(key)
            db.session.commit()
        else:
            yield db.session.get(Invitation, key)
            db.session.rollback()

    @rule(state=st.sampled_from([WaveState.paused, WaveState.launched]))
    def an_officer_pauses_or_resumes(self, state: WaveState) -> None:
        db.session.get(Wave, self.wave_id).state = state
        db.session.commit()

    @rule(index=st.integers(0, 20), status=st.sampled_from(["accepted", "delivered", "failed"]))
    def a_receipt_comes(self, index: int, status: str) -> None:
        rung = list(self.network.may_have_rung)
        if rung:
            store_receipt("fake", DeliveryNotice(rung[index % len(rung)], status), {}, self.now)
            apply_receipts(self.now)

    @invariant()
    def nothing_is_lost_and_nothing_final_moves(self) -> None:
        rows = db.session.execute(select(Message.id, Message.state)).all()
        db.session.rollback()
        states = {key: state.value for key, state in rows}
        assert len(states) >= PHONES
        for key, state in self.final.items():
            assert states[key] == state, "a final state moved"
        self.final |= {key: state for key, state in states.items() if state in FINAL_MESSAGE_STATES}
        rung = self.network.may_have_rung
        back = {key for key in rung if states[key] in {"expired", "cancelled", "dead"}}
        assert not back, "a message that may have rung is shown as never sent"


@pytest.mark.thorough
class TestOutbox(Outbox.TestCase):
    settings = settings(
        max_examples=200, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )

    @classmethod
    def tearDownClass(cls) -> None:
        close()
