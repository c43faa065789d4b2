"""What the benchmarks share: times taken in turns, and lines that say whether a target is met."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Row = dict[str, Any]
Timed = Callable[[], float]


@dataclass(frozen=True)
class Rival:
    """A peer, which should take `least` times our time, or a floor, of whose time we may take `most` times."""

    tool: str
    seconds: float | None
    least: float | None = None
    most: float | None = None
    floor: bool = False


def timed(call: Callable[[], object]) -> Timed:
    """The call as one that returns its wall seconds."""

    def run() -> float:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    return run


def in_turns(calls: Mapping[str, Timed], rounds: int = 5, seconds: float = 1.5) -> dict[str, float]:
    """Median seconds of each call over `rounds` turns, and as many more as fit: a busy machine is busy for all."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    start = time.perf_counter()
    turns = 0
    while turns < rounds or (rounds > 1 and turns < 50 and time.perf_counter() - start < seconds):
        for name, call in calls.items():
            found[name].append(call())
        turns += 1
    return {name: median(values) for name, values in found.items()}


def lines(task: str, tool: str, seconds: float, rivals: Sequence[Rival] = ()) -> list[Row]:
    """Ours, then each rival that could be measured, with the ratio, its target and whether that is met."""
    measured = [rival for rival in rivals if rival.seconds is not None]
    theirs = [{"task": task, "tool": r.tool, "seconds": r.seconds} | _compared(seconds, r) for r in measured]
    return [{"task": task, "tool": tool, "seconds": seconds}, *theirs]


def _compared(ours: float, rival: Rival) -> Row:
    theirs = rival.seconds or 0.0
    if rival.floor or rival.most is not None:
        ratio: Row = {"ratio": ours / theirs, "ratio_to": "ours / this"}
        return ratio if rival.most is None else ratio | _judged(ours / theirs, rival.most, "×")
    ratio = {"ratio": theirs / ours, "ratio_to": "this / ours"}
    if rival.least is None:
        return ratio
    return ratio | {"target": f"≥ {rival.least:g} ×", "met": "yes" if theirs / ours >= rival.least else "NO"}


def _judged(value: float, most: float, unit: str) -> Row:
    return {"target": f"≤ {most:g} {unit}", "met": "yes" if value <= most else "NO"}


def capped(row: Row, key: str, most: float, unit: str) -> Row:
    """A line whose own figure has a target."""
    return row | _judged(row[key], most, unit)
