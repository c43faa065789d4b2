"""The method annex, written from the data of the publication: page and PDF show the same sentences."""

from __future__ import annotations

from collections import Counter

from flask_babel import gettext as _

from survey.reports.content import Figure, ReportContent
from survey.reports.quality import quality_section
from survey.reports.section import Section
from survey.reports.words import (
    allocation_name,
    column_name,
    day,
    exclusion_name,
    formula_meaning,
    formula_name,
    mode_name,
    moment,
    number,
    percent,
    questionnaire_title,
    sampling_name,
    variance_method,
)

LISTED_FRAMES = 5  # a rolling wave has one frame a day; more than these are summed up


def sections(content: ReportContent) -> tuple[Section, ...]:
    """The annex in the order in which a survey is done."""
    return (
        Section("population", _("Đối tượng và kỳ khảo sát"), _population(content)),
        Section("frame", _("Khung mẫu"), _frame(content)),
        Section("sample", _("Rút mẫu"), _sample(content)),
        Section("response", _("Trả lời"), _response(content)),
        *((quality_section(content),) if content.quality else ()),
        Section("weights", _("Quyền số"), _weights(content)),
        Section("index", _("Cách tính chỉ số"), _index(content)),
        Section("interval", _("Khoảng tin cậy"), _interval(content)),
        Section("disclosure", _("Số liệu không công bố"), _disclosure(content)),
        Section("limits", _("Những điều kết quả này không khẳng định"), _limits()),
        Section("recompute", _("Tính lại từ đầu"), _recompute(content)),
    )


def _population(content: ReportContent) -> tuple[str, ...]:
    status = {
        9: _("đã xử lý xong (trạng thái 9)"),
        10: _("đã trả kết quả (trạng thái 10)"),
    }[content.method.eligible_status]
    return (
        _(
            "Người dân, tổ chức có hồ sơ thủ tục hành chính %(status)s từ ngày %(start)s đến ngày %(end)s. Hồ sơ "
            "bị từ chối, rút lại hoặc đang chờ giải quyết không thuộc đối tượng.",
            status=status,
            start=day(content.period_start),
            end=day(content.period_end),
        ),
        _(
            "Phiếu hỏi: %(title)s (%(reference)s, SHA-256 %(sha)s).",
            title=questionnaire_title(content.questionnaire),
            reference=content.questionnaire.reference,
            sha=content.questionnaire.sha256[:16] + "…",
        ),
        *((content.questionnaire.note_vi,) if content.questionnaire.note_vi else ()),
    )


def _frame(content: ReportContent) -> tuple[str, ...]:
    frames = content.method.frames
    eligible = sum(frame.n_eligible for frame in frames)
    reasons: Counter[str] = Counter()
    for frame in frames:
        reasons.update(frame.exclusions)
    lines = [_("Khung mẫu gồm %(n)s hồ sơ đủ điều kiện, chốt trước khi rút mẫu.", n=number(eligible))]
    if reasons:
        parts = "; ".join(f"{exclusion_name(name)}: {number(count)}" for name, count in sorted(reasons.items()))
        lines.append(_("Đã loại khỏi khung: %(reasons)s.", reasons=parts))
    if content.method.contactable is not None:
        lines.append(
            _(
                "Trong khung, %(share)s hồ sơ có số điện thoại di động để liên hệ.",
                share=percent(content.method.contactable),
            )
        )
    lines += [
        _(
            "Khung ngày %(day)s, chốt lúc %(at)s: %(n)s hồ sơ, SHA-256 %(sha)s.",
            day=day(frame.day),
            at=moment(frame.frozen_at),
            n=number(frame.n_eligible),
            sha=frame.sha256,
        )
        for frame in frames[:LISTED_FRAMES]
    ]
    if len(frames) > LISTED_FRAMES:
        lines.append(_("Có %(n)s khung theo ngày; mã băm của tất cả nằm trong tệp result.json.", n=len(frames)))
    return tuple(lines)


