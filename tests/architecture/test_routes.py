"""Every address is public on purpose or needs an officer. Authority: failures.md row 13 (gates at the write)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from survey.services.office.permissions import ROLES, Action
from tests.officers import Browser, browser

# What may be opened without logging in, and what protects it instead.
PUBLIC = {
    "static": "style sheets and icons",
    "health": "probes: answer a word and no data",
    "published": "what was published",
    "respond": "the citizen's token is the key",
    "kiosk": "the tablet's key, which an officer's link gave it",
    "callbacks": "a gateway's key and address",
    "demo": "mounted only with THUOCDO_DEMO",
}
OPEN_OFFICE = {"office.login", "office.log_in"}
OWN_TOKEN = {"office.interview_take"}  # signed for one officer and case; too old, it loses nothing that was typed
NO_ACTION = OPEN_OFFICE | {"office.log_out", "office.index"}  # for every officer, whatever the role


@pytest.fixture
def settings(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"THUOCDO_DEMO": True}


def rules(app: Flask) -> Iterator[Rule]:
    return iter(sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)))


def guarded(app: Flask) -> list[Rule]:
    return [rule for rule in rules(app) if rule.endpoint.partition(".")[0] not in PUBLIC]


def _value(converter: Any) -> Any:
    if choices := getattr(converter, "items", None):
        return min(choices)
    return 1 if isinstance(converter, IntegerConverter) else "x"


def path(app: Flask, rule: Rule) -> str:
    """An address that the rule takes."""
    values = {name: _value(rule._converters[name]) for name in rule.arguments}
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values)


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})


def test_a_stranger_gets_into_nothing_that_is_not_public(app: Flask) -> None:
    stranger = Browser(app)
    stranger.get("/office/login")
    checked = 0
    for rule in guarded(app):
        if rule.endpoint in OPEN_OFFICE:
            continue
        for method in methods(rule):
            response = stranger.open(method, path(app, rule), data={"csrf_token": stranger.token})
            refused = response.status_code in {401, 403}
            sent_away = response.status_code == 303 and str(response.location).startswith("/office/login")
            assert refused or sent_away, f"{method} {rule} answered {response.status}"
            checked += 1
    assert checked > 20


def test_every_office_view_names_the_action_it_needs(app: Flask) -> None:
    bare = {
        rule.endpoint
        for rule in guarded(app)
        if rule.endpoint.startswith("office.")
        and not isinstance(getattr(app.view_functions[rule.endpoint], "action", None), Action)
    }
    assert bare == NO_ACTION


def test_a_viewer_can_post_nothing_but_the_log_out(app: Flask) -> None:
    viewer = browser(app, "viewer")
    viewer.get("/office/waves/")
    for rule in guarded(app):
        if "POST" in methods(rule) and rule.endpoint not in NO_ACTION:
            response = viewer.post(path(app, rule))
            assert response.status_code in {403, 404}, f"POST {rule} answered {response.status}"


def test_every_post_of_the_office_needs_its_token(app: Flask) -> None:
    admin = browser(app)
    for rule in guarded(app):
        if "POST" in methods(rule) and rule.endpoint not in OWN_TOKEN:
            assert admin.open("POST", path(app, rule)).status_code == 400, str(rule)


def test_every_public_prefix_is_in_use(app: Flask) -> None:
    """A list that names what is gone hides what comes back under the name."""
    prefixes = {rule.endpoint.partition(".")[0] for rule in rules(app)}
    assert set(PUBLIC) <= prefixes
    assert set(ROLES) == set(Action)


def test_every_page_carries_the_headers(app: Flask) -> None:
    response = Browser(app).get("/office/login")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in response.headers


def test_in_production_browsers_are_told_to_stay_with_https(app: Flask) -> None:
    app.config["THUOCDO_PRODUCTION"] = True
    response = Browser(app).get("/healthz?lang=en")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure" in response.headers["Set-Cookie"]
