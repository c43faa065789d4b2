"""Background work. huey runs it and may lose its queue at any time: the tables say what is to be done.

Each machine has a queue of its own beside its files. Any number of workers on any number of machines share the
outbox, not a queue, so there is nothing else to install.
"""

from __future__ import annotations

from flask import Flask
from huey import Huey, SqliteHuey, crontab
from huey.consumer import Consumer

from survey import clock
from survey.services.messaging import dispatch

MINUTE_S = 58  # a round of rounds ends before the next minute begins


def make_queue(app: Flask) -> Huey:
    """The queue of this machine with its tasks."""
    queue = SqliteHuey("thuocdo", filename=str(app.config["THUOCDO_INSTANCE"] / "jobs.sqlite3"))

    @queue.periodic_task(crontab(minute="*"), name="messages", expires=MINUTE_S)  # type: ignore[untyped-decorator]
    def messages() -> None:
        with app.app_context():
            dispatch.keep_going(clock.now(), for_s=MINUTE_S, stop=app.extensions["thuocdo_stop"])

    app.extensions["thuocdo_messages"] = messages
    return queue


def make_worker(app: Flask) -> Consumer:
    """A worker that begins at once; SIGTERM lets it finish the call it is in and give back what it claimed."""
    worker = make_queue(app).create_consumer(workers=1, graceful_signal="TERM")
    app.extensions["thuocdo_stop"] = worker.stop_flag.is_set
    app.extensions["thuocdo_messages"]()
    return worker
