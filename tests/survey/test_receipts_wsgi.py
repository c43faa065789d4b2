"""The short way for receipts keeps what the long way keeps. Authority: the long way (survey.blueprints.callbacks),
which a multipart body takes.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.models import Receipt

KEY = "callback-key-one"
PATH = f"/gateway/simulator/receipt/{KEY}"


def kept(app: Flask, path: str, data: dict[str, str], **how: Any) -> tuple[str, str, dict[str, Any]]:
    assert app.test_client().post(path, data=data, **how).status_code == 200
    receipt = db.session.scalars(select(Receipt).order_by(Receipt.id.desc())).first()
    assert receipt is not None
    found = receipt.message_id, receipt.status, receipt.raw
    db.session.rollback()
    return found


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (PATH, {"id": "m1", "status": "delivered"}),
        (f"{PATH}?id=m2", {"id": "other", "status": "failed", "ans": "a+b%20c &"}),
        (f"{PATH}?key=another", {"id": "m3", "status": "accepted", "empty": "", "to": "+84905000001"}),
        (PATH, {"id": "m4", "status": "delivered", "ans": "Hết hạn\x00"}),
        (f"/gateway/simulator/receipt?key={KEY}", {"id": "m5", "status": "delivered", "key": "x"}),
    ],
    ids=["plain", "query first", "key in path", "accents and NUL", "key in query"],
)
def test_both_ways_keep_the_same(app: Flask, path: str, data: dict[str, str]) -> None:
    headers = {"X-Kannel-SMSC": "viettel"}
    short = kept(app, path, data, headers=headers)
    long = kept(app, path, data, headers=headers, content_type="multipart/form-data")
    assert short == long
    assert KEY not in str(short)


def test_the_short_way_does_not_need_flask(app: Flask) -> None:
    def fail() -> None:
        raise AssertionError("this request went the long way")

    app.before_request_funcs.setdefault(None, []).append(fail)
    kept(app, PATH, {"id": "m1", "status": "delivered"})


@pytest.mark.parametrize("status", ["perhaps", None])
def test_what_the_short_way_cannot_read_is_refused_by_the_long_way(app: Flask, status: str | None) -> None:
    data = {"id": "m1"} | ({"status": status} if status else {})
    response = app.test_client().post(PATH, data=data)
    assert (response.status_code, response.data) == (400, b"")
