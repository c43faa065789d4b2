"""The short way for receipts. They come by the hundred thousand while citizens fill in their forms.

A plain receipt with the right key is stored without Flask's request, and those that come at the same moment share
one commit. Whatever is unusual about a request goes the long way, which alone knows how to say no
(survey.blueprints.callbacks).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import Flask, current_app, has_app_context
from sqlalchemy.exc import SQLAlchemyError

from survey import clock
from survey.blueprints.callbacks import MAX_BYTES, is_allowed
from survey.gateways import make
from survey.gateways.sms import Callback, SmsGateway
from survey.names import storable
from survey.services.messaging import receipts
from survey.services.messaging.together import Together

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FORM = "application/x-www-form-urlencoded"
_KANNEL = "HTTP_X_KANNEL_"


class ReceiptsFirst:
    """WSGI middleware, inside the one that believes proxies."""

    def __init__(self, app: Flask, inner: WSGIApplication) -> None:
        self.app, self.inner = app, inner
        self.log = Together(self._write)
        self.gateways: dict[str, SmsGateway] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _start, *words = environ["PATH_INFO"].split("/", 4)
        is_receipt = words[0:3:2] == ["gateway", "receipt"]
        status = self._taken(environ, words[1], words[3:]) if is_receipt else None
        if status is None:
            return self.inner(environ, start_response)
        start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return [b""]

    def _taken(self, environ: WSGIEnvironment, name: str, rest: list[str]) -> str | None:
        """What is answered; None for what goes the long way."""
        fields = _fields(environ)
        if fields is None:
            return None
        given = fields.pop("key", "")
        try:
            if not is_allowed(name, rest[0] if rest else given, environ.get("REMOTE_ADDR", ""), self.app.config):
                return None
            notice = self._gateway(name).read_receipt(Callback(fields))
            self.log.add(receipts.receipt_row(name, notice, fields, clock.now(self.app)))
        except ValueError:
            return None
        except SQLAlchemyError as exc:  # the gateway tries again
            self.app.logger.error("callback failed: %s", type(exc).__name__)
            return "500 Internal Server Error"
        return "200 OK"

    def _gateway(self, name: str) -> SmsGateway:
        if name not in self.gateways:
            self.gateways[name] = make(name, self.app.config)
        return self.gateways[name]

    def _write(self, rows: list[dict[str, Any]]) -> None:
        """In the context that there is, as Flask does with a request, else in one of our own."""
        is_inside = has_app_context() and current_app == self.app
        with nullcontext() if is_inside else self.app.app_context():
            receipts.add(rows)


def _fields(environ: WSGIEnvironment) -> dict[str, str] | None:
    """Query and form as the long way reads them; None for a request that is not plain."""
    query, length = environ.get("QUERY_STRING", ""), environ.get("CONTENT_LENGTH") or "0"
    is_plain = environ["REQUEST_METHOD"] in {"GET", "POST"} and "HTTP_TRANSFER_ENCODING" not in environ
    if not is_plain or not length.isdigit() or int(length) + len(query) > MAX_BYTES:
        return None
    body = environ["wsgi.input"].read(int(length)) if int(length) else b""
    environ["wsgi.input"] = BytesIO(body)  # for the long way
    if (body and environ.get("CONTENT_TYPE") != _FORM) or not (query.isascii() and body.isascii()):
        return None
    pairs = parse_qsl(query, keep_blank_values=True) + parse_qsl(body.decode(), keep_blank_values=True)
    headers = {key[5:].replace("_", "-").lower(): environ[key] for key in environ if key.startswith(_KANNEL)}
    fields = headers | {name: storable(value) for name, value in reversed(pairs)}  # the first of a name counts
    return None if any("\ufffd" in value for value in fields.values()) else fields
