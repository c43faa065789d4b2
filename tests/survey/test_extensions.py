"""Connections that their server closed, and what an error tells.

Authority: PostgreSQL's own way to end a session, pg_terminate_backend.
"""

from __future__ import annotations

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from survey.extensions import db


@pytest.mark.postgresql
def test_a_connection_that_the_server_closed_is_replaced_unseen(app: Flask, database_url: str) -> None:
    first = db.session.scalar(text("SELECT pg_backend_pid()"))
    db.session.rollback()
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
    assert db.session.scalar(text("SELECT pg_backend_pid()")) != first


@pytest.mark.postgresql
def test_a_living_connection_is_used_again(app: Flask) -> None:
    pids = set()
    for _ in range(3):
        pids.add(db.session.scalar(text("SELECT pg_backend_pid()")))
        db.session.remove()
    assert len(pids) == 1


def test_an_error_of_the_database_carries_no_parameter_into_a_log(app: Flask) -> None:
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text("SELECT no_such_column FROM contact WHERE id = :phone"), {"phone": "+84905123456"})
    db.session.rollback()
    assert "84905123456" not in str(caught.value)
