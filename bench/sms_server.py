"""The product's application with one endpoint more: an INSERT and nothing else, the floor of a callback."""

from __future__ import annotations

from flask import request
from sqlalchemy import text

from survey import create_app
from survey.extensions import csrf, db

BARE = text(
    "INSERT INTO inbound_message"
    " (gateway, external_id, sender_hash, destination, text, received_at, state, verdict)"
    " VALUES ('bare', :id, :hash, '8088', '5 4 5 3 5 4', '2026-10-14 03:00:00', 'ignored', '')"
)

app = create_app()


@app.post("/bare")
@csrf.exempt  # type: ignore[untyped-decorator]
def bare_insert() -> str:
    db.session.execute(BARE, {"id": request.form["id"], "hash": b"x" * 32})
    db.session.commit()
    return ""
