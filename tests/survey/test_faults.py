"""Each step of a message's life, and at each the worker, the database, the queue or the web process dies.

Authority: the state machine of survey.models.message. Nothing is sent twice, nothing is lost, nothing is asked
after an answer or a refusal; `unknown` is what a worker had in hand when it died, and only that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.models import InboundMessage, Message, Receipt
from tests.databases import close_what_was_left_open, empty_postgresql, migrate
from tests.survey.halting import Standing
from tests.survey.lives import PLAIN, Story, called_back, states, submitted, until, with_operator
from tests.survey.loopback import Provider
from tests.survey.servers import Cluster, Redis
from tests.survey.victims import Database, Itself, Queue, Victim

# Where the process stands, and how many of the four messages that it had in hand nobody can tell anything of.
SENDING = {"queued": 0, "claimed": 0, "sending": 4, "called": 3, "answered": 0, "recorded": 0, "handed over": 0}
READING = ("receipt applying", "receipt applied", "text answering", "text answered")
CALLING = ("receipt logging", "receipt logged", "text storing", "text stored")


ITSELF = "itself"
DATABASE = pytest.param("database", marks=pytest.mark.postgresql)
POSTMASTER = pytest.param("postmaster", marks=pytest.mark.postgresql)
QUEUE = pytest.param("queue", marks=pytest.mark.redis)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    server = Cluster()
    migrate(server.url, server.folder)
    yield server
    close_what_was_left_open()
    server.close()


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.kill()


@pytest.fixture
def victim(request: pytest.FixtureRequest) -> Victim:
    match request.param:
        case "queue":
            return Queue(request.getfixturevalue("redis"))
        case "database":
            return Database(request.getfixturevalue("cluster"), Cluster.stop_at_once)
        case "postmaster":
            return Database(request.getfixturevalue("cluster"), Cluster.kill)
        case _:
            return Itself()


@pytest.fixture
def operator() -> Provider:
    return Provider()


@pytest.fixture
def settings(
    settings: dict[str, Any], victim: Victim, operator: Provider, tmp_path: Path
) -> Iterator[dict[str, Any]]:
    """With the operator, and with the server that is going to be killed."""
    with operator.running() as url:
        changed = with_operator(settings, url, tmp_path)
        if isinstance(victim, Queue):
            changed |= {"THUOCDO_QUEUE": victim.redis.url}
        if isinstance(victim, Database):
            changed |= {"DATABASE_URL": victim.cluster.url}
        yield changed
    if isinstance(victim, Database):
        close_what_was_left_open()
        empty_postgresql(victim.cluster.url)


@pytest.fixture
def story(app: Flask, operator: Provider) -> Story:
    return Story(app, operator)


@pytest.mark.parametrize("victim", [ITSELF, DATABASE, POSTMASTER, QUEUE], indirect=True)
@pytest.mark.parametrize("point", SENDING)
def test_on_the_way_out(victim: Victim, point: str, story: Story, settings: dict[str, Any]) -> None:
    story.operator.answers = 0 if point == "called" else 1_000_000
    process = Standing(victim.role, settings, None if point == "called" else point)
    assert story.operator.hangs.wait(30) if point == "called" else process.came()
    victim.strike(process, story)
    story.drain()
    story.check(unknown=SENDING[point] if isinstance(victim, Itself) else 0)


@pytest.mark.parametrize("victim", [ITSELF, DATABASE, QUEUE], indirect=True)
@pytest.mark.parametrize("point", READING)
def test_while_receipts_and_texts_are_read(
    victim: Victim, point: str, story: Story, settings: dict[str, Any]
) -> None:
    """A receipt and an answer by text wait; the answer is recorded once, and confirmed once."""
    story.rounds()
    story.callback("receipt", id=story.ids[PLAIN], st="1", ans="0")
    story.callback("inbound", **{"from": PLAIN, "to": "8088", "text": "545354", "id": "a1"})
    process = Standing(victim.role, settings, point)
    assert process.came()
    victim.strike(process, story)
    story.drain()
    story.check(unknown=0)
    confirmed = select(Message.id).where(Message.body.startswith("Da ghi nhan: 5"))
    assert len(db.session.scalars(confirmed).all()) == 1
    assert submitted() == (1 if isinstance(victim, Queue) else 2)  # PLAIN, and who answered meanwhile


@pytest.mark.slow
@pytest.mark.redis
@pytest.mark.parametrize("victim", ["queue"], indirect=True)
def test_workers_that_start_before_their_redis_share_it_when_it_is_there(
    victim: Queue, story: Story, settings: dict[str, Any]
) -> None:
    victim.redis.kill()
    workers = [Standing("worker", settings) for _ in range(2)]
    time.sleep(3)
    assert set(states().values()) == {"queued"}
    victim.redis.start()
    assert until(lambda: set(states().values()) == {"handed_over"}, seconds=75)  # the next minute
    for worker in workers:
        worker.end()
    assert set(story.rung().values()) == {1}


@pytest.mark.parametrize("victim", [ITSELF, DATABASE], indirect=True)
@pytest.mark.parametrize("point", CALLING)
def test_while_the_operator_calls_back(victim: Victim, point: str, story: Story, settings: dict[str, Any]) -> None:
    """It calls until it is answered, as Kannel does, with the same id; the citizen's text counts once."""
    story.rounds()
    receipt = {"id": story.ids[PLAIN], "st": "1", "ans": "0"}
    text = {"from": PLAIN, "to": "8088", "text": "545354", "id": "a1"}
    kind, fields = ("receipt", receipt) if "receipt" in point else ("inbound", text)
    process = Standing("web", settings, point)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(called_back, process.url(kind), fields)
        assert process.came()
        victim.strike(process, story)
        was_taken = first.result(30)
    again = process if isinstance(victim, Database) else Standing("web", settings)
    assert was_taken is (isinstance(victim, Database) and point in {"receipt logged", "text stored"})
    assert was_taken or called_back(again.url(kind), fields)
    again.end()
    story.drain()
    story.check(unknown=0)
    stored = db.session.scalars(select(InboundMessage.verdict).where(InboundMessage.external_id == "a1")).all()
    assert stored == ([] if kind == "receipt" else ["accept"])
    applied = select(Receipt).where(Receipt.message_id == story.ids[PLAIN], Receipt.applied)
    assert len(db.session.scalars(applied).all()) == 1
