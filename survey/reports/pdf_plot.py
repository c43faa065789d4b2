"""The caterpillar plot drawn for the PDF from the positions of `plot`."""

from __future__ import annotations

import unicodedata

from reportlab.graphics.shapes import Circle, Drawing, Line, String

from survey.reports.pdf_style import ACCENT, BAD, BOLD, INK, LINE, QUIET, REGULAR
from survey.reports.plot import Mark, Plot
from survey.reports.words import name_of, percent, tier_name

SIZE = 7.5


def drawing(plot: Plot) -> Drawing:
    """PDF counts y upwards, the plot downwards."""
    page = Drawing(plot.width, plot.height, initialFontName=REGULAR)
    for x, share in plot.ticks:
        page.add(Line(x, plot.height - plot.bottom, x, plot.height - 8, strokeColor=LINE, strokeWidth=0.4))
        _write(page, percent(share, 0), x, plot.bottom + 12, anchor="middle", color=QUIET)
    if plot.target is not None:
        page.add(_vertical(plot, plot.target, BAD, dash=[4, 3]))
    if plot.province is not None:
        page.add(_vertical(plot, plot.province, ACCENT, dash=[1, 2]))
    for heading in plot.headings:
        _write(page, tier_name(heading.domain.key), 0, heading.y, font=BOLD)
    for mark in plot.marks:
        _mark(page, plot, mark)
    return page


def _vertical(plot: Plot, x: float, color: object, dash: list[int]) -> Line:
    return Line(
        x, plot.height - plot.bottom, x, plot.height - 8, strokeColor=color, strokeWidth=0.9, strokeDashArray=dash
    )


def _mark(page: Drawing, plot: Plot, mark: Mark) -> None:
    _write(page, _shortened(name_of(mark.domain), plot.left), 0, mark.y + 3)
    if mark.x is None:
        _write(page, "không công bố", plot.left, mark.y + 3, color=QUIET)
        return
    y = plot.height - mark.y
    page.add(Line(mark.low, y, mark.high, y, strokeColor=ACCENT, strokeWidth=2.2))
    page.add(Circle(mark.x, y, 3, fillColor=ACCENT, strokeColor=None))


def _shortened(name: str, width: float) -> str:
    room = int(width / (SIZE * 0.54))
    return name if len(name) <= room else name[: room - 1].rstrip() + "…"


def _write(
    page: Drawing,
    words: str,
    x: float,
    y: float,
    *,
    anchor: str = "start",
    font: str = REGULAR,
    color: object = INK,
) -> None:
    look = {"fontName": font, "fontSize": SIZE, "fillColor": color, "textAnchor": anchor}
    page.add(String(x, page.height - y, unicodedata.normalize("NFC", words), **look))
