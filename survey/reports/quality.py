"""What a release says of answers that were flagged: how many, for what, and the index with and without them."""

from __future__ import annotations

from flask_babel import gettext as _

from survey.reports.content import FLAGS, Domain, Figure, Quality, ReportContent
from survey.reports.section import Section
from survey.reports.words import interval, number, shown, tier_name


def quality_section(content: ReportContent) -> Section:
    """The thresholds are those of `survey.queries.quality`; a test holds the two together."""
    return Section(
        "quality",
        _("Phiếu cần xem lại"),
        (
            _(
                "Một phiếu bị gắn cờ khi trả lời mỗi câu nhanh hơn một phần ba thời gian trung vị của những người "
                "trả lời cùng cách; khi từ 4 câu trở lên đều chọn một mức; khi cơ quan nhận từ 5 phiếu trở lên từ "
                "cùng một mạng trong 10 phút; hoặc khi gửi từ mạng của chính cơ quan."
            ),
            _(
                "Cờ không có nghĩa là phiếu sai: người hài lòng về mọi mặt cũng chọn một mức. Không phiếu nào bị "
                "loại, chỉ số công bố tính trên tất cả. Cột cuối tính lại theo đúng cách ấy, coi người bị gắn cờ "
                "như người không trả lời; dấu * là không nêu vì số người bị gắn cờ hoặc còn lại dưới %(n)s.",
                n=number(content.minimum_answers),
            ),
        ),
        (_head(), *(_row(row, _domain(row, content)) for row in content.quality)),
    )


def flag_names() -> dict[str, str]:
    """The flags as columns."""
    names = (_("Rất nhanh"), _("Một mức"), _("Hàng loạt"), _("Mạng cơ quan"))
    return dict(zip(FLAGS, names, strict=True))


def _head() -> tuple[str, ...]:
    return (
        _("Nơi"),
        _("Người trả lời"),
        _("Bị gắn cờ"),
        *flag_names().values(),
        _("Chỉ số, mọi phiếu"),
        _("Chỉ số, bỏ phiếu gắn cờ"),
    )


def _domain(row: Quality, content: ReportContent) -> Domain:
    return content.province if row.level == "province" else next(t for t in content.tiers if t.key == row.key)


def _row(row: Quality, domain: Domain) -> tuple[str, ...]:
    counts = [row.flagged, *row.kinds.values()]
    return (
        _("Toàn thành phố") if row.level == "province" else tier_name(row.key),
        number(row.respondents),
        *("*" if count is None else number(count) for count in counts),
        _with_interval(domain.index),
        "*" if row.without.is_suppressed else _with_interval(row.without) if row.flagged else "–",
    )


def _with_interval(figure: Figure) -> str:
    return f"{shown(figure)} ({interval(figure)})" if figure.is_shown else shown(figure)
