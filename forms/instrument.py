"""The questionnaires: loading a shipped one, writing one as JSON, its hash."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from forms.model import (
    Answers,
    Choice,
    Factor,
    Instrument,
    Item,
    ItemType,
    Point,
    Requirement,
    Rule,
    Scale,
    Text,
    Value,
)
from forms.reader import InstrumentError, from_json

__all__ = [
    "Answers",
    "Choice",
    "Factor",
    "Instrument",
    "InstrumentError",
    "Item",
    "ItemType",
    "Point",
    "Requirement",
    "Rule",
    "Scale",
    "Text",
    "Value",
    "from_json",
    "load",
    "sha256",
    "shipped",
    "to_json",
]

PLAIN_KEYS = (
    *("hint", "sms", "minimum", "maximum", "integer", "max_length"),
    *("pattern", "error", "low", "high", "show_if"),
)
SHIPPED = Path(__file__).parent / "instruments"


def shipped() -> list[tuple[str, int]]:
    """Code and version of each questionnaire in the package, sorted."""
    names = (path.stem.rpartition("@") for path in SHIPPED.glob("*@*.json"))
    return sorted((code, int(version)) for code, _, version in names)


@lru_cache
def load(code: str, version: int | None = None) -> Instrument:
    """A shipped questionnaire, the newest version unless one is asked for."""
    found = [number for name, number in shipped() if name == code and version in (None, number)]
    if not found:
        raise InstrumentError(
            f"`code`: no questionnaire {code}{'' if version is None else f'@{version}'} is shipped"
        )
    file = SHIPPED / f"{code}@{max(found)}.json"
    return from_json(json.loads(file.read_text(encoding="utf-8")))


def sha256(instrument: Instrument) -> str:
    """Hash of the canonical JSON: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(to_json(instrument), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def to_json(instrument: Instrument) -> dict[str, Any]:
    """The JSON that from_json reads back to an equal questionnaire; what is unset is left out."""
    return _filled(
        code=instrument.code,
        version=instrument.version,
        title=instrument.title,
        note=instrument.note,
        lead=instrument.lead,
        languages=list(instrument.languages),
        complete_at=instrument.complete_at,
        partial_at=instrument.partial_at,
        general_item=instrument.general_item,
        scales={name: _scale_json(scale) for name, scale in instrument.scales.items()},
        factors=[_filled(code=f.code, label=f.label, items=list(f.items)) for f in instrument.factors],
        items=[_item_json(item) for item in instrument.items],
    )


def _scale_json(scale: Scale) -> dict[str, Any]:
    points = [_filled(code=p.code, label=p.label, sms=p.sms, satisfied=p.satisfied) for p in scale.points]
    return {"points": points, **_filled(outside=_choices_json(scale.outside))}


def _choices_json(choices: tuple[Choice, ...]) -> list[dict[str, Any]]:
    return [_filled(code=c.code, label=c.label, other=c.other) for c in choices]


def _item_json(item: Item) -> dict[str, Any]:
    own_outside = () if item.scale and item.outside == item.scale.outside else item.outside
    plain = {key: getattr(item, key) for key in PLAIN_KEYS}
    return _filled(
        id=item.id,
        type=item.type,
        label=item.label,
        scale=item.scale.id if item.scale else None,
        choices=_choices_json(item.choices),
        outside=_choices_json(own_outside),
        requirement=None if item.requirement == "optional" else item.requirement,
        **plain,
    )


def _filled(**values: Any) -> dict[str, Any]:
    return {
        key: value
        for key, value in values.items()
        if value is not None and value is not False and value not in ("", [], {})
    }
