"""The publication as flat tables: one row for each domain and figure. XLSX, CSV and the page read them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from survey.reports.content import Domain, Figure, ReportContent

FIGURES = ("estimate", "se", "df", "ci_low", "ci_high", "n", "n_answers", "n_psu", "deff")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a cell as a formula
SYNTHETIC = "SỐ LIỆU GIẢ LẬP"


@dataclass(frozen=True)
class Line:
    """One figure of one domain, with what it is called."""

    domain: Domain
    kind: str
    code: str
    label: str
    figure: Figure


def lines(content: ReportContent) -> Iterator[Line]:
    """Every published figure: the index, its other formulas, factors, criteria."""
    factors = {label.code: label.vi for label in content.questionnaire.factors}
    items = {label.code: label.vi for label in content.questionnaire.items}
    for domain in content.domains:
        yield Line(domain, "index", content.formula, "Chỉ số hài lòng", domain.index)
        for code, figure in domain.formulas.items():
            yield Line(domain, "formula", code, code, figure)
        for code, figure in domain.factors.items():
            yield Line(domain, "factor", code, factors[code], figure)
        for code, figure in domain.items.items():
            yield Line(domain, "item", code, items[code], figure)


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(DANGEROUS) else text


def to_csv(content: ReportContent) -> bytes:
    """For people: with a byte-order mark, so that Excel reads Vietnamese; figures in full."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    note = SYNTHETIC if content.synthetic else ""
    header = ("level", "key", "name", "kind", "code", "label", *FIGURES, "rank_low", "rank_high", "flags", "note")
    writer.writerow(header)
    for line in lines(content):
        domain = line.domain
        rank = domain.rank if line.kind == "index" and domain.rank else ("", "")
        texts = (domain.level, domain.key, domain.name, line.kind, line.code, line.label)
        figures = (getattr(line.figure, name) for name in FIGURES)
        flags = "|".join(line.figure.flags)
        row = (*(safe(text) for text in texts), *("" if f is None else f for f in figures), *rank, flags, note)
        writer.writerow(row)
    return b"\xef\xbb\xbf" + sheet.getvalue().encode()
