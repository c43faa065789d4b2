"""SMS gateways: one protocol, one small file for each provider, one table of them all.

THUOCDO_GATEWAYS names those in use, best first. What an adapter needs beyond its name (address, log-in) stands in
the TOML file THUOCDO_GATEWAY_FILE, one table for each name; `adapter = "…"` lets two names share an adapter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from survey.gateways.console import ConsoleGateway
from survey.gateways.esms import EsmsGateway
from survey.gateways.http import HttpGateway
from survey.gateways.kannel import KannelGateway
from survey.gateways.simulator import SimulatorGateway
from survey.gateways.sms import SmsGateway
from survey.gateways.zalo_zns import ZaloZnsGateway

Settings = Mapping[str, Any]


class GatewaySettingsError(ValueError):
    """A setting of a gateway is wrong; the message names which."""


ADAPTERS: dict[str, Callable[[str, Mapping[str, Any]], SmsGateway]] = {
    "console": ConsoleGateway,
    "esms": EsmsGateway,
    "http": HttpGateway,
    "kannel": KannelGateway,
    "simulator": SimulatorGateway,
    "zalo_zns": ZaloZnsGateway,
}


ONLY_FOR_PLAY = frozenset({"console", "simulator"})


def configured(settings: Settings) -> dict[str, SmsGateway]:
    """The gateways in use, best first."""
    return {name: make(name, settings) for name in settings["THUOCDO_GATEWAYS"]}


def known(name: str, settings: Settings) -> bool:
    """Whether providers may call back under this name, also after it went out of use."""
    return name in settings["THUOCDO_GATEWAYS"] or name in _tables(settings)


def make(name: str, settings: Settings) -> SmsGateway:
    """The adapter of this name; raises GatewaySettingsError."""
    own = dict(_tables(settings).get(name, {}))
    adapter = own.pop("adapter", name)
    if adapter not in ADAPTERS:
        known_adapters = ", ".join(sorted(ADAPTERS))
        raise GatewaySettingsError(f"THUOCDO_GATEWAYS: {name}: no adapter {adapter!r}; there are {known_adapters}")
    if adapter in ONLY_FOR_PLAY and settings["THUOCDO_PRODUCTION"]:
        raise GatewaySettingsError(f"THUOCDO_GATEWAYS: {adapter} has no place in production: no phone would ring")
    shared = {
        "instance": settings["THUOCDO_INSTANCE"],
        "number": settings["THUOCDO_SMS_NUMBER"],
        "rate": settings["THUOCDO_SMS_RATE"],
        "base_url": settings["THUOCDO_BASE_URL"],
        "callback_key": settings["THUOCDO_CALLBACK_KEYS"][0],
    }
    try:
        return ADAPTERS[adapter](name, shared | own)
    except KeyError as exc:
        raise GatewaySettingsError(f"THUOCDO_GATEWAY_FILE: [{name}] needs {exc.args[0]}") from exc


def _tables(settings: Settings) -> Mapping[str, Any]:
    path = settings["THUOCDO_GATEWAY_FILE"]
    return _read(path) if path else {}


@lru_cache(maxsize=4)
def _read(path: str) -> Mapping[str, Any]:
    """The file as it stood at the start: a change takes a restart."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as exc:
        raise GatewaySettingsError(f"THUOCDO_GATEWAY_FILE: {path}: {exc}") from exc
