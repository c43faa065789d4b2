"""The tables are made by a command, and are those of the models. Authority: the comparison that Alembic makes."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from survey.extensions import db
from survey.models import Response, ResponseRevision, User
from tests.factories import make_invitation
from tests.officers import add
from tests.survey.citizen import Citizen


def test_the_migrations_make_the_tables_of_the_models(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["db", "check"])
    assert result.exit_code == 0, result.output


def test_every_command_is_offered_beside_those_on_the_database(runner: FlaskCliRunner) -> None:
    offered = runner.invoke(args=["--help"]).output
    for name in ("db", "wave", "dossiers", "backup"):
        assert f"\n  {name} " in offered


def test_back_and_forth_keeps_answers_accounts_and_what_points_to_them(app: Flask, runner: FlaskCliRunner) -> None:
    """A table that SQLite makes anew has rows that others point to."""
    invitation, token = make_invitation()
    citizen = Citizen(app, token, invitation.id)
    citizen.fill("4")
    citizen.post("check")
    citizen.answer("q1", "5", back="check")
    add("keyer")
    add("admin")
    db.session.execute(update(Response).values(mode="interviewer"))
    db.session.commit()
    db.session.remove()
    for command in (["downgrade", "0001"], ["upgrade"], ["check"]):
        result = runner.invoke(args=["db", *command])
        assert result.exit_code == 0, result.output
    assert db.session.scalars(select(Response.mode)).one() == "interviewer"
    assert db.session.scalars(select(ResponseRevision.response_id)).one() == 1
    roles = db.session.execute(select(User.role, User.active).order_by(User.id)).all()
    assert [tuple(row) for row in roles] == [("viewer", False), ("admin", True)]
    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE response SET mode = 'phone'"))
    db.session.rollback()
