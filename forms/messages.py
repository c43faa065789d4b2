"""Every sentence a citizen can read that is not in a questionnaire or a template. Vietnamese first."""

from __future__ import annotations

from collections.abc import Mapping

from forms.model import Text, words


def _text(vi: str, en: str) -> Text:
    return {"vi": vi, "en": en}


MESSAGES: Mapping[str, Text] = {
    # What the form says of an answer
    "missing": _text("Xin Ông/Bà trả lời câu này.", "Please answer this question."),
    "soft": _text(
        "Ông/Bà chưa trả lời câu này. Nếu không muốn trả lời, xin bấm Tiếp tục lần nữa.",
        "You have not answered this question. If you prefer not to, press Continue again.",
    ),
    "undecided": _text("Xin chốt câu này.", "Please decide this question."),
    "keyed_and_marked": _text(
        "Đã chọn mã đặc biệt thì để trống câu trả lời.", "With a mark chosen, leave the answer empty."
    ),
    "not_offered": _text("Xin chọn một trong các ý đã cho.", "Please choose one of the options shown."),
    "one_only": _text("Câu này chỉ chọn một ý.", "Choose only one option here."),
    "exclusive": _text(
        "“{label}” không chọn cùng ý khác được. Xin bỏ chọn một trong hai.",
        "“{label}” cannot be chosen together with another option. Please untick one.",
    ),
    "other_missing": _text("Xin viết rõ ý khác của Ông/Bà.", "Please write what you mean by other."),
    "not_a_number": _text("Xin ghi một con số, ví dụ 12 hoặc 2,5.", "Please enter a number, such as 12 or 2.5."),
    "not_whole": _text("Xin ghi số nguyên, ví dụ 12.", "Please enter a whole number, such as 12."),
    "too_small": _text("Số nhỏ nhất được ghi là {limit}.", "The number must be {limit} or more."),
    "too_large": _text("Số lớn nhất được ghi là {limit}.", "The number must be {limit} or less."),
    "not_a_date": _text(
        "Xin ghi ngày có thật theo mẫu ngày/tháng/năm, ví dụ 05/09/2026.",
        "Please enter a real date as day/month/year, such as 05/09/2026.",
    ),
    "too_early": _text("Ngày sớm nhất được ghi là {limit}.", "The date must be {limit} or later."),
    "too_late": _text("Ngày muộn nhất được ghi là {limit}.", "The date must be {limit} or earlier."),
    "too_long": _text(
        "Câu trả lời dài {length} ký tự; xin rút còn {limit}.",
        "Your answer has {length} characters; please shorten it to {limit}.",
    ),
    "pattern": _text("Câu trả lời chưa đúng mẫu.", "The answer does not have the expected form."),
    "ranked_twice": _text("Mỗi ý chỉ xếp một hạng.", "Give each option only one rank."),
    "rank_gap": _text("Xin xếp hạng lần lượt, không bỏ trống hạng nào.", "Please rank in order, without gaps."),
    # Words put where a question names the dossier and nothing is known
    "pipe_service": _text("thủ tục của Ông/Bà", "your procedure"),
    "pipe_agency": _text("cơ quan tiếp nhận hồ sơ", "the office that took your dossier"),
    "pipe_received_on": _text("ngày nộp hồ sơ", "the day you applied"),
    "pipe_completed_on": _text("ngày có kết quả", "the day of the result"),
    # What an import says of a phone number
    "phone_missing": _text("Không có số điện thoại.", "There is no phone number."),
    "phone_multiple": _text(
        "Ô có từ hai số điện thoại; xin ghi một số.", "The cell holds two or more phone numbers; give one."
    ),
    "phone_scientific": _text(
        "Bảng tính đã đổi số thành dạng 9.1E+08 và có thể làm mất chữ số; xin định dạng cột là văn bản.",
        "The spreadsheet turned the number into the form 9.1E+08 and may have lost digits; format it as text.",
    ),
    "phone_characters": _text(
        "Có ký tự không thuộc số điện thoại.", "There are characters that do not belong in a phone number."
    ),
    "phone_too_short": _text("Số điện thoại thiếu chữ số.", "The phone number has too few digits."),
    "phone_too_long": _text("Số điện thoại thừa chữ số.", "The phone number has too many digits."),
    "phone_not_assigned": _text("Đầu số không được cấp ở Việt Nam.", "The prefix is not in use in Viet Nam."),
    "phone_service_number": _text("Đây là số dịch vụ.", "This is a service number."),
    "phone_landline": _text("Số cố định, không nhận được tin nhắn.", "A landline; it cannot get text messages."),
    "phone_foreign": _text("Số điện thoại nước ngoài.", "A foreign phone number."),
    "phone_converted": _text(
        "Số 11 chữ số cũ, đã đổi theo quy định năm 2018; có thể nay thuộc người khác.",
        "An old 11-digit number, converted by the rule of 2018; it may belong to someone else now.",
    ),
    "phone_unverified_prefix": _text("Đầu số mới, chưa kiểm chứng được.", "A new prefix that cannot be verified."),
    # Text messages; sent without accents unless the wave says otherwise
    "sms_invitation": _text(
        "{sender}: Mời Ông/Bà đánh giá việc giải quyết hồ sơ tại {agency} (1 phút): {link} Soạn TC để từ chối.",
        "{sender}: Please rate how {agency} handled your dossier (1 minute): {link} Text TC to refuse.",
    ),
    "sms_reminder": _text(
        "{sender}: Nhắc lại, còn {days} ngày để đánh giá việc giải quyết hồ sơ: {link} Mất 1 phút."
        " Soạn TC để từ chối.",
        "{sender}: reminder, {days} days left to rate the handling of your dossier: {link} 1 minute."
        " Text TC to refuse.",
    ),
    "sms_one_message": _text(
        "{sender}: Trả lời {count} chữ số ({low}-{high}): {items}. VD {example}. {high}={best}. TC: từ chối",
        "{sender}: Reply with {count} digits ({low}-{high}): {items}. E.g. {example}. {high}={best}. TC: refuse",
    ),
    "sms_step": _text(
        "{number}/{count} {item}: trả lời {low}-{high}, {high}={best}. TC: từ chối",
        "{number}/{count} {item}: reply {low}-{high}, {high}={best}. TC: refuse",
    ),
    "sms_recorded": _text(
        "Đã ghi nhận: {ratings}. Cảm ơn Ông/Bà. Sửa: nhắn lại trong 24h.",
        "Recorded: {ratings}. Thank you. To correct, text again within 24h.",
    ),
    "sms_confirm": _text(
        "Ông/Bà chấm {ratings} phải không? Nhắn OK nếu đúng, hoặc nhắn lại {count} chữ số.",
        "Did you mean {ratings}? Text OK if so, or text the {count} digits again.",
    ),
    "sms_partial": _text(
        "Đã ghi {ratings}. Còn thiếu: {items}. Xin nhắn tiếp {count} chữ số ({low}-{high}).",
        "Noted {ratings}. Still missing: {items}. Please text {count} more digits ({low}-{high}).",
    ),
    "sms_ask": _text(
        "Xin lỗi, chưa hiểu tin nhắn. Xin nhắn đúng {count} chữ số từ {low} đến {high}, ví dụ {example}."
        " TC: từ chối",
        "Sorry, the message was not understood. Please text exactly {count} digits from {low} to {high}, e.g."
        " {example}. TC: refuse",
    ),
    "sms_link": _text(
        "Xin lỗi, chưa hiểu tin nhắn. Ông/Bà có thể trả lời tại đây: {link} TC: từ chối",
        "Sorry, the message was not understood. You can answer here: {link} TC: refuse",
    ),
    "sms_optout": _text(
        "Đã ghi nhận: sẽ không nhắn tin khảo sát cho số này nữa. Soạn DK nếu muốn nhận lại.",
        "Noted: no more survey messages to this number. Text DK to receive them again.",
    ),
    "sms_optin": _text(
        "Đã ghi nhận: số này lại nhận tin khảo sát. Soạn TC để từ chối.",
        "Noted: this number will receive survey messages again. Text TC to refuse.",
    ),
    "sms_help": _text(
        "Khảo sát mức độ hài lòng, không thu phí. Trả lời {count} chữ số {low}-{high}, ví dụ {example}."
        " TC: từ chối",
        "Satisfaction survey, no fee. Reply with {count} digits {low}-{high}, e.g. {example}. TC: refuse",
    ),
    "sms_too_late": _text(
        "Đã quá 24h nên không sửa được nữa. Câu trả lời trước của Ông/Bà vẫn được giữ. Cảm ơn Ông/Bà.",
        "More than 24h have passed, so it can no longer be changed. Your earlier answer is kept. Thank you.",
    ),
    "sms_closed": _text(
        "Đợt khảo sát đã kết thúc. Cảm ơn Ông/Bà đã quan tâm.",
        "This survey has ended. Thank you for your interest.",
    ),
}


def say(key: str, lang: str = "vi", **params: object) -> str:
    """The sentence `key` in `lang`, its placeholders filled."""
    return words(MESSAGES[key], lang).format(**params)
