"""What became of each sampled unit: every event is kept, the last word is a function of all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import insert, select, update

from analysis.disposition import final_disposition
from survey.extensions import db
from survey.models import DispositionEvent, SampleUnit
from survey.services.answers.writes import Write, write

WITHDRAWN = "withdrawn"
CORRECTED = "corrected"
SUPERSEDING = frozenset({WITHDRAWN, CORRECTED})
"""Notes of events that undo the answers noted before: the citizen took them back, or changed them."""

_CHUNK = 500  # below the number of bound parameters that every SQLite build takes


def note(unit: SampleUnit | int, code: str, *, source: str, now: datetime, note: str = "") -> str:
    """Add one event to a unit (or its id) and settle its disposition, which is returned. The caller commits."""
    unit_id = unit if isinstance(unit, int) else unit.id
    note_many([unit_id], code, source=source, now=now, note=note)
    return db.session.scalars(select(SampleUnit.disposition).where(SampleUnit.id == unit_id)).one()


def note_many(unit_ids: Iterable[int], code: str, *, source: str, now: datetime, note: str = "") -> None:
    """Add the same event to many units and settle their dispositions. The caller commits."""
    for ids in _chunks(sorted(unit_ids)):
        # A receipt and an answer may come at once: whoever is second must see what the other settled.
        known = select(SampleUnit.id, SampleUnit.disposition).where(SampleUnit.id.in_(ids))
        current: dict[str, list[int]] = defaultdict(list)
        for unit_id, disposition in db.session.execute(known.order_by(SampleUnit.id).with_for_update()):
            current[disposition].append(unit_id)
        event = {"at": now, "code": code, "source": source, "note": note}
        db.session.execute(insert(DispositionEvent), [{"sample_unit_id": unit_id} | event for unit_id in ids])
        for disposition, those in current.items():
            settled = settle(disposition, code, note)
            if settled != disposition:
                db.session.execute(update(SampleUnit).where(SampleUnit.id.in_(those)).values(disposition=settled))


def note_locked(unit_id: int, disposition: str, code: str, *, source: str, now: datetime, note: str = "") -> None:
    """`note` for a unit that the caller has locked and whose disposition it has just read. The caller commits."""
    write(*noting(unit_id, disposition, code, source=source, now=now, note=note))


def noting(
    unit_id: int, disposition: str, code: str, *, source: str, now: datetime, note: str = ""
) -> list[Write]:
    """What `note_locked` writes, for whoever has more to write at once."""
    event = {"sample_unit_id": unit_id, "at": now, "code": code, "source": source, "note": note}
    writes = [Write(DispositionEvent.__table__, event)]
    settled = settle(disposition, code, note)
    if settled != disposition:
        writes.append(Write(SampleUnit.__table__, {"disposition": settled}, row=unit_id))
    return writes


def settle(disposition: str, code: str, note: str = "") -> str:
    """The disposition of a unit after one more event.

    The last word on all events is the last word on the word so far and the new event: precedence and "the latest
    of a kind" both pass from one event to the next, so the history need not be read again.
    """
    if note in SUPERSEDING and not disposition.startswith("4"):
        return code
    return final_disposition([disposition, code]).value


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
