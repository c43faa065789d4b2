"""The publication as a workbook: numbers are numbers, shown in percent; equal content gives equal bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from survey.reports.annex import sections
from survey.reports.content import Domain, Figure, Label, ReportContent
from survey.reports.tables import SYNTHETIC
from survey.reports.words import account_name, day, formula_name, tier_name

Cell = str | int | float | None
FIGURE_HEADER = ("Chỉ số", "Thấp", "Cao", "Sai số chuẩn", "Bậc tự do", "Số phiếu", "Số câu trả lời", "Deff")
_SHARES = {"Chỉ số", "Thấp", "Cao", "Sai số chuẩn", "Tỷ lệ trả lời"}


class Workbook:
    """A workbook being written, with the few formats that it uses."""

    def __init__(self, content: ReportContent) -> None:
        self.buffer = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = xlsxwriter.Workbook(self.buffer, options)
        created = datetime.fromisoformat(content.method.closed_at).replace(tzinfo=None)
        self.book.set_properties({"title": content.title_vi, "author": content.office, "created": created})
        font = {"font_name": "Times New Roman", "font_size": 12}
        self.text = self.book.add_format({**font, "text_wrap": True, "valign": "top"})
        self.bold = self.book.add_format({**font, "bold": True, "font_size": 14})
        self.head = self.book.add_format(
            {**font, "bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#DCE9F2", "valign": "top"}
        )
        self.share = self.book.add_format({**font, "num_format": "0.0%", "valign": "top"})
        self.count = self.book.add_format({**font, "num_format": "#,##0", "valign": "top"})
        self.plain = self.book.add_format({**font, "num_format": "0.00", "valign": "top"})
        self.warning = self.book.add_format({**font, "bold": True, "font_color": "#A1261C"})
        self.content = content

    def sheet(self, name: str, title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """One table under a title; the header stays in view."""
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, title, self.bold)
        if self.content.synthetic:
            sheet.write_string(1, 0, SYNTHETIC, self.warning)
        sheet.freeze_panes(4, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(3)
        for column, label in enumerate(header):
            sheet.write_string(3, column, label, self.head)
            sheet.set_column(column, column, 34 if label in {"Cơ quan", "Nội dung"} else 13)
        for number, row in enumerate(rows, start=4):
            for column, value in enumerate(row):
                self._cell(sheet, number, column, value, header[column])

    def _cell(self, sheet: Any, row: int, column: int, value: Cell, label: str) -> None:
        if isinstance(value, str):
            sheet.write_string(row, column, value, self.text)
        elif value is not None:
            share = label in _SHARES or "%" in label
            whole = self.count if isinstance(value, int) else self.plain
            sheet.write_number(row, column, value, self.share if share else whole)

    def paragraphs(self, name: str, blocks: Sequence[tuple[str, Sequence[str]]]) -> None:
        sheet = self.book.add_worksheet(name)
        sheet.set_column(0, 0, 110)
        row = 0
        for title, texts in blocks:
            sheet.write_string(row, 0, title, self.bold)
            for text in texts:
                row += 1
                sheet.write_string(row, 0, text, self.text)
            row += 2

    def to_bytes(self) -> bytes:
        self.book.close()
        return self.buffer.getvalue()


def to_xlsx(content: ReportContent) -> bytes:
    """The whole publication."""
    book = Workbook(content)
    title = f"{content.title_vi} ({day(content.period_start)} – {day(content.period_end)})"
    head = ("Cấp", "Cơ quan")
    book.sheet(
        "Chỉ số",
        title,
        (*head, *FIGURE_HEADER, "Hạng cao nhất", "Hạng thấp nhất", "Rút mẫu", "Tỷ lệ trả lời", "Ghi chú"),
        [(*_names(d), *_figure(d.index), *(d.rank or (None, None)), d.sampled, d.response_rate, _note(d))
         for d in content.domains],
    )  # fmt: skip
    asked = content.questionnaire
    book.sheet("Nhóm tiêu chí", title, (*head, *_labels(asked.factors)), _shares(content, "factors"))
    book.sheet("Tiêu chí", title, (*head, *_labels(asked.items)), _shares(content, "items"))
    formulas = tuple(content.province.formulas)
    book.sheet(
        "Các cách tính",
        title,
        (*head, f"{formula_name(content.formula)}, %", *(f"{formula_name(name)}, %" for name in formulas)),
        [(*_names(d), _share(d.index), *(_share(d.formulas[name]) for name in formulas)) for d in content.domains],
    )
    columns = tuple(content.accounts[0].counts) if content.accounts else ()
    book.sheet(
        "Số phiếu",
        title,
        ("Mã", "Cơ quan", *(account_name(column) for column in columns)),
        [(account.key, account.name, *account.counts.values()) for account in content.accounts],
    )
    annex = [(one.title, (*one.paragraphs, *map(" | ".join, one.table))) for one in sections(content)]
    book.paragraphs("Phương pháp", annex)
    return book.to_bytes()


def _names(domain: Domain) -> tuple[str, str]:
    return "" if domain.level == "province" else tier_name(domain.tier or domain.key), domain.name


def _figure(figure: Figure) -> tuple[Cell, ...]:
    names = ("estimate", "ci_low", "ci_high", "se", "df", "n", "n_answers", "deff")
    return tuple(getattr(figure, name) for name in names)


def _share(figure: Figure) -> Cell:
    return "không công bố" if figure.is_suppressed else figure.estimate


def _note(domain: Domain) -> str:
    return "Không công bố: xem trang Phương pháp" if domain.is_suppressed else ""


def _labels(labels: Sequence[Label]) -> tuple[str, ...]:
    return tuple(f"{label.code}. {label.vi}, %" for label in labels)


def _shares(content: ReportContent, table: str) -> list[tuple[Cell, ...]]:
    return [(*_names(d), *map(_share, getattr(d, table).values())) for d in content.domains]
