"""Where an answer came from. Authority: no address stands beside an answer; RFC 4291, 2.5.5.2 (mapped ones)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from survey.blueprints.respond.origin import offices_of
from survey.config import load
from tests.conftest import KEYS
from tests.factories import make_invitation
from tests.survey.citizen import Citizen

NETWORKS = (("H57.01", "203.0.113.0/24"), ("H57.02", "2001:db8::/32"), ("*", "10.0.0.0/8"))


@pytest.mark.parametrize(
    ("address", "codes"),
    [
        ("203.0.113.7", ["H57.01"]),
        ("::ffff:203.0.113.7", ["H57.01"]),
        ("2001:db8:1::5", ["H57.02"]),
        ("10.1.2.3", ["*"]),
        ("198.51.100.1", []),
        ("", []),
        ("unix:", []),
    ],
)
def test_an_address_belongs_to_the_agencies_whose_network_holds_it(address: str, codes: list[str]) -> None:
    assert offices_of(address, NETWORKS) == codes


@pytest.fixture
def settings(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"THUOCDO_OFFICE_NETWORKS": (("H57.01", "127.0.0.0/8"),)}


def test_an_answer_carries_a_mark_of_the_day_and_no_address(app: Flask) -> None:
    invitation, token = make_invitation()
    citizen = Citizen(app, token, invitation.id)
    citizen.answer("q1", "5")
    first = citizen.response().paradata  # type: ignore[union-attr]
    citizen.now += timedelta(days=1)
    citizen.answer("q2", "5")
    second = citizen.response().paradata  # type: ignore[union-attr]
    assert first["offices"] == ["H57.01"]
    assert "127.0.0.1" not in str(first)
    assert len(first["network"]) == 12
    assert first["network"] != second["network"]


@pytest.mark.parametrize("text", ["H57.01", "=10.0.0.0/8", "H57.01=", "H57.01=10.0.0.0/33"])
def test_a_list_of_networks_that_is_wrong_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="setting THUOCDO_OFFICE_NETWORKS"):
        load(
            {
                **{name: value for name, value in KEYS.items() if isinstance(value, str)},
                "THUOCDO_OFFICE_NETWORKS": text,
            }
        )
