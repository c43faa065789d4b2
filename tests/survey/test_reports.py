"""Reports from a content made by hand: positions of the plot, cells, glyphs and marks of the PDF."""

from __future__ import annotations

import io
import json
import re
import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale
from python_calamine import CalamineWorkbook
from reportlab.pdfbase.ttfonts import TTFontFile

from survey.reports import annex, plot, tables, words
from survey.reports.content import SUPPRESSED, Domain, Figure, ReportContent, from_dict
from survey.reports.pdf import to_pdf
from survey.reports.pdf_style import FONTS
from survey.reports.xlsx import to_xlsx
from tests.survey.report_content import make_content

pytestmark = pytest.mark.usefixtures("app")


def vietnamese(app: Flask, content: ReportContent) -> bytes:
    with app.app_context(), force_locale("vi"):
        return to_pdf(content)


def pdf_text(pdf: bytes, tmp_path: Path) -> str:
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout


def test_content_survives_its_json() -> None:
    content = make_content()
    assert from_dict(content.to_dict()) == content


def test_a_database_that_forgets_the_order_of_keys_changes_nothing_that_is_shown() -> None:
    content = make_content()
    shuffled = from_dict(json.loads(json.dumps(content.to_dict(), sort_keys=True)))
    assert list(shuffled.accounts[0].counts) == list(content.accounts[0].counts)
    assert list(shuffled.province.formulas) == ["t2b_pooled@1", "mean_of_agencies@1"]
    assert list(shuffled.province.items) == ["q1", "q2", "q3"]


def test_the_plot_keeps_agencies_in_tiers_best_first_and_intervals_around_dots() -> None:
    content = make_content()
    made = plot.caterpillar(content, plot.groups(content), width=960, label_width=270)
    assert [mark.domain.key for mark in made.marks] == ["A2", "A1", "B1", "B2"]
    shown = [mark for mark in made.marks if mark.x is not None]
    assert all(mark.low <= (mark.x or 0) <= mark.high for mark in shown)
    assert made.ticks[-1] == (940.0, 1.0)
    assert [mark.domain.key for mark in made.marks if mark.x is None] == ["B2"]


def test_the_axis_is_never_shorter_than_a_fifth() -> None:
    figure = Figure(0.97, 0.005, 50, 0.96, 0.98, 60, 300, 60, 1.0)
    content = make_content()
    high = tuple(replace(domain, index=figure) for domain in content.agencies)
    narrow = replace(content, agencies=high)
    made = plot.caterpillar(narrow, plot.groups(narrow), width=960, label_width=270)
    assert made.ticks[0][1] == 0.8


def test_no_sheet_of_the_plot_holds_more_agencies_than_it_may() -> None:
    content = make_content()
    many = tuple(replace(content.agencies[0], key=f"A{k:03d}") for k in range(95))
    sheets = plot.sheets(replace(content, agencies=many), 40)
    assert [sum(len(part) for _, part in sheet) for sheet in sheets] == [40, 40, 15]


