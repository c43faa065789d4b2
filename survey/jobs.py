"""Background work. huey runs it and may lose its queue at any time: the tables say what is to be done."""

from __future__ import annotations

from flask import Flask
from huey import Huey, SqliteHuey, crontab

from survey import clock
from survey.services import dispatch


def make_queue(app: Flask) -> Huey:
    """The queue of this application with its tasks; each machine may run as many consumers as it likes."""
    queue = SqliteHuey("thuocdo", filename=str(app.config["THUOCDO_INSTANCE"] / "jobs.sqlite3"))

    @queue.periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
    def messages() -> None:
        with app.app_context():
            dispatch.keep_going(clock.now(), for_s=58)

    return queue
