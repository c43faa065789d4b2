"""Real workers in real processes: killed between claim and record, and racing for the same rows.

Authority: no message is sent twice unless its state says `unknown`, and none is lost.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from survey.extensions import db
from survey.models import Message, MessageState
from survey.services.messaging.dispatch import one_round
from tests.factories import make_invitation, make_message, make_unit, make_wave
from tests.survey.fake_sms import FakeSms, send
from tests.survey.loopback import Provider, worker

pytestmark = pytest.mark.usefixtures("app")


def queue(count: int) -> None:
    now = datetime.now(UTC)
    wave = make_wave(state="launched", closes_at=now + timedelta(days=9))
    for number in range(count):
        unit = make_unit(wave=wave, phone=f"+8490510{number:04d}")
        invitation = make_invitation(unit, expires_at=now + timedelta(days=9))[0]
        make_message(invitation, not_before=now - timedelta(hours=1), expires_at=now + timedelta(days=1))


def states() -> Counter[str]:
    db.session.rollback()
    counted = Counter(state.value for state in db.session.scalars(select(Message.state)))
    db.session.rollback()
    return counted


def test_a_worker_killed_during_a_call_leaves_unknown_and_nobody_gets_a_second_text(
    settings: dict[str, Any],
) -> None:
    queue(8)
    provider = Provider(answers=3)
    with provider.running() as url:
        process = worker(settings, url)
        assert provider.hangs.wait(30), process.stderr
        process.kill()
        process.communicate()
        assert process.returncode == -9
        left_behind = states()
        assert set(left_behind) <= {"sending", "handed_over"}
        later = datetime.now(UTC) + timedelta(minutes=10)
        after = FakeSms()
        assert send(later, after).unknown == left_behind["sending"]
        assert after.sent == []
    assert states() == Counter(unknown=left_behind["sending"], handed_over=left_behind["handed_over"])
    assert sum(states().values()) == 8
    rung = Counter(query["to"] for query in provider.received)
    assert max(rung.values()) == 1


def test_what_the_killed_worker_had_not_claimed_is_sent_by_the_next(settings: dict[str, Any]) -> None:
    queue(60)  # more than one batch
    provider = Provider(answers=0)
    with provider.running() as url:
        process = worker(settings, url)
        assert provider.hangs.wait(30), process.stderr
        process.kill()
        process.communicate()
    with (healthy := Provider()).running() as url:
        output, errors = worker(settings, url).communicate(timeout=60)
    assert "sent 10 " in output, errors
    assert states() == Counter(sending=50, handed_over=10)
    phones = Counter(query["to"] for query in [*provider.received, *healthy.received])
    assert max(phones.values()) == 1


def test_workers_that_race_send_each_message_once(settings: dict[str, Any]) -> None:
    queue(120)
    provider = Provider()
    with provider.running() as url:
        workers = [worker(settings, url) for _ in range(3)]
        outputs = [process.communicate(timeout=120) for process in workers]
    assert [process.returncode for process in workers] == [0, 0, 0], outputs
    assert Counter(query["to"] for query in provider.received).most_common(1)[0][1] == 1
    assert len(provider.received) == 120
    assert states() == Counter(handed_over=120)


def test_workers_that_race_start_one_message_a_phone(settings: dict[str, Any]) -> None:
    for _wave in range(3):
        queue(15)  # the same phones in each
    with (provider := Provider()).running() as url:
        outputs = [process.communicate(timeout=120) for process in [worker(settings, url) for _ in range(3)]]
    assert sorted(Counter(query["to"] for query in provider.received).values()) == [1] * 15, outputs
    assert states() == Counter(handed_over=15, queued=30)


def test_a_gateway_that_is_down_loses_nothing(settings: dict[str, Any]) -> None:
    queue(3)
    with Provider().running() as url:
        pass  # nobody listens there any more
    _output, errors = worker(settings, url).communicate(timeout=60)
    assert errors == ""
    assert states() == Counter(queued=3)
    assert all(message.tries == 1 for message in db.session.scalars(select(Message)))


def test_an_unknown_message_is_listed_until_a_person_decides(settings: dict[str, Any]) -> None:
    queue(1)
    message = db.session.scalars(select(Message)).one()
    message.state, message.attempted_at = MessageState.unknown, datetime.now(UTC)
    message.reason, message_id = "no answer: TimeoutError", message.id
    db.session.commit()
    url = "http://127.0.0.1:9/"
    listed, _ = worker(settings, url, "unknown").communicate(timeout=60)
    assert message_id in listed
    assert "+849" not in listed
    one_round(datetime.now(UTC), max_s=1)
    assert states() == Counter(unknown=1)
    new_id, errors = worker(settings, url, "resolve", message_id, "--as", "resend").communicate(timeout=60)
    assert errors == ""
    assert states() == Counter(failed=1, queued=1)
    assert db.session.get(Message, new_id.strip()).attempt == 2


def test_a_worker_begins_at_once_and_on_sigterm_gives_back_what_it_did_not_send(settings: dict[str, Any]) -> None:
    queue(20)
    provider = Provider(answers=3)
    with provider.running() as url:
        process = worker(settings, url, "worker")
        assert provider.hangs.wait(60), process.stderr
        process.terminate()
        time.sleep(1.5)  # the signal must be heard before the connection is cut
        provider.release()  # the call under way is answered at last, though not with a yes
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert states() == Counter(handed_over=3, unknown=1, queued=16)
