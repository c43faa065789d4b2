"""The office: pages of officers. Nobody gets in without logging in; each view names the action it needs."""

from __future__ import annotations

from survey.blueprints.office import (
    agencies,
    audit,
    auth,
    feedback,
    imports,
    instruments,
    interview,
    interviews,
    keying,
    kiosks,
    messages,
    papers,
    releases,
    steps,
    waves,
)
from survey.blueprints.office.access import blueprint

__all__ = [
    "agencies",
    "audit",
    "auth",
    "blueprint",
    "feedback",
    "imports",
    "instruments",
    "interview",
    "interviews",
    "keying",
    "kiosks",
    "messages",
    "papers",
    "releases",
    "steps",
    "waves",
]
