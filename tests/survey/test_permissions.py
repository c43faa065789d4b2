"""Who may do what. Authority: domain.md 3.1 and 6.5: nobody judges their own agency, nobody publishes alone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask

from survey.errors import ForbiddenError
from survey.models import Role
from survey.services.office.permissions import ROLES, Action, can, require


def user(role: Role, *, active: bool = True) -> SimpleNamespace:
    return SimpleNamespace(role=role, is_authenticated=True, is_active=active)


def test_every_action_names_its_roles_and_the_administrator_has_all_but_an_agency_s_page() -> None:
    assert set(ROLES) == set(Action)
    assert {action for action in Action if not can(user(Role.admin), action)} == {Action.results_own}


def test_an_agency_sees_its_own_results_and_nothing_else() -> None:
    own = [Action.results_own, Action.callbacks_handle]
    assert [action for action in Action if can(user(Role.agency), action)] == own


def test_whoever_calls_people_or_keys_forms_does_that_and_nothing_else() -> None:
    assert [action for action in Action if can(user(Role.interviewer), action)] == [Action.interviews_work]
    assert [action for action in Action if can(user(Role.keyer), action)] == [Action.paper_key]


def test_a_viewer_changes_nothing() -> None:
    assert [action for action in Action if can(user(Role.viewer), action)] == [Action.office_view]


@pytest.mark.parametrize("role", [Role.officer, Role.analyst, Role.publisher])
def test_collecting_estimating_and_publishing_are_in_different_hands(role: Role) -> None:
    steps = [Action.wave_launch, Action.wave_estimate, Action.release_publish]
    assert sum(can(user(role), step) for step in steps) == 1


def test_who_is_not_logged_in_or_switched_off_may_nothing() -> None:
    stranger = SimpleNamespace(is_authenticated=False, is_active=False)
    assert not any(can(stranger, action) or can(user(Role.admin, active=False), action) for action in Action)


def test_refusal_is_an_error_with_a_sentence(app: Flask) -> None:
    with pytest.raises(ForbiddenError, match="không có quyền"):
        require(user(Role.viewer), Action.wave_launch)
