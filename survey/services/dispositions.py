"""What became of each sampled unit: every event is kept, the last word is a function of all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import insert, select, update

from analysis.disposition import final_disposition
from survey.extensions import db
from survey.models import DispositionEvent, SampleUnit

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
        # A receipt and an answer may come at once: whoever is second must see the other's event.
        db.session.execute(
            select(SampleUnit.id).where(SampleUnit.id.in_(ids)).order_by(SampleUnit.id).with_for_update()
        )
        event = {"at": now, "code": code, "source": source, "note": note}
        db.session.execute(insert(DispositionEvent), [{"sample_unit_id": unit_id} | event for unit_id in ids])
        _settle(ids)


def _settle(unit_ids: Sequence[int]) -> None:
    history = select(DispositionEvent.sample_unit_id, DispositionEvent.code, DispositionEvent.note).where(
        DispositionEvent.sample_unit_id.in_(unit_ids)
    )
    codes: dict[int, list[str]] = defaultdict(list)
    for unit_id, code, said in db.session.execute(history.order_by(DispositionEvent.at, DispositionEvent.id)):
        known = codes[unit_id]
        if said in SUPERSEDING:
            known[:] = [earlier for earlier in known if earlier.startswith("4")]
        known.append(code)
    settled = defaultdict(list)
    for unit_id, events in codes.items():
        settled[final_disposition(events).value].append(unit_id)
    for code, ids in settled.items():
        db.session.execute(update(SampleUnit).where(SampleUnit.id.in_(ids)).values(disposition=code))


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
