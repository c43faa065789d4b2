"""The agencies as they stood on a day, found by name without marks, with what they came from and became."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from survey.extensions import db
from survey.models import Agency, AgencyLevel
from survey.names import search_key


@dataclass(frozen=True)
class Branch:
    """Agencies of one level under one parent; the parent's name is empty where it is not known."""

    level: AgencyLevel
    parent: str
    agencies: list[Agency]


def tree(day: date | None, wanted: str = "") -> list[Branch]:
    """Agencies valid on `day` (all versions when None) whose name or code contains `wanted`."""
    query = select(Agency).options(selectinload(Agency.successors))
    if day is not None:
        query = query.where(Agency.valid_from <= day, or_(Agency.valid_to.is_(None), Agency.valid_to >= day))
    found = list(db.session.scalars(query))
    names = {agency.code: agency.name_vi for agency in found}
    key = search_key(wanted)
    kept = [a for a in found if _spelt(key) in _spelt(search_key(a.name_vi)) or key in a.code.lower()]
    order = list(AgencyLevel)
    kept.sort(key=lambda a: (order.index(a.level), a.parent_code or "", search_key(a.name_vi), a.valid_from))
    return [
        Branch(level, names.get(parent or "", parent or ""), list(group))
        for (level, parent), group in groupby(kept, key=lambda a: (a.level, a.parent_code))
    ]


def _spelt(key: str) -> str:
    """Decrees write Vĩ Dạ or Vỹ Dạ: who looks for one finds the other."""
    return key.replace("y", "i")