def _sample(content: ReportContent) -> tuple[str, ...]:
    method = content.method
    lines = [
        _(
            "Rút mẫu %(method)s; tầng theo: %(strata)s. Đã rút %(n)s hồ sơ trong %(h)s tầng.",
            method=sampling_name(method.sampling),
            strata=", ".join(column_name(name) for name in method.strata) or _("không chia tầng"),
            n=number(method.n_sampled),
            h=number(method.n_strata),
        ),
        _(
            "Mầm ngẫu nhiên, công bố sau khi khung đã chốt mã băm: “%(seed)s”. Ai có khung cũng rút lại được đúng "
            "mẫu này; cơ quan được đánh giá không chọn người trả lời.",
            seed=method.seed,
        ),
    ]
    if method.allocation:
        lines.append(_("Phân bổ mẫu cho các tầng: %(rule)s.", rule=allocation_name(method.allocation)))
    if method.person_rule == "one_dossier":
        lines.append(
            _(
                "Mỗi người chỉ được hỏi một lần trong đợt: người có nhiều hồ sơ được giữ lại một hồ sơ chọn ngẫu "
                "nhiên và quyền số nhân với số hồ sơ của người đó."
            )
        )
    return tuple(lines)


def _response(content: ReportContent) -> tuple[str, ...]:
    rates = content.method.rates
    known = ", ".join(f"{name} {percent(value)}" for name, value in rates.items() if value is not None)
    by_mode = ", ".join(f"{mode_name(mode)} {number(count)}" for mode, count in content.method.modes.items())
    return (
        _(
            "Nhận được %(n)s phiếu trả lời (đủ hoặc một phần) trên %(sampled)s người được rút vào mẫu: %(modes)s.",
            n=number(content.province.respondents),
            sampled=number(content.method.n_sampled),
            modes=by_mode or _("chưa có"),
        ),
        *_issued(content),
        _("Phiếu được nhận trong %(days)s ngày kể từ khi mời.", days=number(content.method.answer_days)),
        _(
            "Tỷ lệ trả lời theo định nghĩa của AAPOR: %(rates)s. RR1 thận trọng nhất: ai không trả lời cũng nằm "
            "trong mẫu số. RR5 và RR6 bỏ người im lặng và người không liên hệ được ra ngoài nên luôn cao hơn, "
            "chỉ nêu cho đủ bộ.",
            rates=known or _("chưa tính được"),
        ),
    )


def _issued(content: ReportContent) -> tuple[str, ...]:
    """Forms given out and taken in, the two numbers that reports of this kind have always given."""
    whole, got = next(iter(content.accounts), None), content.province.respondents
    issued = whole.counts["sampled"] - whole.counts["not_contactable"] if whole else 0
    if not issued:
        return ()
    text = _(
        "Tính theo số phiếu phát ra: %(issued)s lời mời, thu vào %(n)s phiếu hợp lệ (%(share)s).",
        issued=number(issued),
        n=number(got),
        share=percent(got / issued),
    )
    return (text,)


def _weights(content: ReportContent) -> tuple[str, ...]:
    method = content.method
    return (
        _(
            "Quyền số gốc là nghịch đảo xác suất được rút. Trong %(n)s lớp theo cơ quan và kênh nộp hồ sơ, người "
            "trả lời đại diện thêm cho người không trả lời cùng lớp; kênh có dưới %(minimum)s phiếu gộp vào kênh "
            "lớn nhất của cơ quan, cơ quan có dưới %(minimum)s phiếu gộp với các cơ quan nhỏ cùng cấp.",
            n=number(method.classes),
            minimum=number(content.minimum_answers),
        ),
        _(
            "Quyền số cuối cùng: từ %(low)s đến %(high)s, tổng %(total)s; hệ số thiết kế của quyền số (Kish) "
            "%(kish)s; hệ số thiết kế (deff) của chỉ số toàn thành phố %(deff)s.",
            low=number(method.weights["min"], 2),
            high=number(method.weights["max"], 2),
            total=number(method.weights["sum"]),
            kish=number(method.weights["kish_deff"], 2),
            deff=number(content.province.index.deff, 2),
        ),
        _(
            "Tổng quyền số ước lượng số hồ sơ đủ điều kiện của khung nên không trùng hẳn với số đó. Trong một cơ "
            "quan, một người (có nhiều hồ sơ) chiếm nhiều nhất %(share)s quyền số.",
            share=percent(method.weights.get("largest_share")),
        ),
    )


def _index(content: ReportContent) -> tuple[str, ...]:
    lines = [
        _(
            "Chỉ số công bố: %(name)s (ký hiệu %(code)s). %(meaning)s",
            name=formula_name(content.formula),
            code=content.formula,
            meaning=formula_meaning(content.formula),
        ),
        _(
            "Công thức này chưa đối chiếu được với văn bản gốc của Bộ Nội vụ (Quyết định 2640/QĐ-BNV năm 2017, "
            "Quyết định 1001/QĐ-BNV năm 2023), vì vậy các cách tính khác cũng được nêu bên cạnh."
        ),
        _("Câu trả lời “Bình thường” không tính là hài lòng; “Không có ý kiến / không sử dụng” không vào mẫu số."),
    ]
    lines += [f"{formula_name(code)} ({code}): {formula_meaning(code)}" for code in content.province.formulas]
    return tuple(lines)


