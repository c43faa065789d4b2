"""One table of settings. Each comes from the environment; an unknown THUOCDO_ name is an error."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Setting:
    """`name` in the environment, how to read it, and what it is for."""

    name: str
    default: str
    read: Callable[[str], Any]
    help: str


def _flag(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    if text.lower() not in words:
        raise ValueError("must be 1 or 0")
    return words[text.lower()]


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _hours(text: str) -> str:
    opens, _sign, closes = (part.strip() for part in text.partition("-"))
    if time.fromisoformat(opens) >= time.fromisoformat(closes):
        raise ValueError("must open before they close, as 08:00-20:00")
    return text


def _dates(text: str) -> tuple[str, ...]:
    days = _names(text)
    for day in days:
        date.fromisoformat(day)
    return days


def _keys(text: str) -> tuple[str, ...]:
    keys = _names(text)
    if len(keys) > 2:
        raise ValueError("must be one key, or two while rotating")
    return keys


def _networks(text: str) -> tuple[str, ...]:
    networks = _names(text)
    for network in networks:
        ip_network(network, strict=False)
    return networks


def _queue(text: str) -> str:
    if text and not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must be empty or an address as redis://127.0.0.1:6379/0")
    return text


def _office_networks(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [part.partition("=") for part in _names(text)]
    if not all(code.strip() and network.strip() for code, _sign, network in pairs):
        raise ValueError("must be CODE=NETWORK, separated by commas")
    return tuple((code.strip(), _networks(network)[0]) for code, _sign, network in pairs)


def _pairs(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in _names(text)]
    if not all(name and value for name, _sign, value in pairs):
        raise ValueError("must be NAME=VALUE, separated by commas")
    return {name.strip(): value.strip() for name, _sign, value in pairs}


# For pages that ask one question of PostgreSQL: no begin before it, nothing to end after it.
_ONE_STATEMENT: dict[str, Any] = {
    "isolation_level": "AUTOCOMMIT",
    "skip_autocommit_rollback": True,
    "pool_reset_on_return": None,
    "hide_parameters": True,
}

SETTINGS: tuple[Setting, ...] = (
    Setting("DATABASE_URL", "", str, "SQLAlchemy URL; empty: SQLite in the instance folder"),
    Setting("THUOCDO_INSTANCE", "", str, "folder of files that are not code; empty: instance/ beside the code"),
    Setting("THUOCDO_SECRET_KEY", "", str, "signs log-ins and forms; at least 32 characters"),
    Setting("THUOCDO_DATA_KEY", "", str, "encrypts phones and derives tokens; at least 32 characters"),
    Setting("THUOCDO_PRODUCTION", "0", _flag, "1: secrets must be in the environment, cookies only over HTTPS"),
    Setting("THUOCDO_BASE_URL", "http://127.0.0.1:8000", str, "how citizens reach us; in every link of an SMS"),
    Setting(
        "THUOCDO_GATEWAYS",
        "simulator",
        _names,
        "gateways in use, best first: kannel, esms, zalo_zns, http, simulator, console",
    ),
    Setting("THUOCDO_GATEWAY_FILE", "", str, "TOML with one table of options for each gateway that needs some"),
    Setting("THUOCDO_SMS_ROUTES", "", _pairs, "gateway of a network's numbers, as Viettel=kannel,MobiFone=esms"),
    Setting("THUOCDO_CALLBACK_KEYS", "", _keys, "keys that gateways show when they call us; two while rotating"),
    Setting("THUOCDO_CALLBACK_PEERS", "", _networks, "addresses or networks that gateways call from; empty: any"),
    Setting("THUOCDO_SMS_RATE", "20", float, "SMS parts a second by contract; 80 % of it is used"),
    Setting("THUOCDO_SMS_PRICE", "0", float, "đồng for one SMS part, in the office's sending plan; 0: not known"),
    Setting("THUOCDO_SMS_WINDOW", "08:00-20:00", _hours, "hours of Asia/Ho_Chi_Minh in which we start a message"),
    Setting("THUOCDO_SMS_HOLIDAYS", "", _dates, "days on which we start no message, as 2026-09-02,2027-01-01"),
    Setting("THUOCDO_QUEUE", "", _queue, "redis://…: the workers of all machines share it; empty: a file here"),
    Setting("THUOCDO_CALL_WINDOW", "08:00-20:00", _hours, "hours of Asia/Ho_Chi_Minh in which interviewers call"),
    Setting("THUOCDO_SMS_NUMBER", "8088", str, "number to which citizens reply"),
    Setting("THUOCDO_SMS_SENDER", "Sở Nội vụ TP Huế", str, "who signs a text message; short: each letter counts"),
    Setting("THUOCDO_OFFICE_NAME", "Sở Nội vụ thành phố Huế", str, "who asks; shown to citizens"),
    Setting("THUOCDO_OFFICE_PHONE", "", str, "number that citizens may call about a survey"),
    Setting(
        "THUOCDO_OFFICE_NETWORKS",
        "",
        _office_networks,
        "networks of agencies, as H57.01=203.0.113.0/24,*=10.0.0.0/8 (*: of any); answers from there are flagged",
    ),
    Setting("THUOCDO_PROXIES", "0", int, "reverse proxies in front of us whose X-Forwarded- headers are believed"),
    Setting("THUOCDO_DEMO", "0", _flag, "1: serves /demo/phone, where one plays a citizen; never in production"),
)


def _secret_file(folder: Path) -> dict[str, str]:
    """Keys for the embedded default, made once and readable by the owner only."""
    path = folder / "secrets.env"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = "".join(
            f"{name}={secrets.token_urlsafe(48)}\n"
            for name in ("THUOCDO_SECRET_KEY", "THUOCDO_DATA_KEY", "THUOCDO_CALLBACK_KEYS")
        )
        draft = folder / f".secrets.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(text)
        with suppress(FileExistsError):  # another process of ours was quicker
            path.hardlink_to(draft)
        draft.unlink()
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _read(environ: Mapping[str, str]) -> dict[str, Any]:
    known = {setting.name for setting in SETTINGS}
    strangers = sorted(name for name in environ if name.startswith("THUOCDO_") and name not in known)
    strangers = [name for name in strangers if not name.startswith(("THUOCDO_TEST_", "THUOCDO_BENCH_"))]
    if strangers:
        raise ValueError(f"unknown setting {strangers[0]}; README lists the settings")
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        try:
            values[setting.name] = setting.read(environ.get(setting.name, setting.default))
        except ValueError as exc:
            raise ValueError(f"setting {setting.name}: {exc}") from exc
    return values


def _fill_secrets(values: dict[str, Any], folder: Path) -> None:
    wanted = ("THUOCDO_SECRET_KEY", "THUOCDO_DATA_KEY", "THUOCDO_CALLBACK_KEYS")
    missing = [name for name in wanted if not values[name]]
    if missing and values["THUOCDO_PRODUCTION"]:
        raise ValueError(f"setting {missing[0]} must be set in production")
    stored = _secret_file(folder) if missing else {}
    for name in missing:
        values[name] = _names(stored[name]) if name == "THUOCDO_CALLBACK_KEYS" else stored[name]
    for name in wanted[:2]:
        if len(values[name]) < 32:
            raise ValueError(f"setting {name} must have at least 32 characters")


def load(environ: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Flask's configuration from the environment, with `overrides` (of tests) by the same names."""
    values = _read(os.environ if environ is None else environ) | dict(overrides or {})
    if values["THUOCDO_PRODUCTION"] and values["THUOCDO_DEMO"]:
        raise ValueError("setting THUOCDO_DEMO has no place in production: it shows the texts of any phone")
    folder = Path(values["THUOCDO_INSTANCE"] or ROOT / "instance").resolve()
    _fill_secrets(values, folder)
    url = values["DATABASE_URL"] or f"sqlite:///{folder / 'thuocdo.sqlite3'}"
    engine: dict[str, Any] = {}
    others: dict[str, dict[str, Any]] = {}
    if url.startswith("postgres"):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
        patience = {"connect_args": {"connect_timeout": 5}, "pool_timeout": 10}  # then a page says so, with a 503
        engine |= {"pool_size": 8, "max_overflow": 8} | patience
        others["reader"] = {"url": url, "pool_size": 4, "max_overflow": 12} | _ONE_STATEMENT | patience
    return values | {
        "THUOCDO_INSTANCE": folder,
        "SECRET_KEY": values["THUOCDO_SECRET_KEY"],
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine,
        "SQLALCHEMY_BINDS": others,
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": values["THUOCDO_PRODUCTION"],
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "WTF_CSRF_SSL_STRICT": False,  # it wants a Referer, which our own Referrer-Policy takes away
        "WTF_CSRF_TIME_LIMIT": 12 * 3600,
        "BABEL_DEFAULT_LOCALE": "vi",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "survey" / "translations"),
    }
