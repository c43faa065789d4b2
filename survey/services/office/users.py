"""Officers' accounts: adding, logging in and out, changing a password, switching off."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from survey.errors import ConflictError, InputError, NotFoundError, SurveyError
from survey.extensions import db, reading
from survey.models import Agency, LoginFailure, Role, User
from survey.names import nfc
from survey.services.office import audit

PASSWORD_LENGTH = (12, 128)
FREE_FAILURES = 5  # of one account; then it waits 1, 2, 4 … 60 minutes
LONGEST_WAIT = timedelta(hours=1)
ADDRESS_FAILURES = 20  # from one address
ADDRESS_WINDOW = timedelta(minutes=15)

_hasher = PasswordHasher()
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class LoginError(SurveyError):
    """Wrong e-mail, wrong password, waiting or switched off: one sentence, which tells a guesser nothing."""


class LoginRateError(LoginError):
    """Too many failures from one address."""

    status = HTTPStatus.TOO_MANY_REQUESTS


@cache
def _decoy() -> str:
    """What the password of an unknown e-mail is compared with, so that it takes as long as a known one's."""
    return _hasher.hash("nobody has this password")


def add_user(
    email: str, role: Role | str, password: str, *, agency_code: str | None = None, actor: str, now: datetime
) -> User:
    """A new account; one of role `agency` sees the results of its agency, and nothing until it is given one."""
    role = _role(role)
    user = User(
        email=_email(email),
        role=role,
        password_hash=_hashed(password),
        agency_id=None if agency_code is None else _agency_id(role, agency_code, now),
        created_at=now,
    )
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as exc:
        db.session.rollback()
        raise ConflictError("user_exists", _("Đã có tài khoản %(email)s.", email=_email(email))) from exc
    audit.record(actor, "user.add", f"user:{user.email}", now=now, details={"role": role.value})
    db.session.commit()
    return user


def check_login(email: str, password: str, *, address: str, now: datetime) -> User:
    """The user of this e-mail and password, or LoginError. No transaction is open while the hash is computed."""
    email = nfc(email).lower()
    decoy = _decoy()
    with reading():
        _check_address(address, now)
        user = db.session.scalar(select(User).where(User.email == email))
        stored = user.password_hash if user else decoy
        open_at = user.locked_until if user else None
        usable = user is not None and user.active and (open_at is None or open_at <= now)
        db.session.rollback()
    matches = _matches(stored, password)
    if user is None or not (matches and usable):
        _note_failure(email, address, now)
        raise LoginError("login_failed", _("Thư điện tử hoặc mật khẩu không đúng, hoặc tài khoản đang tạm khóa."))
    return _note_success(email, password, now)


def log_out(user: User, *, now: datetime) -> None:
    """Every cookie of this user stops working, also a copied one."""
    user.session_version += 1
    audit.record(user.email, "user.logout", f"user:{user.email}", now=now)
    db.session.commit()


def set_password(email: str, password: str, *, actor: str, now: datetime) -> User:
    """A new password; whoever is logged in under the old one is out."""
    user = by_email(email)
    user.password_hash = _hashed(password)
    user.session_version += 1
    user.failed_logins, user.locked_until = 0, None
    audit.record(actor, "user.password", f"user:{user.email}", now=now)
    db.session.commit()
    return user


def assign(email: str, agency_code: str, *, actor: str, now: datetime) -> User:
    """Give an `agency` account its agency."""
    user = by_email(email)
    user.agency_id = _agency_id(user.role, agency_code, now)
    audit.record(actor, "user.assign", f"user:{user.email}", now=now, details={"agency": agency_code})
    db.session.commit()
    return user


def set_active(email: str, active: bool, *, actor: str, now: datetime) -> User:
    """Switch an account off or on; accounts are never deleted, the audit log names them."""
    user = by_email(email)
    user.active = active
    user.session_version += 1
    audit.record(actor, "user.enable" if active else "user.disable", f"user:{user.email}", now=now)
    db.session.commit()
    return user


def by_email(email: str) -> User:
    user: User | None = db.session.scalar(select(User).where(User.email == nfc(email).lower()))
    if user is None:
        raise NotFoundError("no_user", _("Không có tài khoản %(email)s.", email=email))
    return user


def of_session(identity: str) -> User | None:
    """The user that a cookie names, unless it was logged out, switched off or given a new password since."""
    number, _dot, version = identity.partition(".")
    user = db.session.get(User, int(number)) if number.isdecimal() else None
    return user if user is not None and user.active and str(user.session_version) == version else None


def _role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError as exc:
        known = ", ".join(member.value for member in Role)
        raise InputError("role", _("Không có vai trò %(role)s; có: %(known)s.", role=role, known=known)) from exc


def _email(email: str) -> str:
    email = nfc(email).lower()
    if len(email) > 255 or not _EMAIL.fullmatch(email):
        raise InputError("email", _("%(email)s không phải địa chỉ thư điện tử.", email=email))
    return email


def _hashed(password: str) -> str:
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        raise InputError(
            "password",
            _("Mật khẩu phải dài từ %(shortest)s đến %(longest)s ký tự.", shortest=shortest, longest=longest),
        )
    return _hasher.hash(password)


def _agency_id(role: Role, code: str, now: datetime) -> int:
    if role is not Role.agency:
        raise InputError("agency", _("Chỉ tài khoản có vai trò agency mới gắn với một cơ quan."))
    versions = select(Agency).where(Agency.code == code, Agency.valid_from <= now.date())
    found = db.session.scalar(versions.order_by(Agency.valid_from.desc()))
    if found is None:
        raise InputError("agency", _("Không có cơ quan mã %(code)s.", code=code))
    return found.id


def _matches(stored: str, password: str) -> bool:
    try:
        return len(password) <= PASSWORD_LENGTH[1] and _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _check_address(address: str, now: datetime) -> None:
    recent = select(func.count()).where(LoginFailure.address == address, LoginFailure.at > now - ADDRESS_WINDOW)
    if (db.session.scalar(recent) or 0) >= ADDRESS_FAILURES:
        raise LoginRateError("login_rate", _("Đăng nhập sai quá nhiều lần. Xin thử lại sau 15 phút."))


def _note_failure(email: str, address: str, now: datetime) -> None:
    """Counted for the address always, for the account when there is one. The e-mail typed is not logged:
    people type passwords there."""
    db.session.execute(delete(LoginFailure).where(LoginFailure.at <= now - ADDRESS_WINDOW))
    db.session.add(LoginFailure(address=address, at=now))
    user = db.session.scalar(select(User).where(User.email == email).with_for_update())
    if user is not None and (user.locked_until is None or user.locked_until <= now):
        user.failed_logins += 1
        over = user.failed_logins - FREE_FAILURES
        if over >= 0:
            user.locked_until = now + min(timedelta(minutes=2 ** min(over, 6)), LONGEST_WAIT)
        audit.record(user.email, "user.login_failed", f"user:{user.email}", now=now)
    db.session.commit()


def _note_success(email: str, password: str, now: datetime) -> User:
    user = by_email(email)
    user.failed_logins, user.locked_until, user.last_login_at = 0, None, now
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    audit.record(user.email, "user.login", f"user:{user.email}", now=now)
    db.session.commit()
    return user
