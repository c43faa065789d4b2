"""The publication as a PDF report in Vietnamese. Equal content gives equal bytes."""

from __future__ import annotations

import io
import unicodedata

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Spacer,
)

from survey.reports.annex import sections
from survey.reports.content import Domain, ReportContent
from survey.reports.pdf_plot import drawing
from survey.reports.pdf_style import BAD, BOLD, ITALIC, QUIET, REGULAR, register_fonts, style, table, text
from survey.reports.plot import caterpillar, sheets
from survey.reports.words import account_name, day, formula_name, interval, number, percent, rank, shown, tier_name

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
WIDE = A4[1] - 2 * MARGIN
_FIRST_COLUMN = 80.0  # of a table in the annex
ROWS_OF_A_PLOT = 40
HEADING_ROOM = 30 * mm  # a heading with less than this below it goes to the next page
SYNTHETIC = "SỐ LIỆU GIẢ LẬP – chỉ để trình diễn, không phải kết quả thật"

H1, H2, H3 = style(20, BOLD, after=6), style(13, BOLD, before=12, after=5), style(10.5, BOLD, before=6)
BODY, SMALL, NOTE = style(10), style(9, color=QUIET), style(9, ITALIC, QUIET, before=3)
WARNING = style(11, BOLD, BAD, before=2, after=6)


def to_pdf(content: ReportContent) -> bytes:
    """The whole report; the accessible edition is the page, for ReportLab writes no tags."""
    register_fonts()
    buffer = io.BytesIO()
    document = BaseDocTemplate(
        buffer,
        pagesize=A4,
        title=unicodedata.normalize("NFC", content.title_vi),
        author=content.office,
        lang="vi",
        invariant=1,
        initialFontName=REGULAR,
    )
    document.addPageTemplates([_template("tall", A4, content), _template("wide", landscape(A4), content)])
    document.build(_story(content))
    return buffer.getvalue()


