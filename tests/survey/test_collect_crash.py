"""kill -9 of the web server, of one of its workers and of the database while citizens answer.

Authority: whoever saw the next page has been heard; nobody has to type twice; nobody has to repair anything.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from survey import create_app
from survey.extensions import db
from tests.conftest import KEYS
from tests.databases import migrate
from tests.survey.phones import assert_nothing_lost, make_phones, start
from tests.survey.served import serving
from tests.survey.servers import Cluster

pytestmark = pytest.mark.thorough


def test_every_acknowledged_answer_outlives_the_server(app: Flask, settings: dict[str, Any]) -> None:
    with serving(settings) as server, ThreadPoolExecutor(8) as pool:
        phones = make_phones(server.port, 60)
        running = start(phones, pool, until_thanked=15)
        server.kill()
        for one in running:
            one.result()
    assert any(phone.acknowledged and not phone.thanked for phone in phones), "all had finished: nothing was tried"
    assert_nothing_lost(phones)


def test_a_killed_worker_is_replaced_and_everybody_is_thanked(app: Flask, settings: dict[str, Any]) -> None:
    with serving(settings) as server, ThreadPoolExecutor(8) as pool:
        phones = make_phones(server.port, 60, patience_s=20)
        running = start(phones, pool, until_thanked=15)
        before = server.workers()
        os.kill(before[0], signal.SIGKILL)
        for one in running:
            one.result()
        until = time.monotonic() + 10
        while len(set(server.workers()) - {before[0]}) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        assert len(set(server.workers()) - {before[0]}) == 2
    assert all(phone.thanked for phone in phones)
    assert_nothing_lost(phones)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    yield made
    made.close()


@pytest.mark.postgresql
def test_while_the_database_is_dead_pages_say_so_and_hold_what_was_typed(cluster: Cluster, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": cluster.url, "THUOCDO_INSTANCE": str(tmp_path), **KEYS}
    migrate(cluster.url, tmp_path)
    app = create_app(settings)
    with app.app_context(), serving(settings) as server, ThreadPoolExecutor(8) as pool:
        phones = make_phones(server.port, 60, patience_s=30)
        db.engine.dispose()
        running = start(phones, pool, until_thanked=15)
        cluster.kill()
        time.sleep(2)
        cluster.start()
        for one in running:
            one.result()
        assert all(phone.thanked for phone in phones)
        assert_nothing_lost(phones)
        db.session.remove()
        db.engine.dispose()
    assert sum(phone.apologies for phone in phones) > 0, "nobody met the dead database: nothing was tried"
    assert set().union(*(phone.statuses for phone in phones)) == {200, 303, 503}
