"""Where gateways call us back. Always an empty body: Kannel would text an error page to the citizen.

The row is stored as it came and acknowledged at once; reading it is a job's work.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException

from survey import clock
from survey.extensions import csrf, writing
from survey.files import parse_json
from survey.gateways import known, make
from survey.gateways.sms import Callback
from survey.names import storable
from survey.services.messaging import inbound, receipts

blueprint = Blueprint("callbacks", __name__, url_prefix="/gateway")
csrf.exempt(blueprint)

MAX_BYTES = 4096
KINDS = ("inbound", "receipt")
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def _empty(status: HTTPStatus) -> Response:
    return Response(b"", status, content_type="text/plain")


@blueprint.errorhandler(Exception)
def failed(error: Exception) -> Response:
    """A gateway tries again after a 500; a phone must never see why."""
    if isinstance(error, HTTPException):
        return _empty(HTTPStatus(error.code or 500))
    current_app.logger.error("callback failed: %s", type(error).__name__)
    return _empty(HTTPStatus.INTERNAL_SERVER_ERROR)


def is_allowed(name: str, key: str, peer: str, settings: Mapping[str, Any]) -> bool:
    """The right key, from a permitted peer, for a gateway that we know. Both keys are always compared."""
    matches = [hmac.compare_digest(key.encode(), own.encode()) for own in settings["THUOCDO_CALLBACK_KEYS"][:2]]
    peers = settings["THUOCDO_CALLBACK_PEERS"]
    is_peer = not peers or any(_address(peer) in ip_network(known_peer, strict=False) for known_peer in peers)
    return any(matches) and is_peer and known(name, settings)


def _address(peer: str) -> IPv4Address | IPv6Address:
    """Who calls; a socket for both protocols says ::ffff:10.0.0.1 for 10.0.0.1."""
    address = ip_address(peer or "0.0.0.0")  # noqa: S104 -- an address to compare with
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _callback() -> Callback | None:
    """The request as adapters read it; None when it is larger than any SMS."""
    request.max_content_length = MAX_BYTES + 1  # a body sent in pieces does not say its length: it is cut there
    body = request.get_data(cache=True)
    if len(request.query_string) + len(body) > MAX_BYTES:
        return None
    fields = {name: value for name, value in request.values.items() if name != "key"}
    fields |= _of_json(body) if request.is_json else {}
    headers = {name.lower(): value for name, value in request.headers.items() if name.startswith("X-Kannel-")}
    kept = {name: storable(value) for name, value in (headers | fields).items()}
    return Callback(kept, body, request.mimetype)


def _of_json(body: bytes) -> dict[str, str]:
    try:
        given = parse_json(body)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}


@blueprint.route("/<path:_anything>", methods=METHODS)
def elsewhere(_anything: str) -> Response:
    """A gateway that was given a wrong address gets no page either."""
    return _empty(HTTPStatus.NOT_FOUND)


@blueprint.route("/<name>/<kind>", methods=["GET", "POST"])
@blueprint.route("/<name>/<kind>/<key>", methods=["GET", "POST"])
def called(name: str, kind: str, key: str | None = None) -> Response:
    given, peer = key or request.args.get("key", ""), request.remote_addr or ""
    if kind not in KINDS or not is_allowed(name, given, peer, current_app.config):
        return _empty(HTTPStatus.NOT_FOUND)
    callback = _callback()
    if callback is None:
        return _empty(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    now = clock.now()
    with writing():
        try:
            gateway = make(name, current_app.config)
            if kind == "inbound":
                inbound.store_inbound(name, gateway.read_inbound(callback), now)
            else:
                receipts.store_receipt(name, gateway.read_receipt(callback), callback.fields, now)
        except ValueError:
            return _empty(HTTPStatus.BAD_REQUEST)
    return _empty(HTTPStatus.OK)