def _template(name: str, size: tuple[float, float], content: ReportContent) -> PageTemplate:
    frame = Frame(MARGIN, MARGIN, size[0] - 2 * MARGIN, size[1] - 2 * MARGIN - 6 * mm, 0, 0, 0, 0)

    def furniture(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont(REGULAR, 8)
        canvas.setFillColor(QUIET)
        top = size[1] - 12 * mm
        canvas.drawString(MARGIN, top, unicodedata.normalize("NFC", f"{content.office} · {content.title_vi}"))
        canvas.drawRightString(size[0] - MARGIN, 10 * mm, f"Trang {document.page}")
        if content.synthetic:
            canvas.setFont(BOLD, 8)
            canvas.setFillColor(BAD)
            canvas.drawString(MARGIN, 10 * mm, SYNTHETIC)
        canvas.restoreState()

    return PageTemplate(name, [frame], onPage=furniture, pagesize=size)


def _story(content: ReportContent) -> list[Flowable]:
    return [
        *_front(content),
        *_plot(content),
        *_agencies(content),
        *_factors(content),
        *_items(content),
        *_formulas(content),
        NextPageTemplate("wide"),
        PageBreak(),
        *_accounts(content),
        NextPageTemplate("tall"),
        PageBreak(),
        *_annex(content),
    ]


def _heading(words: str, look: ParagraphStyle = H2) -> list[Flowable]:
    return [CondPageBreak(HEADING_ROOM), text(words, look)]


def _front(content: ReportContent) -> list[Flowable]:
    whole = content.province
    period = (
        f"Kỳ khảo sát: {day(content.period_start)} – {day(content.period_end)}. Lần công bố: {content.edition}."
    )
    result = (
        f"Chỉ số hài lòng chung: {shown(whole.index)}; khoảng tin cậy {percent(content.level, 0)}: "
        f"{interval(whole.index)}; {number(whole.index.n)} người trả lời."
    )
    meaning = (
        f"Con số thật của mọi hồ sơ đã có kết quả trong kỳ nằm trong khoảng {interval(whole.index)} với độ tin "
        f"cậy {percent(content.level, 0)}, nếu ở mỗi cơ quan người không trả lời cũng nghĩ như người trả lời. Tỷ "
        f"lệ trả lời: {percent(whole.response_rate)}."
    )
    domains = (whole, *content.tiers)
    return [
        text(content.office, SMALL),
        text("Mức độ hài lòng với bộ phận Một cửa", H1),
        text(content.title_vi, style(14, BOLD, after=4)),
        *([text(SYNTHETIC, WARNING)] if content.synthetic else []),
        text(period, BODY),
        text(result, style(13, BOLD, before=6)),
        text(meaning, BODY),
        text(f"Công thức: {formula_name(content.formula)} ({content.formula}), chưa đối chiếu được với văn bản "
             "gốc của Bộ Nội vụ.", NOTE),
        Spacer(1, 6),
        table(_HEAD, [_row(domain) for domain in domains], _WIDTHS),
    ]  # fmt: skip


_HEAD = ("Đơn vị", "Chỉ số", "Khoảng tin cậy", "Hạng (khoảng)", "Số phiếu", "Tỷ lệ trả lời")
_WIDTHS = (WIDTH - 334, 80, 94, 58, 48, 54)


def _row(domain: Domain) -> tuple[str, ...]:
    return (
        domain.name,
        shown(domain.index),
        interval(domain.index),
        rank(domain),
        number(domain.respondents),
        percent(domain.response_rate),
    )


def _plot(content: ReportContent) -> list[Flowable]:
    key = "Chấm: chỉ số; vạch: khoảng tin cậy; đường chấm: toàn thành phố"
    key += f"; đường đứt: mục tiêu {percent(content.target, 0)}." if content.target is not None else "."
    story: list[Flowable] = []
    for parts in sheets(content, ROWS_OF_A_PLOT):
        plot = caterpillar(content, parts, width=WIDTH, label_width=190, row=14)
        story.append(KeepTogether([text("Chỉ số của các cơ quan", H2), drawing(plot), text(key, SMALL)]))
    return story


def _agencies(content: ReportContent) -> list[Flowable]:
    story = _heading("Bảng kết quả theo cơ quan")
    for tier in content.tiers:
        rows = [_row(domain) for domain in content.of_tier(tier.key)]
        story += [*_heading(tier_name(tier.key), H3), table(_HEAD, rows, _WIDTHS)]
    overlap = (
        "Hạng 1 là cao nhất. Hai khoảng chồng lên nhau thì chỉ nhìn thứ hạng chưa kết luận được cơ quan nào hơn."
    )
    return [*story, text(overlap, NOTE)]


def _factors(content: ReportContent) -> list[Flowable]:
    factors = content.questionnaire.factors
    each = min(64.0, (WIDTH - 150) / max(1, len(factors)))
    widths = (WIDTH - each * len(factors), *(each for _ in factors))
    rows = [(d.name, *(shown(figure) for figure in d.factors.values())) for d in content.domains]
    return [
        *_heading("Theo nhóm tiêu chí"),
        table(("Đơn vị", *(factor.vi for factor in factors)), rows, widths, size=8),
    ]


def _items(content: ReportContent) -> list[Flowable]:
    tiers = content.tiers
    widths = (WIDTH - 130 - 62 * len(tiers), 48, 82, *(62 for _ in tiers))
    header = ("Tiêu chí", "Chung", "Khoảng tin cậy", *(tier_name(tier.key) for tier in tiers))
    rows = []
    for item in content.questionnaire.items:
        figure = content.province.items[item.code]
        shares = (shown(tier.items[item.code]) for tier in tiers)
        rows.append((f"{item.code}. {item.vi}", shown(figure), interval(figure), *shares))
    return [*_heading("Theo tiêu chí"), table(header, rows, widths, size=8)]


def _formulas(content: ReportContent) -> list[Flowable]:
    domains = (content.province, *content.tiers)
    each = 78.0
    widths = (WIDTH - each * len(domains), *(each for _ in domains))
    names = ("Chung", *(tier_name(tier.key) for tier in content.tiers))
    published = (f"{formula_name(content.formula)} (công bố)", *(shown(domain.index) for domain in domains))
    others = [
        (formula_name(code), *(shown(domain.formulas[code]) for domain in domains))
        for code in content.province.formulas
    ]
    block = [
        text("Cùng dữ liệu, các cách tính khác nhau", H2),
        table(("Cách tính", *names), [published, *others], widths),
        text("Không công thức nào ở đây đã đối chiếu được với văn bản gốc của Bộ Nội vụ.", NOTE),
    ]
    return [KeepTogether(block)]


def _accounts(content: ReportContent) -> list[Flowable]:
    columns = tuple(content.accounts[0].counts) if content.accounts else ()
    each = 46.0
    widths = (WIDE - each * len(columns), *(each for _ in columns))
    rows = [(a.name, *(number(count) for count in a.counts.values())) for a in content.accounts]
    return [
        text("Hồ sơ đi đâu: từ danh sách đến phiếu trả lời", H2),
        table(("Cơ quan", *(account_name(column) for column in columns)), rows, widths, size=7),
    ]


def _annex(content: ReportContent) -> list[Flowable]:
    story: list[Flowable] = [text("Phụ lục phương pháp", H1)]
    for section in sections(content):
        first, *rest = section.paragraphs
        story.append(KeepTogether([text(section.title, H2), text(first, BODY)]))
        story += [text(paragraph, BODY) for paragraph in rest]
        if section.table:
            each = (WIDTH - _FIRST_COLUMN) / (len(section.table[0]) - 1)
            widths = (_FIRST_COLUMN, *(each for _ in section.table[0][1:]))
            story.append(table(section.table[0], section.table[1:], widths, size=7))
    return story
