"""Who may do what: one table from action to roles. Views and commands ask `require`, templates ask `can`."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from survey.errors import ForbiddenError
from survey.models import Role


class Action(StrEnum):
    """What can be asked for. An agency's own account has `results_own` and `callbacks_handle` only."""

    office_view = "office.view"
    results_own = "results.own"
    agencies_import = "agencies.import"
    dossiers_import = "dossiers.import"
    wave_create = "wave.create"
    wave_draw = "wave.draw"
    wave_launch = "wave.launch"
    wave_pause = "wave.pause"
    wave_close = "wave.close"
    wave_estimate = "wave.estimate"
    release_build = "release.build"
    release_publish = "release.publish"
    audit_view = "audit.view"
    callbacks_handle = "callbacks.handle"
    kiosk_manage = "kiosk.manage"
    interviews_assign = "interviews.assign"
    interviews_work = "interviews.work"
    paper_issue = "paper.issue"
    paper_key = "paper.key"
    paper_decide = "paper.decide"


_STAFF = frozenset({Role.admin, Role.officer, Role.analyst, Role.publisher, Role.viewer})
_FIELDWORK = frozenset({Role.admin, Role.officer})

# Whoever collects the answers does not publish them, and whoever publishes does not estimate.
ROLES: dict[Action, frozenset[Role]] = {
    Action.office_view: _STAFF,
    Action.results_own: frozenset({Role.agency}),
    Action.agencies_import: _FIELDWORK,
    Action.dossiers_import: _FIELDWORK,
    Action.wave_create: _FIELDWORK,
    Action.wave_draw: _FIELDWORK,
    Action.wave_launch: _FIELDWORK,
    Action.wave_pause: _FIELDWORK,
    Action.wave_close: _FIELDWORK,
    Action.wave_estimate: frozenset({Role.admin, Role.analyst}),
    Action.release_build: frozenset({Role.admin, Role.analyst, Role.publisher}),
    Action.release_publish: frozenset({Role.admin, Role.publisher}),
    Action.audit_view: frozenset({Role.admin, Role.officer, Role.publisher}),
    Action.callbacks_handle: frozenset({Role.admin, Role.officer, Role.agency}),
    Action.kiosk_manage: _FIELDWORK,
    Action.interviews_assign: _FIELDWORK,
    Action.interviews_work: frozenset({Role.admin, Role.interviewer}),
    Action.paper_issue: _FIELDWORK,
    Action.paper_key: frozenset({Role.admin, Role.officer, Role.keyer}),
    Action.paper_decide: _FIELDWORK,
}


def can(user: Any, action: Action | str) -> bool:
    """Whether this user may; nobody may who is not logged in, switched off, or of a role not named."""
    if not (user.is_authenticated and user.is_active):
        return False
    return user.role in ROLES[Action(action)]


def require(user: Any, action: Action | str) -> None:
    if not can(user, action):
        raise ForbiddenError("not_allowed", _("Tài khoản của quý vị không có quyền làm việc này."))
