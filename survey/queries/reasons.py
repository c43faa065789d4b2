"""Why a message is where it is, in an officer's words. The outbox keeps the words of the machines."""

from __future__ import annotations

from flask_babel import gettext as _


def spoken(reason: str) -> str:
    """What the log says, in Vietnamese; a provider's own words are quoted."""
    kind, _colon, detail = reason.partition(": ")
    known: dict[str, str] = {
        "": "",
        "no answer": _("Cổng tin nhắn không trả lời (%(detail)s)", detail=detail),
        "no connection": _("Không kết nối được với cổng tin nhắn (%(detail)s)", detail=detail),
        "the worker stopped before it could tell": _("Tiến trình gửi dừng giữa chừng, chưa kịp ghi kết quả"),
        "given up, sent again by a person": _("Đã bỏ; người phụ trách cho gửi lại"),
        "simulated": _("Mạng mô phỏng định trước như vậy"),
    }
    return known[kind] if kind in known else str(_("Cổng tin nhắn báo: %(detail)s", detail=reason))
