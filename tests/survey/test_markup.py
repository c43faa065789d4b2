"""What officers type stands in reports as they typed it. Authority: reportlab reads <b> and & in a paragraph as
markup unless they are escaped, and a spreadsheet reads a leading = as a formula."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from survey.reports.content import ReportContent
from survey.reports.xlsx import to_xlsx
from tests.survey.report_content import make_content
from tests.survey.test_reports import pdf_text, vietnamese

TITLE, AGENCY = "<b>Quý</b> & <script>III", "=Sở <font size=40>&amp; </para>"


def content() -> ReportContent:
    made = make_content(name=AGENCY)
    questionnaire = replace(made.questionnaire, title_vi=TITLE)
    return replace(made, title_vi=TITLE, office="Sở <i>Nội vụ", questionnaire=questionnaire)


@pytest.mark.pdf
def test_markup_in_names_and_titles_is_text_in_the_pdf(app: Flask, tmp_path: Path) -> None:
    text = " ".join(pdf_text(vietnamese(app, content()), tmp_path).split())
    for words in (TITLE, "Sở <i>Nội vụ", "<font", "&amp;", "</para>"):
        assert words in text


def test_markup_and_formulas_are_text_in_the_workbook(app: Flask) -> None:
    with app.app_context():
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(to_xlsx(content())))
    cells = [
        cell
        for name in workbook.sheet_names
        for row in workbook.get_sheet_by_name(name).to_python()
        for cell in row
    ]
    assert AGENCY in cells
