"""Background work. huey runs it and may lose its queue at any time: the tables say what is to be done.

The queue holds nothing but "look at the outbox", once a minute for each worker; who sends which message is
decided by the claim in the database. On one machine the queue is an SQLite file in the instance folder. Where
several machines share that folder over a network, whose locks SQLite must not trust, THUOCDO_QUEUE names a Redis.
A queue that is lost, or a Redis that is killed, costs at most the time until the next minute in which it is there.
"""

from __future__ import annotations

from contextlib import suppress

from flask import Flask
from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from redis.exceptions import RedisError

from survey import clock
from survey.services.messaging import dispatch

MINUTE_S = 58  # a round of rounds ends before the next minute begins


def make_queue(app: Flask) -> Huey:
    """The queue with its tasks: of this machine, or shared by all."""
    queue = _storage(app)

    @queue.periodic_task(crontab(minute="*"), name="messages", expires=MINUTE_S)  # type: ignore[untyped-decorator]
    def messages() -> None:
        with app.app_context():
            dispatch.keep_going(clock.now(), for_s=MINUTE_S, stop=app.extensions["thuocdo_stop"])

    app.extensions["thuocdo_messages"] = messages
    return queue


def _storage(app: Flask) -> Huey:
    if address := app.config["THUOCDO_QUEUE"]:
        return RedisHuey("thuocdo", url=address, results=False)
    return SqliteHuey("thuocdo", filename=str(app.config["THUOCDO_INSTANCE"] / "jobs.sqlite3"), results=False)


def make_worker(app: Flask) -> Consumer:
    """A worker that begins at once; SIGTERM lets it finish the call it is in and give back what it claimed.

    One that is started before its Redis waits for it.
    """
    worker = make_queue(app).create_consumer(workers=1, graceful_signal="TERM")
    app.extensions["thuocdo_stop"] = worker.stop_flag.is_set
    with suppress(RedisError):
        app.extensions["thuocdo_messages"]()
    return worker
