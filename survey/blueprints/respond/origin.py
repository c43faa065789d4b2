"""Where an answer came from, as far as that is kept: never an address.

A mark that changes every day shows that many answers left one network, and not which. Whether the network is an
office's own is decided here and now, against the list in the settings; only the agencies' codes are kept.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address, ip_network

from flask import current_app, request


def origin(now: datetime) -> dict[str, str | list[str]]:
    """The mark of this request's network today, and whose network it is where an agency's."""
    address, secret = request.remote_addr or "", str(current_app.config["SECRET_KEY"])
    mark = hmac.digest(secret.encode(), f"{now:%Y-%m-%d}|{address}".encode(), "sha256").hex()[:12]
    offices = offices_of(address, current_app.config["THUOCDO_OFFICE_NETWORKS"])
    return {"network": mark} | ({"offices": offices} if offices else {})


def offices_of(address: str, networks: Iterable[tuple[str, str]]) -> list[str]:
    """Codes of the agencies that an address belongs to; `*` stands for every agency."""
    try:
        known = ip_address(address)
    except ValueError:  # a socket without an address
        return []
    mapped = getattr(known, "ipv4_mapped", None) or known
    return sorted({code for code, network in networks if mapped in ip_network(network, strict=False)})
