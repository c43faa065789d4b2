"""Published counts read with suspicion: item by item, what they add up to and what they are worth.

A table of counts (CSV: item, level, satisfied, count, base) comes from a survey that somebody else made. Its
rows are not a probability sample, so an interval here tells the chance error alone that so many forms would have
if they were a simple random sample; what was never returned stands beside it as bounds.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from flask_babel import gettext as _

from analysis.intervals import Uncertain, interval
from survey.errors import InputError
from survey.names import nfc

COLUMNS = ("item", "level", "satisfied", "count", "base")
LEVEL = 0.95


@dataclass(frozen=True)
class Level:
    """One answer of an item."""

    name: str
    satisfied: bool
    count: int


@dataclass(frozen=True)
class Item:
    """An item with its levels; `base` is the number of forms that the publisher divides by."""

    name: str
    base: int
    levels: tuple[Level, ...]

    @property
    def total(self) -> int:
        return sum(level.count for level in self.levels)

    @property
    def satisfied(self) -> int:
        return sum(level.count for level in self.levels if level.satisfied)

    @property
    def share(self) -> float:
        """Satisfied among those who answered the item."""
        return self.satisfied / self.total

    @property
    def share_of_base(self) -> float:
        """Satisfied among all forms, as the publisher computes it."""
        return self.satisfied / self.base

    def interval(self) -> tuple[float, float]:
        """Wilson's interval of `share`, as if the forms were a simple random sample."""
        p, n = np.array([self.share]), np.array([float(self.total)])
        uncertain = Uncertain(p, p * (1 - p) / n, np.array([math.inf]), n, n)
        low, high, _boundary = interval(uncertain, "wilson", LEVEL)
        return float(low[0]), float(high[0])

    def bounds(self, issued: int) -> tuple[float, float]:
        """The share among all forms issued if nobody, or everybody, of the missing were satisfied."""
        missing = max(0, issued - self.total)
        return self.satisfied / issued, min(1.0, (self.satisfied + missing) / issued)


def read_counts(path: Path, *, accept_inconsistent: bool = False, without: Collection[str] = ()) -> list[Item]:
    """The items of a table of counts; levels named in `without` do not count as satisfied.

    An item whose counts exceed the forms that it is divided by is refused: one of the two figures is wrong, and
    no share of it means anything, unless the caller has looked and goes on.
    """
    items = _items(path, {nfc(name) for name in without})
    excess = [item for item in items if item.total > item.base]
    if excess and not accept_inconsistent:
        item = excess[0]
        raise InputError(
            "counts_exceed_forms",
            _(
                "%(file)s: tiêu chí “%(item)s”: các mức cộng lại được %(total)s, nhiều hơn %(base)s phiếu thu "
                "vào. Một trong hai con số sai; nếu đã xem và vẫn muốn tính, thêm --accept-inconsistent.",
                file=path.name,
                item=item.name,
                total=item.total,
                base=item.base,
            ),
        )
    return items


def _items(path: Path, without: set[str]) -> list[Item]:
    found: dict[str, tuple[int, list[Level]]] = {}
    for number, row in _rows(path):
        name, level = nfc(row["item"]), nfc(row["level"])
        base, count = _whole(path, number, "base", row), _whole(path, number, "count", row)
        known_base, levels = found.setdefault(name, (base, []))
        if not name or not level or any(known.name == level for known in levels):
            raise _wrong(path, number, "level", _("thiếu hoặc lặp lại"))
        if base != known_base:
            raise _wrong(path, number, "base", _("khác với dòng trên của cùng tiêu chí"))
        levels.append(Level(level, _flag(path, number, row) and level not in without, count))
    items = [Item(name, base, tuple(levels)) for name, (base, levels) in found.items()]
    if not items or any(item.total == 0 or item.base == 0 for item in items):
        raise InputError("no_counts", _("%(file)s: không có số đếm nào", file=path.name))
    return items


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(
                    "bad_counts",
                    _("%(file)s: dòng 1: cần các cột %(columns)s", file=path.name, columns=", ".join(COLUMNS)),
                )
            for row in reader:
                yield reader.line_num, {name: (row[name] or "").strip() for name in COLUMNS}
    except UnicodeDecodeError as exc:
        raise InputError("bad_counts", _("%(file)s: không phải UTF-8", file=path.name)) from exc


def _whole(path: Path, number: int, column: str, row: dict[str, str]) -> int:
    if not row[column].isascii() or not row[column].isdecimal():
        raise _wrong(path, number, column, _("phải là số nguyên không âm"))
    return int(row[column])


def _flag(path: Path, number: int, row: dict[str, str]) -> bool:
    if row["satisfied"] not in {"0", "1"}:
        raise _wrong(path, number, "satisfied", _("phải là 0 hoặc 1"))
    return row["satisfied"] == "1"


def _wrong(path: Path, number: int, column: str, why: str) -> InputError:
    return InputError("bad_counts", f"{path.name}: {_('dòng %(n)s', n=number)}: {column}: {why}")


def to_markdown(items: Sequence[Item], issued: int | None = None) -> str:
    """One line an item and their plain mean; shares in percent."""
    head = ["item", "forms", "sum of levels", "satisfied", "% of forms", "% of answers", "95 % interval"]
    head += ["bounds, all forms issued"] if issued else []
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    for item in items:
        total = f"{item.total:,}" + (" > forms" if item.total > item.base else "")
        cells = [item.name, f"{item.base:,}", total, f"{item.satisfied:,}"]
        cells += [_percent(item.share_of_base), _percent(item.share), _range(item.interval())]
        cells += [_range(item.bounds(issued))] if issued else []
        lines.append("| " + " | ".join(cells) + " |")
    means = [_percent(sum(item.share_of_base for item in items) / len(items))]
    means += [_percent(sum(item.share for item in items) / len(items))]
    lines.append(
        "| " + " | ".join(["plain mean of the items", "", "", "", *means, *([""] * (len(head) - 6))]) + " |"
    )
    return "\n".join(lines) + "\n"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def _range(ends: tuple[float, float]) -> str:
    return f"{_percent(ends[0])} – {_percent(ends[1])}"
