"""Names and numbers as people read them, in the language of the moment (Vietnamese unless the page says else)."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import get_locale
from flask_babel import gettext as _

from survey.clock import HANOI
from survey.reports.content import Domain, Figure, Label, Questionnaire, ReportContent

DASH = "–"


def is_english() -> bool:
    return str(get_locale() or "vi").startswith("en")


def number(value: float | None, digits: int = 0) -> str:
    """1.234,5 in Vietnamese, 1,234.5 in English."""
    if value is None:
        return DASH
    text = f"{value:,.{digits}f}"
    return text if is_english() else text.translate(str.maketrans(",.", ".,"))


def percent(value: float | None, digits: int = 1) -> str:
    return DASH if value is None else number(100 * value, digits) + "%"


def day(iso: str) -> str:
    return f"{date.fromisoformat(iso[:10]):%d/%m/%Y}"


def moment(iso: str) -> str:
    return f"{datetime.fromisoformat(iso).astimezone(HANOI):%H:%M %d/%m/%Y}"


def interval(figure: Figure, digits: int = 1) -> str:
    """The confidence interval; says so where there is none."""
    if figure.ci_low is None or figure.ci_high is None:
        return DASH
    return f"{percent(figure.ci_low, digits)} – {percent(figure.ci_high, digits)}"


def shown(figure: Figure, digits: int = 1) -> str:
    """An estimate, or the word that stands for it."""
    return _("không công bố") if figure.is_suppressed else percent(figure.estimate, digits)


def rank(domain: Domain) -> str:
    """Rank as an interval, never as one place."""
    if domain.rank is None:
        return DASH
    low, high = domain.rank
    return str(low) if low == high else f"{low}–{high}"


def name_of(domain: Domain) -> str:
    return domain.name_en or domain.name if is_english() else domain.name


def label_of(label: Label) -> str:
    return label.en or label.vi if is_english() else label.vi


def title_of(content: ReportContent) -> str:
    return content.title_en or content.title_vi if is_english() else content.title_vi


def questionnaire_title(asked: Questionnaire) -> str:
    return asked.title_en or asked.title_vi if is_english() else asked.title_vi


def tier_name(tier: str) -> str:
    """A tier as a heading."""
    names: dict[str, str] = {
        "province": _("Cấp thành phố"),
        "department": _("Sở, ban, ngành"),
        "district": _("Cấp huyện"),
        "commune": _("Xã, phường"),
    }
    return names.get(tier, tier)


def formula_name(formula: str) -> str:
    """What a formula of the index does, in one line."""
    names: dict[str, str] = {
        "t2b_mean_of_factors@1": _("Trung bình của các nhóm tiêu chí"),
        "t2b_pooled@1": _("Gộp mọi câu trả lời"),
        "t2b_mean_of_items@1": _("Trung bình của các tiêu chí"),
        "mean_of_agencies@1": _("Trung bình cộng các cơ quan, không có quyền số"),
        "general_item@1": _("Câu hỏi chung"),
        "mean_score@1": _("Điểm trung bình quy về thang 0–100%"),
        "all_satisfied@1": _("Người hài lòng với mọi tiêu chí"),
    }
    return names.get(formula, formula)


def formula_meaning(formula: str) -> str:
    """How a formula of the index is computed."""
    names: dict[str, str] = {
        "t2b_mean_of_factors@1": _(
            "Mỗi nhóm tiêu chí: tỷ lệ câu trả lời ở mức “Hài lòng” hoặc “Rất hài lòng” trong số câu có trả lời, "
            "có nhân quyền số; chỉ số là trung bình cộng của các nhóm."
        ),
        "t2b_pooled@1": _(
            "Tỷ lệ câu trả lời ở mức “Hài lòng” hoặc “Rất hài lòng” trên tổng số câu trả lời của mọi tiêu chí, "
            "có nhân quyền số."
        ),
        "t2b_mean_of_items@1": _("Trung bình cộng tỷ lệ hài lòng của từng tiêu chí, có nhân quyền số."),
        "mean_of_agencies@1": _(
            "Trung bình cộng chỉ số của các cơ quan: cơ quan ít hay nhiều hồ sơ đều tính như nhau. Đây là cách "
            "công bố quen dùng; kết quả không đại diện cho toàn bộ người làm thủ tục."
        ),
        "general_item@1": _("Tỷ lệ trả lời “Hài lòng” hoặc “Rất hài lòng” ở câu hỏi chung cuối phiếu."),
        "mean_score@1": _("Điểm trung bình của các câu trả lời, quy về thang từ 0% đến 100%."),
        "all_satisfied@1": _("Tỷ lệ người trả lời hài lòng ở mọi tiêu chí mình đã trả lời."),
    }
    return names.get(formula, formula)


def flag_name(flag: str) -> str:
    """Why a figure carries a mark."""
    names: dict[str, str] = {
        "suppressed": _("không công bố: quá ít phiếu, hoặc sẽ cho suy ra số liệu có quá ít phiếu"),
        "boundary": _("mọi câu trả lời cùng một phía, khoảng tin cậy tính theo Korn–Graubard"),
        "partial": _("có nhóm tiêu chí không ai trả lời"),
    }
    return names.get(flag, flag)


def account_name(column: str) -> str:
    """A column of the account of dossiers."""
    names: dict[str, str] = {
        "frame": _("Tổng số hồ sơ"),
        "ineligible": _("Không đủ điều kiện"),
        "same_person": _("Hồ sơ khác của cùng một người"),
        "not_sampled": _("Không rút vào mẫu"),
        "sampled": _("Rút vào mẫu"),
        "found_ineligible": _("Không thuộc đối tượng (biết sau khi rút)"),
        "not_contactable": _("Không mời được"),
        "undelivered": _("Tin không đến"),
        "no_answer": _("Không trả lời"),
        "refused": _("Từ chối"),
        "broken_off": _("Bỏ dở"),
        "partial": _("Trả lời một phần"),
        "complete": _("Trả lời đủ"),
    }
    return names.get(column, column)


def sampling_name(method: str) -> str:
    names: dict[str, str] = {
        "srs": _("ngẫu nhiên đơn giản trong từng tầng"),
        "systematic": _("hệ thống trong từng tầng"),
        "pps_systematic": _("hệ thống, xác suất tỷ lệ với quy mô"),
        "stages": _("nhiều giai đoạn"),
        "rolling": _("cuốn chiếu: mỗi ngày một tỷ lệ cố định của hồ sơ vừa hoàn thành trong từng tầng"),
    }
    return names.get(method, method)


def variance_method(sampling: str) -> str:
    """How sampling errors are computed, and what they leave out."""
    if sampling == "stages":
        text: str = _(
            "Phương sai tính bằng tuyến tính hóa Taylor theo tầng và đơn vị rút ở giai đoạn đầu, như rút có hoàn "
            "lại, gồm cả phần do không trả lời."
        )
        return text
    text = _(
        "Phương sai tính bằng tuyến tính hóa Taylor theo tầng, như rút ngẫu nhiên đơn giản trong tầng, có hiệu "
        "chỉnh tổng thể hữu hạn và phần do không trả lời; chưa kể phần do chỉ giữ một hồ sơ của mỗi người."
    )
    if sampling == "systematic":
        text += " " + _("Rút hệ thống thường chính xác hơn thế, nên khoảng tin cậy có phần rộng.")
    return text


def allocation_name(rule: str) -> str:
    """How the sample was shared between strata."""
    names: dict[str, str] = {
        "proportional": _("tỷ lệ với số hồ sơ"),
        "power": _("theo lũy thừa của số hồ sơ, để tầng nhỏ cũng có phần"),
        "equal": _("bằng nhau"),
        "fixed": _("số lượng định trước cho từng tầng"),
        "neyman": _("theo số hồ sơ và độ phân tán (Neyman)"),
        "optimal": _("theo số hồ sơ, độ phân tán và chi phí"),
        "precision": _("ít nhất có thể để đạt sai số đã định"),
        "census_below": _("lấy hết ở tầng nhỏ, lấy một phần ở tầng lớn"),
    }
    return names.get(rule, rule)


def column_name(name: str) -> str:
    """A column of the frame that strata are made of."""
    names: dict[str, str] = {
        "agency": _("cơ quan"),
        "tier": _("cấp"),
        "channel": _("kênh nộp hồ sơ"),
        "procedure_field": _("lĩnh vực"),
        "applicant_type": _("loại đối tượng"),
    }
    return names.get(name, name)


def exclusion_name(reason: str) -> str:
    names: dict[str, str] = {
        "test": _("hồ sơ thử nghiệm"),
        "ended_without_result": _("bị từ chối, rút hoặc dừng giải quyết"),
        "in_progress": _("đang giải quyết"),
        "not_returned": _("chưa trả kết quả"),
        "no_date": _("thiếu ngày hoàn thành"),
        "outside_period": _("ngoài kỳ khảo sát"),
        "no_mobile": _("không có số di động"),
        "repeated_phone": _("một số điện thoại dùng cho nhiều hồ sơ"),
    }
    return names.get(reason, reason)


def mode_name(mode: str) -> str:
    names: dict[str, str] = {
        "web": _("biểu mẫu trên mạng"),
        "sms": _("tin nhắn"),
        "interviewer": _("phỏng vấn viên"),
        "paper": _("phiếu giấy"),
    }
    return names.get(mode, mode)
