"""The stored words of the database as an officer reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from survey.models import KioskDevice

WAVE_STATES = {
    "draft": _l("Nháp"),
    "drawn": _l("Đã rút mẫu"),
    "launched": _l("Đang thu thập"),
    "paused": _l("Tạm dừng"),
    "closed": _l("Đã đóng"),
    "estimated": _l("Đã ước lượng"),
    "published": _l("Đã công bố"),
}

WAVE_KINDS = {
    "one_off": _l("Một lần: chốt danh sách cuối kỳ rồi rút mẫu"),
    "rolling": _l("Cuốn chiếu: rút mẫu mỗi ngày trong kỳ"),
}

ELIGIBLE_STATUS = {
    9: _l("Đã giải quyết xong, theo ngày kết thúc xử lý (trạng thái 9)"),
    10: _l("Đã trả kết quả cho người dân, theo ngày trả (trạng thái 10)"),
}

MESSAGE_KINDS = {
    "invitation": _l("Lời mời"),
    "reminder": _l("Nhắc"),
    "reply": _l("Trả lời người dân"),
}

MESSAGE_STATES = {
    "queued": _l("Chờ gửi"),
    "sending": _l("Đang gửi"),
    "handed_over": _l("Đã giao cổng tin nhắn"),
    "accepted": _l("Nhà mạng đã nhận"),
    "unknown": _l("Chưa rõ đã gửi hay chưa"),
    "delivered": _l("Đã đến máy"),
    "failed": _l("Nhà mạng báo không đến"),
    "expired": _l("Quá hạn, không gửi nữa"),
    "cancelled": _l("Đã hủy"),
    "dead": _l("Thôi không gửi sau nhiều lần lỗi"),
}

MESSAGE_DECISIONS = {
    "arrived": _l("Đã đến máy"),
    "lost": _l("Không đến"),
    "resend": _l("Gửi lại"),
}

# What a trial came to, and in the simulated network what becomes of a text to each of its fixed numbers.
TRIAL_OUTCOMES = {
    "sent": _l("đã nhận tin thử; xin xem máy."),
    "not_sent": _l("chắc chắn chưa gửi, có thể thử lại."),
    "refused": _l("từ chối tin này."),
    "unknown": _l("không trả lời; tin có thể đã đi, xin xem máy trước khi thử lại."),
}

SIMULATED_FATES = {
    "delivered": _l("Đến máy, có báo nhận"),
    "undeliverable": _l("Không đến máy, nhà mạng báo lỗi"),
    "no_report": _l("Đến máy, nhà mạng chỉ báo đã nhận"),
    "no_receipt": _l("Đến máy, không có báo nhận nào"),
    "reversed": _l("Đến máy, báo nhận đảo thứ tự"),
    "repeated": _l("Đến máy, báo nhận lặp lại"),
    "timeout_late_receipt": _l("Cổng không trả lời, tin vẫn đến, báo nhận đến sau"),
    "timeout_silent": _l("Cổng không trả lời, tin vẫn đến, không báo nhận"),
    "timeout_lost": _l("Cổng không trả lời, tin không đến"),
    "refused": _l("Cổng từ chối số này"),
    "busy": _l("Cổng bận, gửi lại sau"),
}

AGENCY_LEVELS = {
    "province": _l("Tỉnh, thành phố"),
    "department": _l("Sở, ban, ngành"),
    "district": _l("Huyện, quận, thị xã"),
    "commune": _l("Xã, phường"),
}

ROLES = {
    "admin": _l("Quản trị"),
    "officer": _l("Cán bộ thu thập"),
    "analyst": _l("Cán bộ phân tích"),
    "publisher": _l("Người công bố"),
    "viewer": _l("Người xem"),
    "agency": _l("Cơ quan được đánh giá"),
    "interviewer": _l("Phỏng vấn viên"),
    "keyer": _l("Người nhập phiếu"),
}

RELEASE_STATES = {
    "built": _l("Đã dựng, chưa công bố"),
    "published": _l("Đang công bố"),
    "withdrawn": _l("Đã thu hồi"),
}


ALLOCATIONS = {
    "proportional": _l("Theo tỷ lệ số hồ sơ của mỗi cơ quan"),
    "equal": _l("Chia đều cho các cơ quan"),
    "power": _l("Trung hòa: theo căn bậc hai số hồ sơ"),
    "census_below": _l("Theo bậc: hỏi hết nơi ít hồ sơ, một phần nơi nhiều"),
    "precision": _l("Đủ để mỗi cơ quan đạt sai số mong muốn"),
    "fixed": _l("Số định trước cho từng tầng"),
    "neyman": _l("Neyman: nhiều hơn nơi ý kiến phân tán"),
    "optimal": _l("Tối ưu theo chi phí"),
}

FRAME_COLUMNS = {
    "agency": _l("cơ quan"),
    "tier": _l("cấp"),
    "channel": _l("kênh nộp"),
    "procedure_field": _l("lĩnh vực"),
    "applicant_type": _l("loại đối tượng"),
    "completed_on": _l("ngày xong"),
    "phone_kind": _l("loại số máy"),
}

EXCLUSIONS = {
    "test": _l("Hồ sơ thử"),
    "ended_without_result": _l("Bị từ chối, rút hoặc dừng"),
    "in_progress": _l("Đang giải quyết"),
    "not_returned": _l("Chưa trả kết quả"),
    "no_date": _l("Không có ngày"),
    "outside_period": _l("Ngoài kỳ"),
    "no_mobile": _l("Không có số di động"),
    "repeated_phone": _l("Số máy có trên quá nhiều hồ sơ"),
}

ITEM_TYPES = {
    "likert": _l("Thang mức độ"),
    "single": _l("Chọn một"),
    "multiple": _l("Chọn nhiều"),
    "nps": _l("Điểm 0 đến 10"),
    "yesno": _l("Có hoặc không"),
    "number": _l("Số"),
    "date": _l("Ngày"),
    "text": _l("Chữ ngắn"),
    "longtext": _l("Chữ dài"),
    "ranking": _l("Xếp hạng"),
    "note": _l("Lời dẫn"),
}

SET_ASIDE = {
    "wave_closed": _l("gửi sau khi đợt đóng"),
    "other_version": _l("theo phiếu hỏi cũ"),
    "other_device": _l("của máy khác"),
    "unreadable": _l("không đọc được"),
}

ACTORS = {
    "kiosk": _l("máy tại quầy"),
    "cli": _l("dòng lệnh"),
    "worker": _l("tiến trình nền"),
    "system": _l("hệ thống"),
    "citizen": _l("người dân"),
}

CALL_OUTCOMES = {
    "no_answer": _l("Không ai nghe máy, không ai ở nhà"),
    "busy": _l("Máy bận"),
    "voice_mail": _l("Gặp hộp thư thoại"),
    "wrong_number": _l("Nhầm số: không phải người cần gặp"),
    "appointment": _l("Hẹn lúc khác"),
    "refused": _l("Từ chối đợt này"),
    "refused_for_good": _l("Từ chối, xin đừng bao giờ hỏi nữa"),
    "language": _l("Không cùng ngôn ngữ"),
    "unable": _l("Không trả lời được vì sức khỏe"),
    "dead": _l("Người cần gặp đã mất"),
    "complete": _l("Phỏng vấn xong"),
}

PLACES = {"phone": _l("Qua điện thoại"), "home": _l("Tại nhà")}

PAPER_STATES = {
    "issued": _l("phiếu chưa thu về"),
    "keyed": _l("phiếu nhập một lần"),
    "differs": _l("phiếu chờ chốt"),
    "recorded": _l("phiếu đã tính"),
    "late": _l("phiếu đến sau câu trả lời khác, không tính"),
}

PAPER_MARKS = {
    "two_boxes": _l("Đánh dấu nhiều ô"),
    "unreadable": _l("Không đọc được"),
    "impossible": _l("Giá trị không thể có"),
}

_DEEDS = {
    "paper.issue": _l("Tạo phiếu giấy"),
    "paper.print": _l("In phiếu giấy"),
    "paper.list": _l("Tải danh sách ghi bì thư"),
    "paper.key": _l("Nhập phiếu giấy"),
    "paper.decide": _l("Chốt phiếu nhập khác nhau"),
    "interview.assign": _l("Giao trường hợp cho phỏng vấn viên"),
    "interview.hand_over": _l("Chuyển trường hợp cho người khác"),
    "interview.reveal_phone": _l("Phỏng vấn viên xem số điện thoại"),
    "interview.begin": _l("Bắt đầu phỏng vấn"),
    "user.add": _l("Thêm tài khoản"),
    "user.login": _l("Đăng nhập"),
    "user.login_failed": _l("Đăng nhập sai"),
    "user.logout": _l("Đăng xuất"),
    "user.password": _l("Đặt lại mật khẩu"),
    "user.assign": _l("Gắn tài khoản với cơ quan"),
    "user.disable": _l("Khóa tài khoản"),
    "user.enable": _l("Mở tài khoản"),
    "agencies.import": _l("Nhập cơ quan"),
    "dossiers.import": _l("Nhập hồ sơ"),
    "instrument.import": _l("Nhập phiếu hỏi"),
    "wave.create": _l("Tạo đợt"),
    "frame.freeze": _l("Chốt khung"),
    "wave.seed": _l("Ghi mầm ngẫu nhiên"),
    "wave.draw": _l("Rút mẫu"),
    "wave.draw_day": _l("Rút mẫu trong ngày"),
    "wave.launch": _l("Triển khai"),
    "wave.pause": _l("Tạm dừng"),
    "wave.resume": _l("Gửi tiếp"),
    "wave.close": _l("Đóng đợt"),
    "wave.analysis_file": _l("Ghi tệp phân tích"),
    "wave.estimate": _l("Ước lượng"),
    "release.build": _l("Lập bản công bố"),
    "release.publish": _l("Công bố"),
    "feedback.taken": _l("Nhận yêu cầu liên hệ"),
    "feedback.reveal_phone": _l("Xem số điện thoại"),
    "feedback.answered": _l("Trả lời yêu cầu liên hệ"),
    "feedback.closed": _l("Xong yêu cầu liên hệ"),
    "message.test": _l("Gửi tin thử"),
    "message.arrived": _l("Tin chưa rõ: ghi là đã đến"),
    "message.lost": _l("Tin chưa rõ: ghi là không đến"),
    "message.resend": _l("Cho gửi lại một tin"),
    "gateway.on": _l("Bật cổng tin nhắn"),
    "gateway.off": _l("Tắt cổng tin nhắn"),
    "kiosk.add": _l("Thêm máy tại quầy"),
    "kiosk.link": _l("Tạo đường dẫn cho máy tại quầy"),
    "kiosk.join": _l("Máy tại quầy mở đường dẫn"),
    "kiosk.revoke": _l("Thu hồi máy tại quầy"),
    "privacy.erase_due": _l("Xóa liên hệ đến hạn"),
    "privacy.forget": _l("Xóa theo yêu cầu"),
}


def kiosk_state(device: KioskDevice) -> tuple[str, str]:
    """How a tablet stands, as a style and a word."""
    if device.revoked_at is not None:
        return "dead", str(_l("đã thu hồi"))
    if device.key_sha256 is not None:
        return "launched", str(_l("đang dùng"))
    return "paused", str(_l("chờ mở đường dẫn"))


def deed(action: str) -> str:
    """What was done; an action without a name of its own is shown as it is stored."""
    return str(_DEEDS.get(action, action))


def facts(details: Mapping[str, Any]) -> str:
    """The details of an entry of the log in one line."""
    shown = (f"{key}: {_plain(value)}" for key, value in sorted(details.items()))
    return "; ".join(shown)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
