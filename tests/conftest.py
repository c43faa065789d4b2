"""Applications, clients and databases for tests. Each test has a database of its own.

`THUOCDO_TEST_DATABASE_URL` names a PostgreSQL server's database: then each worker makes its own beside it and
empties it after each test. Without it each test has an SQLite file, copied from one that was migrated once.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from tests.pages import keep
from tests.parts import pytest_collection_modifyitems, pytest_runtest_makereport

__all__ = ["pytest_collection_modifyitems", "pytest_runtest_makereport"]

KEYS = {
    "THUOCDO_SECRET_KEY": "s" * 40,
    "THUOCDO_DATA_KEY": "d" * 40,
    "THUOCDO_CALLBACK_KEYS": ("callback-key-one", "callback-key-two"),
}
POSTGRESQL = os.environ.get("THUOCDO_TEST_DATABASE_URL", "")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """A migrated database: the path of an SQLite file, or the URL of this worker's PostgreSQL database."""
    from tests.databases import make_postgresql, migrate

    if POSTGRESQL:
        url = make_postgresql(POSTGRESQL, worker_id)
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('migrated') / 'template.sqlite3'}"
    migrate(url, tmp_path_factory.mktemp("instance"))
    return url


@pytest.fixture
def database_url(migrated: str, tmp_path: Path) -> Iterator[str]:
    if POSTGRESQL:
        from tests.databases import close_what_was_left_open, empty_postgresql

        yield migrated
        close_what_was_left_open()
        empty_postgresql(migrated)
    else:
        target = tmp_path / "test.sqlite3"
        shutil.copy(migrated.removeprefix("sqlite:///"), target)
        yield f"sqlite:///{target}"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> dict[str, Any]:
    """Override or extend in a test module to change a setting."""
    folder = tmp_path / "instance"
    return {"DATABASE_URL": database_url, "THUOCDO_INSTANCE": str(folder), "TESTING": True, **KEYS}


@pytest.fixture
def app(settings: dict[str, Any]) -> Iterator[Flask]:
    from survey import create_app
    from survey.extensions import db

    application = create_app(settings)
    keep(application)
    with application.app_context():
        yield application
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def now() -> datetime:
    """A Wednesday, ten in the morning in Huế: inside the sending window."""
    return datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
