"""The consent notice. A response stores the version that was shown, so a version's words never change again.

The sentences stand here in both languages and not in the catalogue: what a person agreed to must be found again
as it was, and a translation corrected later would be another text. A test holds each version to its hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forms.model import Text, words

CONSENT_VERSION = "2026-2"
SMS_CONSENT_VERSION = "sms-2026-1"  # the invitation's text with the sender, the purpose and how to refuse
VOLUNTEER_VERSION = "qr-2026-1"
INTERVIEWER_VERSION = "interviewer-2026-1"
PAPER_VERSION = "paper-2026-1"
KIOSK_VERSION = "kiosk-2026-1"
DEFAULT_RETENTION_DAYS = 90


@dataclass(frozen=True)
class Clause:
    """One thing a person must know before agreeing: a few bold words and the sentences after them."""

    head: Text
    body: Text

    def in_words(self, language: str, **facts: object) -> tuple[str, str]:
        return words(self.head, language), words(self.body, language).format(**facts)


_NOTICES: dict[str, tuple[Clause, ...]] = {
    "2026-1": (
        Clause(
            {"vi": "Để làm gì", "en": "What for"},
            {
                "vi": "{office} đo mức độ hài lòng về việc giải quyết thủ tục hành chính, công bố kết quả chung"
                " của từng cơ quan và cải thiện việc phục vụ. Không dùng vào việc khác.",
                "en": "{office} measures satisfaction with administrative procedures, publishes overall results"
                " for each office and improves the service. Answers are used for nothing else.",
            },
        ),
        Clause(
            {"vi": "Lưu những gì", "en": "What is kept"},
            {
                "vi": "Câu trả lời, góp ý, ngôn ngữ, loại thiết bị và thời gian trả lời. Số điện thoại được giữ"
                " riêng và bị xóa chậm nhất {days} ngày sau khi khảo sát kết thúc.",
                "en": "Your answers and comments, the language, the kind of device, the time taken. Your phone"
                " number is kept apart and erased at most {days} days after the survey ends.",
            },
        ),
        Clause(
            {"vi": "Ai biết", "en": "Who will know"},
            {
                "vi": "Cơ quan giải quyết hồ sơ không được biết Ông/Bà trả lời gì. Chỉ công bố số liệu gộp của"
                " từ 10 người trở lên.",
                "en": "The office that handled your dossier is not told what you answer. Only combined figures"
                " of 10 or more people are published.",
            },
        ),
        Clause(
            {"vi": "Quyền của Ông/Bà", "en": "Your rights"},
            {
                "vi": "Tham gia là tự nguyện, không ảnh hưởng gì đến hồ sơ. Được bỏ qua câu hỏi hoặc dừng lại;"
                " phần đã trả lời được lưu sau mỗi trang và được tính, trừ khi Ông/Bà từ chối. Trong 24 giờ sau"
                " khi gửi được xem, sửa, rút câu trả lời. Được yêu cầu xóa số điện thoại và khiếu nại với"
                " {office}.",
                "en": "Taking part is voluntary and has no effect on your dossier. You may skip questions or"
                " stop; answers are saved after each page and count unless you refuse. Within 24 hours of"
                " sending you may see, change or withdraw them. You may have your phone number erased, and"
                " complain to {office}.",
            },
        ),
    ),
    "qr-2026-1": (
        Clause(
            {"vi": "Để làm gì", "en": "What for"},
            {
                "vi": "{office} công bố ý kiến tại quầy riêng, không tính vào chỉ số hài lòng: chỉ số chỉ lấy từ"
                " những người được chọn ngẫu nhiên.",
                "en": "{office} publishes opinions given at the counter apart from the satisfaction index, which"
                " comes only from people chosen at random.",
            },
        ),
        Clause(
            {"vi": "Lưu những gì", "en": "What is kept"},
            {
                "vi": "Câu trả lời, ngôn ngữ, loại thiết bị và dấu mạng đã mã hóa của ngày hôm nay, để phát hiện"
                " gửi hàng loạt. Không hỏi tên, không lưu số điện thoại.",
                "en": "Your answers, the language, the kind of device and a scrambled mark of the network, good"
                " for today only, to notice answers sent in bulk. No name is asked and no phone number kept.",
            },
        ),
        Clause(
            {"vi": "Quyền của Ông/Bà", "en": "Your rights"},
            {
                "vi": "Góp ý là tự nguyện, được bỏ qua câu hỏi. Vì không lưu ai là người gửi nên sau khi gửi không"
                " tìm lại để sửa được.",
                "en": "It is voluntary and you may skip questions. As nobody knows who sent an answer, it cannot"
                " be found again and changed.",
            },
        ),
    ),
    "kiosk-2026-1": (
        Clause(
            {"vi": "Để làm gì", "en": "What for"},
            {
                "vi": "{office} công bố ý kiến tại quầy riêng, không tính vào chỉ số hài lòng: chỉ số chỉ lấy từ"
                " những người được chọn ngẫu nhiên.",
                "en": "{office} publishes opinions given at the counter apart from the satisfaction index, which"
                " comes only from people chosen at random.",
            },
        ),
        Clause(
            {"vi": "Lưu những gì", "en": "What is kept"},
            {
                "vi": "Câu trả lời, ngôn ngữ, giờ và thời gian trả lời, tên máy tại quầy. Không hỏi tên, không lưu"
                " số điện thoại. Khi mất mạng, câu trả lời nằm trong máy này cho đến khi gửi được.",
                "en": "Your answers, the language, the hour, the time taken and which tablet this is. No name is"
                " asked and no phone number kept. Without a network your answers stay in this tablet until they"
                " can be sent.",
            },
        ),
        Clause(
            {"vi": "Quyền của Ông/Bà", "en": "Your rights"},
            {
                "vi": "Góp ý là tự nguyện, được bỏ qua câu hỏi. Vì không lưu ai là người gửi nên sau khi gửi không"
                " tìm lại để sửa được.",
                "en": "It is voluntary and you may skip questions. As nobody knows who sent an answer, it cannot"
                " be found again and changed.",
            },
        ),
    ),
    "interviewer-2026-1": (
        Clause(
            {"vi": "Ai gọi và để làm gì", "en": "Who calls and what for"},
            {
                "vi": "Thưa Ông/Bà, tôi là phỏng vấn viên của {office}. Chúng tôi đo mức độ hài lòng về việc giải"
                " quyết thủ tục hành chính để công bố kết quả chung của từng cơ quan và cải thiện việc phục vụ."
                " Câu trả lời không dùng vào việc khác.",
                "en": "Good day. I am an interviewer of {office}. We measure satisfaction with administrative"
                " procedures to publish overall results for each office and to improve the service. Answers are"
                " used for nothing else.",
            },
        ),
        Clause(
            {"vi": "Lưu những gì", "en": "What is kept"},
            {
                "vi": "Chúng tôi lưu câu trả lời, góp ý và thời gian trả lời, không ghi âm. Nếu Ông/Bà đã trả lời"
                " một phần trên mạng thì phần đó được dùng tiếp. Số điện thoại được giữ riêng và bị xóa chậm nhất"
                " {days} ngày sau khi khảo sát kết thúc.",
                "en": "We keep your answers, comments and the time taken; nothing is recorded as sound. If you"
                " have answered a part on the web, we go on from there. Your phone number is kept apart and erased"
                " at most {days} days after the survey ends.",
            },
        ),
        Clause(
            {"vi": "Ai biết", "en": "Who will know"},
            {
                "vi": "Tôi nghe câu trả lời và phải giữ kín. Cơ quan giải quyết hồ sơ không được biết Ông/Bà trả"
                " lời gì. Chỉ công bố số liệu gộp của từ 10 người trở lên.",
                "en": "I hear your answers and must keep them to myself. The office that handled your dossier is"
                " not told what you answer. Only combined figures of 10 or more people are published.",
            },
        ),
        Clause(
            {"vi": "Quyền của Ông/Bà", "en": "Your rights"},
            {
                "vi": "Tham gia là tự nguyện, không ảnh hưởng gì đến hồ sơ. Ông/Bà được bỏ qua câu hỏi, dừng lại"
                " hay hẹn giờ khác; phần đã trả lời được tính, trừ khi Ông/Bà từ chối. Ông/Bà được yêu cầu xóa số"
                " điện thoại và khiếu nại với {office}. Ông/Bà có đồng ý trả lời không ạ?",
                "en": "Taking part is voluntary and has no effect on your dossier. You may skip questions, stop or"
                " choose another hour; what you answered counts unless you refuse. You may have your phone number"
                " erased, and complain to {office}. Do you agree to answer?",
            },
        ),
    ),
    "paper-2026-1": (
        Clause(
            {"vi": "Để làm gì", "en": "What for"},
            {
                "vi": "{office} đo mức độ hài lòng về việc giải quyết thủ tục hành chính, công bố kết quả chung"
                " của từng cơ quan và cải thiện việc phục vụ. Không dùng vào việc khác.",
                "en": "{office} measures satisfaction with administrative procedures, publishes overall results"
                " for each office and improves the service. Answers are used for nothing else.",
            },
        ),
        Clause(
            {"vi": "Lưu những gì", "en": "What is kept"},
            {
                "vi": "Câu trả lời trên phiếu này. Mã phiếu chỉ để mỗi người được tính một lần và bị xóa khi khảo"
                " sát kết thúc. Xin đừng ghi tên, số điện thoại hay số giấy tờ của ai lên phiếu.",
                "en": "The answers on this form. Its code only makes each person count once and is erased when the"
                " survey ends. Please do not write anybody's name, phone or document number on the form.",
            },
        ),
        Clause(
            {"vi": "Quyền của Ông/Bà", "en": "Your rights"},
            {
                "vi": "Tham gia là tự nguyện, không ảnh hưởng gì đến hồ sơ; được bỏ qua câu hỏi. Gửi lại phiếu là"
                " đồng ý cho dùng câu trả lời như trên. Cơ quan giải quyết hồ sơ không được biết Ông/Bà trả lời"
                " gì.",
                "en": "Taking part is voluntary and has no effect on your dossier; you may skip questions."
                " Returning the form means that you agree to this use. The office that handled your dossier is not"
                " told what you answer.",
            },
        ),
    ),
}

_WITH_NETWORK = Clause(
    {"vi": "Lưu những gì", "en": "What is kept"},
    {
        "vi": "Câu trả lời, góp ý, ngôn ngữ, loại thiết bị, thời gian trả lời và dấu mạng đã mã hóa, chỉ có giá"
        " trị trong ngày, để phát hiện trả lời hàng loạt. Số điện thoại được giữ riêng và bị xóa chậm nhất {days}"
        " ngày sau khi khảo sát kết thúc.",
        "en": "Your answers and comments, the language, the kind of device, the time taken and a scrambled mark of"
        " the network, good for that day only, to notice answers sent in bulk. Your phone number is kept apart and"
        " erased at most {days} days after the survey ends.",
    },
)
_first, _kept, *_rest = _NOTICES["2026-1"]
NOTICES: Mapping[str, tuple[Clause, ...]] = _NOTICES | {"2026-2": (_first, _WITH_NETWORK, *_rest)}
"""Every version that somebody may have agreed to; a version that was shown is never edited."""


def notice(version: str, language: str, *, office: str, retention_days: int) -> list[tuple[str, str]]:
    """The notice of a version as (head, body) pairs, with the office and the wave's retention filled in."""
    return [clause.in_words(language, office=office, days=retention_days) for clause in NOTICES[version]]
