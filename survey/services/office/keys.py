"""The vault of this application, checked against the database that it opens."""

from __future__ import annotations

from flask import current_app
from sqlalchemy.exc import IntegrityError

from survey.crypto import Vault, vault
from survey.errors import ConflictError
from survey.extensions import db
from survey.models import AppMeta


def current_vault() -> Vault:
    """The vault; refuses a key that is not the one this database was filled with.

    Two machines with two keys would encrypt phones that the other cannot read and miss each other's refusals.
    """
    keys = vault(current_app.config["THUOCDO_DATA_KEY"])
    checked = current_app.extensions.setdefault("thuocdo_key_checked", set())
    if not checked:
        _check(keys.fingerprint())
        checked.add(True)
    return keys


def _check(fingerprint: str) -> None:
    known = db.session.get(AppMeta, "data_key_fingerprint")
    if known is None:
        try:
            with db.session.begin_nested():
                db.session.add(AppMeta(key="data_key_fingerprint", value=fingerprint))
            return
        except IntegrityError:  # another process wrote it first
            known = db.session.get(AppMeta, "data_key_fingerprint")
    if known is not None and known.value != fingerprint:
        raise ConflictError(
            "wrong_data_key",
            "THUOCDO_DATA_KEY không phải khóa đã dùng với cơ sở dữ liệu này; xin đặt lại đúng khóa cũ "
            "(không đặt trong môi trường thì khóa nằm trong tệp secrets.env của thư mục dữ liệu cũ).",
        )
