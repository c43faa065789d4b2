"""A questionnaire with one question of every type, skips, piping, and texts that officers could type."""

from __future__ import annotations

from typing import Any

from survey.extensions import db
from survey.models import InstrumentVersion
from tests.factories import NOW


def both(vi: str, en: str = "") -> dict[str, str]:
    return {"vi": vi, "en": en or vi}


def choice(code: str, label: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "label": both(label), **more}


DEFINITION: dict[str, Any] = {
    "code": "moi_loai",
    "version": 1,
    "title": both("Mọi loại câu hỏi", "Every type of question"),
    "scales": {
        "muc_3": {
            "points": [{"code": c, "label": both(t)} for c, t in ((1, "Kém"), (2, "Vừa"), (3, "Tốt"))],
            "outside": [choice("na", "Không áp dụng")],
        }
    },
    "items": [
        {"id": "n0", "type": "note", "label": both("Về thủ tục {service} tại {agency}, nộp ngày {received_on}.")},
        {"id": "q_likert", "type": "likert", "label": both("Đón tiếp <b>ra sao</b>?"), "scale": "muc_3"},
        {"id": "q_yes", "type": "yesno", "label": both("Có phải chờ không?"), "requirement": "required"},
        {
            "id": "q_wait",
            "type": "number",
            "label": both("Chờ bao nhiêu phút?"),
            "hint": both("Ước chừng cũng được."),
            "integer": True,
            "minimum": 0,
            "maximum": 600,
            "outside": [choice("dk", "Không nhớ")],
            "show_if": {"eq": ["q_yes", "yes"]},
        },
        {
            "id": "q_single",
            "type": "single",
            "label": both("Nộp bằng cách nào?"),
            "choices": [choice("desk", "Tại quầy"), choice("web", "Trên mạng"), choice("oth", "Khác", other=True)],
        },
        {
            "id": "q_multi",
            "type": "multiple",
            "label": both("Đã gặp khó khăn gì?"),
            "choices": [choice("docs", "Giấy tờ"), choice("fee", "Lệ phí"), choice("o", "Khác", other=True)],
            "outside": [choice("none", "Không có khó khăn nào")],
        },
        {
            "id": "q_nps",
            "type": "nps",
            "label": both("Có giới thiệu người khác đến đây không?"),
            "low": both("Chắc chắn không"),
            "high": both("Chắc chắn có"),
        },
        {"id": "q_date", "type": "date", "label": both("Nhận kết quả ngày nào?"), "minimum": "2026-01-01"},
        {
            "id": "q_text",
            "type": "text",
            "label": both("Mã quầy?"),
            "pattern": "[A-Z]\\d",
            "error": both("Xin ghi một chữ in và một số, ví dụ A1."),
        },
        {
            "id": "q_rank",
            "type": "ranking",
            "label": both("Điều gì cần cải thiện trước?"),
            "choices": [choice("time", "Thời gian"), choice("staff", "Thái độ"), choice("cost", "Chi phí")],
        },
        {"id": "q_long", "type": "longtext", "label": both("Góp ý gì thêm?"), "max_length": 200},
    ],
}


def make_every_type() -> InstrumentVersion:
    row = InstrumentVersion(code="moi_loai", version=1, sha256="0" * 64, definition=DEFINITION, created_at=NOW)
    db.session.add(row)
    db.session.commit()
    return row