@pytest.mark.parametrize("text", ["=1+1", "+84905", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_of_a_csv_is_a_formula(text: str) -> None:
    assert tables.safe(text) == "'" + text


def test_cells_of_the_workbook_are_numbers_and_text_is_never_a_formula(app: Flask) -> None:
    content = make_content(name="=1+1")
    with force_locale("vi"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(to_xlsx(content)))
    assert book.sheet_names == ["Chỉ số", "Nhóm tiêu chí", "Tiêu chí", "Các cách tính", "Số phiếu", "Phương pháp"]
    rows = book.get_sheet_by_name("Chỉ số").to_python()
    assert rows[1][0] == "SỐ LIỆU GIẢ LẬP"
    header, first = rows[3], rows[4]
    assert (header[2], first[2]) == ("Chỉ số", 0.861234)
    assert any(row[1] == "=1+1" for row in rows)
    hidden = next(row for row in rows if row[1] == "UBND Xã Ẩn")
    assert hidden[2] == ""
    assert hidden[-1] == "Không công bố: xem trang Phương pháp"
    factors = book.get_sheet_by_name("Nhóm tiêu chí").to_python()
    assert factors[-1][1:] == ["UBND Xã Ẩn", "không công bố", "không công bố"]


@pytest.mark.pdf
def test_vietnamese_survives_in_the_pdf_and_helvetica_is_not_in_it(app: Flask, tmp_path: Path) -> None:
    pdf = vietnamese(app, make_content(name=unicodedata.normalize("NFD", "UBND Phường Thuỷ Xuân ẰẮẲẴẶỄỔ")))
    text = pdf_text(pdf, tmp_path)
    assert "ẰẮẲẴẶỄỔ" in text
    assert text == unicodedata.normalize("NFC", text)
    fonts = subprocess.run(
        ["pdffonts", tmp_path / "report.pdf"], capture_output=True, text=True, check=True
    ).stdout
    assert "Helvetica" not in fonts
    assert all(" yes yes yes" in line for line in fonts.splitlines()[2:])


@pytest.mark.pdf
def test_every_page_of_a_synthetic_report_says_so_and_no_page_of_a_real_one(app: Flask, tmp_path: Path) -> None:
    pages = pdf_text(vietnamese(app, make_content()), tmp_path).split("\f")[:-1]
    assert len(pages) >= 4
    assert all("SỐ LIỆU GIẢ LẬP" in page for page in pages)
    assert "GIẢ LẬP" not in pdf_text(vietnamese(app, replace(make_content(), synthetic=False)), tmp_path)


def test_equal_content_gives_equal_pdf_and_workbook(app: Flask) -> None:
    with force_locale("vi"):
        assert to_pdf(make_content()) == to_pdf(make_content())
        assert to_xlsx(make_content()) == to_xlsx(make_content())


def test_the_typeface_has_every_letter_that_the_report_prints(app: Flask) -> None:
    content = make_content()
    with force_locale("vi"):
        printed = {letter for section in annex.sections(content) for text in section.paragraphs for letter in text}
        printed |= set("".join(words.account_name(name) for name in content.accounts[0].counts))
    alphabet = set("ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ–—“”…×≥≤±·")
    for file in sorted(FONTS.glob("*.ttf")):
        known = TTFontFile(file).charToGlyph
        missing = {
            letter for letter in printed | alphabet | {a.upper() for a in alphabet} if ord(letter) not in known
        }
        assert not missing, f"{file.name}: {sorted(missing)}"


def test_the_annex_says_what_is_not_claimed_and_never_claims_the_official_formula(app: Flask) -> None:
    with force_locale("vi"):
        text = "\n".join(line for section in annex.sections(make_content()) for line in section.paragraphs)
    assert "chưa đối chiếu được với văn bản gốc" in text
    assert "Không phải chỉ số SIPAS" in text
    assert not re.search(r"%\(\w+\)s", text)


@pytest.mark.parametrize(
    ("sampling", "said", "not_said"),
    [
        ("srs", "có hiệu chỉnh tổng thể hữu hạn", "Rút hệ thống thường"),
        ("systematic", "Rút hệ thống thường chính xác hơn", "có hoàn lại"),
        ("stages", "như rút có hoàn lại", "có hiệu chỉnh tổng thể hữu hạn"),
    ],
)
def test_the_annex_tells_the_variance_of_the_design_that_was_used(
    app: Flask, sampling: str, said: str, not_said: str
) -> None:
    content = make_content()
    with force_locale("vi"):
        made = annex.sections(replace(content, method=replace(content.method, sampling=sampling)))
    text = "\n".join(line for section in made for line in section.paragraphs)
    assert said in text
    assert not_said not in text


def test_the_annex_counts_forms_given_out_and_taken_in(app: Flask) -> None:
    content = make_content()
    counts = {**content.accounts[0].counts, "sampled": 100, "not_contactable": 20}
    with force_locale("vi"):
        made = annex.sections(replace(content, accounts=(replace(content.accounts[0], counts=counts),)))
    (response,) = (section for section in made if section.key == "response")
    assert "80 lời mời, thu vào 60 phiếu hợp lệ (75,0%)" in response.paragraphs[1]


def test_the_annex_does_not_take_overlapping_ranks_for_equal_agencies(app: Flask) -> None:
    with force_locale("vi"):
        (interval,) = (section for section in annex.sections(make_content()) if section.key == "interval")
    assert "với độ tin cậy 95%, cả bảng cùng đúng" in interval.paragraphs[-1]
    assert "chưa thể nói" not in interval.paragraphs[-1]


@pytest.mark.parametrize(
    ("locale", "shown"),
    [("vi", ("1.234,5", "86,1%", "80,0% – 90,0%")), ("en", ("1,234.5", "86.1%", "80.0% – 90.0%"))],
)
def test_numbers_are_written_as_the_language_does(app: Flask, locale: str, shown: tuple[str, ...]) -> None:
    figure = Figure(0.8612, 0.01, 30, 0.8, 0.9, 50, 200, 50, 1.1)
    with force_locale(locale):
        assert (words.number(1234.5, 1), words.percent(0.8612), words.interval(figure)) == shown


def test_a_rank_is_an_interval_and_a_hidden_figure_a_word(app: Flask) -> None:
    domain: Domain = make_content().agencies[0]
    with force_locale("vi"):
        assert words.rank(replace(domain, rank=(2, 5))) == "2–5"
        assert words.rank(replace(domain, rank=None)) == "–"
        assert words.shown(SUPPRESSED) == "không công bố"
