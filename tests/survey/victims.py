"""What dies while a process of the product stands still, and what happens to that process then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from survey.extensions import db
from survey.services.messaging.dispatch import FRESH
from tests.survey.halting import Standing
from tests.survey.lives import Story, states, until
from tests.survey.servers import Cluster, Redis


class Victim(Protocol):
    role: str

    def strike(self, process: Standing, story: Story) -> None:
        """Kill while the process stands; some citizens refuse and answer meanwhile, if anything can be written."""


class Itself:
    """The worker, or the web process."""

    role = "round"

    def strike(self, process: Standing, story: Story) -> None:
        process.kill()
        story.refuse_and_answer()


class Database:
    """The process finds its connections dead and the server back."""

    role = "round"

    def __init__(self, cluster: Cluster, kill: Callable[[Cluster], None]) -> None:
        self.cluster, self.kill = cluster, kill

    def strike(self, process: Standing, story: Story) -> None:
        db.session.remove()
        self.kill(self.cluster)
        self.cluster.start()
        story.refuse_and_answer()
        time.sleep(FRESH.total_seconds())  # so long may pass between the rules and the call
        story.operator.release()
        process.let_go()
        assert process.role == "web" or process.ended()
        assert "sending" not in states().values(), "what it knew was not recorded"


class Queue:
    """A worker goes on with the round that it is in; the Redis that comes back knows nothing."""

    role = "worker"

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def strike(self, process: Standing, story: Story) -> None:
        self.redis.kill()
        self.redis.start()
        story.operator.release()
        process.let_go()
        assert until(lambda: not {"queued", "sending"} & set(states().values()))
        process.end()
