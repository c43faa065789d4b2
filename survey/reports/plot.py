"""The caterpillar plot as geometry: one place computes positions, SVG and PDF only draw them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from survey.reports.content import Domain, ReportContent

ROW, HEAD, AXIS = 22.0, 26.0, 26.0  # heights of a row, of a heading of a tier, of the axis


@dataclass(frozen=True)
class Mark:
    """An agency: its interval from `low` to `high`, its estimate at `x`; `x` is empty where suppressed."""

    domain: Domain
    y: float
    label_y: float
    x: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Heading:
    """A tier's name; `x` is the tier's own estimate."""

    domain: Domain
    y: float
    x: float | None


@dataclass(frozen=True)
class Plot:
    """Positions in a box of `width` × `height`, y downwards; numbers run from `left` to `right`."""

    width: float
    height: float
    left: float
    right: float
    bottom: float
    ticks: tuple[tuple[float, float], ...]
    target: float | None
    province: float | None
    headings: tuple[Heading, ...]
    marks: tuple[Mark, ...]


Group = tuple[Domain, tuple[Domain, ...]]  # a tier and agencies of it


def groups(content: ReportContent) -> list[Group]:
    """Agencies by tier, best estimate first."""
    return [(tier, tuple(sorted(content.of_tier(tier.key), key=_best_first))) for tier in content.tiers]


def sheets(content: ReportContent, most: int) -> list[list[Group]]:
    """The groups cut so that no sheet holds more than `most` agencies."""
    found: list[list[Group]] = [[]]
    for tier, agencies in groups(content):
        rest = agencies
        while rest:
            room = most - sum(len(part) for _, part in found[-1])
            if room < min(4, len(rest)):
                found.append([])
                continue
            found[-1].append((tier, rest[:room]))
            rest = rest[room:]
    return found


def caterpillar(
    content: ReportContent, parts: list[Group], *, width: float, label_width: float, row: float = ROW
) -> Plot:
    """The plot of some groups on the axis of all; `label_width` 0 puts names above the lines (phones)."""
    step = row if label_width else 2 * row
    start = _axis_start(content)
    left, right = label_width + 18, width - 20

    def place(share: float) -> float:
        return round(left + (share - start) / (1 - start) * (right - left), 2)

    headings: list[Heading] = []
    marks: list[Mark] = []
    y = 4.0
    for tier, agencies in parts:
        y += HEAD
        headings.append(Heading(tier, y - 8, _place(tier.index.estimate, place)))
        for domain in agencies:
            y += step
            marks.append(_mark(domain, y - row / 2, y - (row / 2 if label_width else row + 3), place))
    steps = round((1 - start) * 10)
    ticks = tuple((place(start + k / 10), start + k / 10) for k in range(steps + 1))
    inside = content.target if content.target is not None and content.target >= start else None
    return Plot(
        width=width,
        height=y + AXIS,
        left=left,
        right=right,
        bottom=y + 4,
        ticks=ticks,
        target=_place(inside, place),
        province=_place(content.province.index.estimate, place),
        headings=tuple(headings),
        marks=tuple(marks),
    )


def _place(share: float | None, place: Callable[[float], float]) -> float | None:
    return None if share is None else place(share)


def _mark(domain: Domain, y: float, label_y: float, place: Callable[[float], float]) -> Mark:
    figure = domain.index
    x = _place(figure.estimate, place)
    low = _place(figure.ci_low, place)
    high = _place(figure.ci_high, place)
    return Mark(domain, y, label_y, x, (x or 0) if low is None else low, (x or 0) if high is None else high)


def _best_first(domain: Domain) -> tuple[float, str]:
    return -(domain.index.estimate if domain.index.estimate is not None else -1.0), domain.key


def _axis_start(content: ReportContent) -> float:
    """The tenth below every interval, at most 0.8: an axis too short would magnify noise."""
    lows = [d.index.ci_low for d in content.agencies if d.index.ci_low is not None]
    return min(0.8, math.floor(10 * min(lows, default=0.0) + 1e-9) / 10)
