"""Connections that their server closed. Authority: PostgreSQL's own way to end a session, pg_terminate_backend."""

from __future__ import annotations

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from survey.extensions import db
from tests.conftest import POSTGRESQL


@pytest.mark.skipif(not POSTGRESQL, reason="needs PostgreSQL")
def test_a_connection_that_the_server_closed_is_replaced_unseen(app: Flask, database_url: str) -> None:
    first = db.session.scalar(text("SELECT pg_backend_pid()"))
    db.session.rollback()
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
    assert db.session.scalar(text("SELECT pg_backend_pid()")) != first


@pytest.mark.skipif(not POSTGRESQL, reason="needs PostgreSQL")
def test_a_living_connection_is_used_again(app: Flask) -> None:
    pids = set()
    for _ in range(3):
        pids.add(db.session.scalar(text("SELECT pg_backend_pid()")))
        db.session.remove()
    assert len(pids) == 1
