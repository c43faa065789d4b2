"""Officers' accounts. Authority: OWASP Application Security Verification Standard 4.0, chapters V2 and V3."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from survey.errors import ConflictError, InputError
from survey.extensions import db
from survey.models import AuditEvent, LoginFailure, User
from survey.services.office import users
from tests.factories import NOW, make_agency
from tests.officers import PASSWORD, add

HERE = "192.0.2.7"


def log_in(
    password: str = PASSWORD, email: str = "admin@hue.gov.vn", address: str = HERE, minutes: float = 0
) -> User:
    return users.check_login(email, password, address=address, now=NOW + timedelta(minutes=minutes))


def fail(times: int, *, address: str = HERE, minutes: float = 0) -> None:
    for _ in range(times):
        with pytest.raises(users.LoginError):
            log_in("not the password", address=address, minutes=minutes)


def test_the_right_password_lets_in_and_is_logged(app: Flask) -> None:
    add()
    assert log_in().last_login_at == NOW
    assert db.session.scalars(select(AuditEvent.action)).all() == ["user.add", "user.login"]


def test_the_e_mail_may_be_typed_in_capitals(app: Flask) -> None:
    add()
    assert log_in(email=" Admin@HUE.gov.vn ").email == "admin@hue.gov.vn"


def test_password_is_stored_as_argon2id_only(app: Flask) -> None:
    stored = add().password_hash
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_unknown_e_mail_wrong_password_and_switched_off_sound_the_same(app: Flask) -> None:
    add()
    add("viewer")
    users.set_active("viewer@hue.gov.vn", False, actor="cli", now=NOW)
    sentences = set()
    for email, password in (
        ("nobody@hue.gov.vn", PASSWORD),
        ("admin@hue.gov.vn", "x"),
        ("viewer@hue.gov.vn", PASSWORD),
    ):
        with pytest.raises(users.LoginError) as refused:
            log_in(password, email)
        sentences.add(refused.value.message)
    assert len(sentences) == 1


def test_five_failures_close_the_account_for_a_minute_even_to_the_right_password(app: Flask) -> None:
    add()
    fail(5)
    with pytest.raises(users.LoginError):
        log_in(minutes=0.9)
    assert log_in(minutes=1.1).failed_logins == 0


def test_each_further_failure_doubles_the_wait(app: Flask) -> None:
    add()
    fail(5)
    fail(1, minutes=1.1)
    with pytest.raises(users.LoginError):
        log_in(minutes=3)
    assert log_in(minutes=3.2)


def test_guesses_during_the_wait_do_not_lengthen_it(app: Flask) -> None:
    add()
    fail(5)
    fail(3, minutes=0.5)
    assert log_in(minutes=1.1)


def test_twenty_failures_from_one_address_close_it_for_every_account(app: Flask) -> None:
    add()
    for _ in range(20):
        with pytest.raises(users.LoginError):
            log_in(email="nobody@hue.gov.vn")
    with pytest.raises(users.LoginError) as refused:
        log_in()
    assert refused.value.code == "login_rate"
    assert log_in(address="192.0.2.8")
    assert log_in(minutes=16)


def test_failures_are_forgotten_after_a_quarter_of_an_hour(app: Flask) -> None:
    fail(2)
    fail(1, minutes=16)
    assert len(db.session.scalars(select(LoginFailure)).all()) == 1


def test_what_was_typed_as_an_unknown_e_mail_is_not_logged(app: Flask) -> None:
    """People type their password into the wrong box."""
    with pytest.raises(users.LoginError):
        log_in(email="my secret password")
    assert db.session.scalars(select(AuditEvent)).all() == []


def test_a_cookie_ends_with_log_out_new_password_or_switching_off(app: Flask) -> None:
    user = add()
    for end in (
        lambda: users.log_out(user, now=NOW),
        lambda: users.set_password(user.email, "another long password", actor="cli", now=NOW),
        lambda: users.set_active(user.email, False, actor="cli", now=NOW),
    ):
        cookie = user.get_id()
        assert users.of_session(cookie) is user
        end()
        assert users.of_session(cookie) is None


@pytest.mark.parametrize("cookie", ["", "x.1", "1", "999.1", "-1.1"])
def test_a_cookie_that_we_did_not_make_is_nobody(app: Flask, cookie: str) -> None:
    add()
    assert users.of_session(cookie) is None


@pytest.mark.parametrize(
    ("email", "role", "password"),
    [
        ("no-at-sign", "admin", PASSWORD),
        ("a@hue", "admin", PASSWORD),
        ("a@hue.gov.vn", "king", PASSWORD),
        ("a@hue.gov.vn", "admin", "short"),
        ("a@hue.gov.vn", "admin", "x" * 129),
    ],
    ids=["not an address", "no domain", "no such role", "short password", "endless password"],
)
def test_a_bad_account_is_refused(app: Flask, email: str, role: str, password: str) -> None:
    with pytest.raises(InputError):
        users.add_user(email, role, password, actor="cli", now=NOW)
    assert db.session.scalars(select(User)).all() == []


def test_an_address_has_one_account(app: Flask) -> None:
    add()
    with pytest.raises(ConflictError):
        users.add_user("ADMIN@hue.gov.vn", "viewer", PASSWORD, actor="cli", now=NOW)


def test_an_agency_account_belongs_to_its_agency_at_once_or_later(app: Flask) -> None:
    agency = make_agency()
    assert add("agency", agency).agency == agency
    later = users.add_user("b@hue.gov.vn", "agency", PASSWORD, actor="cli", now=NOW)
    assert later.agency is None
    assert users.assign("b@hue.gov.vn", agency.code, actor="cli", now=NOW).agency == agency


@pytest.mark.parametrize(("email", "code"), [("admin@hue.gov.vn", "A"), ("agency@hue.gov.vn", "none")])
def test_only_an_agency_account_has_an_agency_and_only_one_that_exists(app: Flask, email: str, code: str) -> None:
    add()
    add("agency")
    make_agency(code="A")
    with pytest.raises(InputError):
        users.assign(email, code, actor="cli", now=NOW)


def test_the_command_reads_the_password_or_makes_one_that_works(runner: FlaskCliRunner) -> None:
    given = runner.invoke(
        args=["user", "add", "a@hue.gov.vn", "--role", "admin", "--password-stdin"], input=PASSWORD + "\n"
    )
    assert given.output == "added a@hue.gov.vn (admin)\n"
    assert log_in(email="a@hue.gov.vn")
    made = runner.invoke(args=["user", "add", "b@hue.gov.vn", "--role", "viewer"])
    assert made.output.startswith("added b@hue.gov.vn (viewer)\npassword (shown this once): ")
    assert log_in(made.output.split()[-1], email="b@hue.gov.vn")


def test_the_command_refuses_in_one_line(runner: FlaskCliRunner) -> None:
    refused = runner.invoke(
        args=["user", "add", "a@hue.gov.vn", "--role", "admin", "--password-stdin"], input="short\n"
    )
    assert refused.exit_code == 2
    assert refused.output == "error: Mật khẩu phải dài từ 12 đến 128 ký tự.\n"


def test_commands_list_and_switch_off(runner: FlaskCliRunner) -> None:
    add()
    assert runner.invoke(args=["user", "disable", "admin@hue.gov.vn"]).exit_code == 0
    assert runner.invoke(args=["user", "list"]).output == "admin@hue.gov.vn\tadmin\tdisabled\n"
    assert runner.invoke(args=["user", "enable", "nobody@hue.gov.vn"]).exit_code == 2