def _interval(content: ReportContent) -> tuple[str, ...]:
    return (
        _(
            "Khoảng tin cậy %(level)s: nếu làm lại cuộc khảo sát nhiều lần theo đúng cách này, khoảng tính ra "
            "chứa con số thật chừng %(level)s số lần.",
            level=percent(content.level, 0),
        ),
        variance_method(content.method.sampling),
        _(
            "Khoảng tin cậy tính theo phương pháp %(interval)s với phân vị t theo bậc tự do của từng cơ quan. "
            "Khi mọi câu trả lời cùng một phía, dùng khoảng Korn–Graubard với số người trả lời.",
            interval=content.interval,
        ),
        _(
            "Thứ hạng (1 là cao nhất) chỉ nêu dưới dạng khoảng, lập cho mọi cơ quan cùng lúc (Mogstad và cộng "
            "sự, 2024): với độ tin cậy %(level)s, cả bảng cùng đúng. Hai khoảng tách rời nhau thì kết luận được "
            "cơ quan nào hơn; chồng lên nhau thì chỉ nhìn thứ hạng chưa kết luận được.",
            level=percent(content.level, 0),
        ),
    )


def _disclosure(content: ReportContent) -> tuple[str, ...]:
    names = ", ".join(domain.name for domain in content.suppressed)
    return (
        _(
            "Không công bố số liệu của cơ quan hoặc tiêu chí có dưới %(n)s phiếu; khi chỉ một cơ quan trong "
            "cấp, hoặc một nhóm tiêu chí trong cơ quan, bị ẩn thì ẩn thêm một nữa để không tính ngược lại được.",
            n=number(content.minimum_answers),
        ),
        _("Cơ quan không công bố trong kỳ này: %(names)s.", names=names)
        if names
        else _("Kỳ này không có cơ quan nào phải ẩn số liệu."),
        *(
            (_("Vì lẽ đó, toàn thành phố và cấp có cơ quan bị ẩn không nêu trung bình cộng các cơ quan."),)
            if content.province.formulas.get("mean_of_agencies@1", Figure()).is_suppressed
            else ()
        ),
    )


def _limits() -> tuple[str, ...]:
    return (
        _(
            "Không phải chỉ số SIPAS do Bộ Nội vụ công bố, cũng không phải chỉ số theo Quyết định 766/QĐ-TTg; "
            "không so sánh với các chỉ số đó."
        ),
        _(
            "Chỉ hỏi được người đã có kết quả và có số di động; không nói gì về người bị từ chối hồ sơ hoặc còn "
            "đang chờ, và không biết người không liên hệ được bằng tin nhắn có nghĩ khác hay không."
        ),
        _(
            "Điều chỉnh không trả lời dựa trên cơ quan và kênh nộp; nếu trong cùng một lớp người không trả lời "
            "khác hẳn người trả lời thì sai lệch đó không nằm trong khoảng tin cậy."
        ),
        _(
            "Chênh lệch giữa hai cơ quan nhỏ hơn sai số chọn mẫu không phải là bằng chứng hơn kém. Không so sánh "
            "với kỳ dùng phiếu hỏi hoặc thang đo khác."
        ),
    )


def _recompute(content: ReportContent) -> tuple[str, ...]:
    method = content.method
    data = (
        _("Tệp release.zip có dữ liệu từng phiếu đã bỏ mọi thông tin nhận dạng, thiết kế và kết quả.")
        if content.rows_public
        else _(
            "Dữ liệu từng phiếu không nằm trong release.zip để tránh nhận ra người trả lời; mã băm của tệp đầy "
            "đủ có trong MANIFEST.json để người được phép đối chiếu."
        )
    )
    return (
        data,
        _(
            "Lệnh kiểm tra: python -m analysis verify release.zip. Phiên bản tính toán: %(v)s.",
            v=method.code_version,
        ),
        _("SHA-256 tệp phân tích: %(sha)s.", sha=method.analysis_sha256),
        _("SHA-256 thiết kế: %(sha)s.", sha=method.design_sha256),
    )
