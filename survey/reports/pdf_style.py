"""Typefaces and styles of the PDF. Vietnamese capitals carry two marks (Ẳ Ễ Ổ): lines and cells leave room."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, Paragraph, TableStyle

FONTS = Path(__file__).parent / "fonts"
REGULAR, BOLD, ITALIC = "BeVietnamPro-Regular", "BeVietnamPro-SemiBold", "BeVietnamPro-Italic"
LEADING = 1.45  # below 1.35 the marks of a line touch the line above
PADDING = 3.0  # with none the marks cross the upper border of a cell

INK, QUIET, LINE = HexColor("#17212b"), HexColor("#56616c"), HexColor("#c5cdd5")
ACCENT, TINT, BAD = HexColor("#0b5e87"), HexColor("#eaf2f7"), HexColor("#a1261c")


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Embed Be Vietnam Pro; Helvetica, which has no Vietnamese, is not even declared."""
    for name in (REGULAR, BOLD, ITALIC):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=ITALIC, boldItalic=BOLD)
    rl_config.canvas_basefontname = REGULAR


def style(
    size: float,
    font: str = REGULAR,
    color: Color = INK,
    *,
    before: float = 0,
    after: float = 4,
    right: bool = False,
) -> ParagraphStyle:
    return ParagraphStyle(
        f"{font}-{size}-{before}-{after}-{right}-{color.hexval()}",
        fontName=font,
        fontSize=size,
        leading=size * LEADING,
        textColor=color,
        spaceBefore=before,
        spaceAfter=after,
        alignment=TA_RIGHT if right else 0,
    )


def text(words: str, look: ParagraphStyle) -> Paragraph:
    """A paragraph of plain words: marks composed (a decomposed ế is drawn wrong), no markup taken from data."""
    return Paragraph(escape(unicodedata.normalize("NFC", words)), look)


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    size: float = 8.5,
    left: int = 1,
) -> LongTable:
    """A table whose header is repeated on each page; columns after the first `left` are figures, set right."""
    heads = [text(word, style(size, BOLD, after=0, right=k >= left)) for k, word in enumerate(header)]
    body = [[text(word, style(size, after=0, right=k >= left)) for k, word in enumerate(row)] for row in rows]
    made = LongTable([heads, *body], colWidths=list(widths), repeatRows=1)
    made.setStyle(
        TableStyle(
            [
                ("FONTNAME", (0, 0), (-1, -1), REGULAR),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BACKGROUND", (0, 0), (-1, 0), TINT),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                ("TOPPADDING", (0, 0), (-1, -1), PADDING),
                ("BOTTOMPADDING", (0, 0), (-1, -1), PADDING),
                ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
                ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
            ]
        )
    )
    return made
