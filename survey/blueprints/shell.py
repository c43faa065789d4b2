"""What every page shares: language, error pages, security headers, template filters."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Flask, Request, Response, current_app, has_request_context, jsonify, render_template, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_babel import gettext as _
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.routing import IntegerConverter

from survey.clock import HANOI
from survey.errors import SurveyError
from survey.extensions import babel, reading

LANGUAGES = ("vi", "en")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
OUTAGES = (OperationalError, PoolTimeout)
"""What a database that is away, starting or out of connections answers."""
RETRY_AFTER = {"Retry-After": "30"}
_HTTPS_ONLY = {"Strict-Transport-Security": f"max-age={365 * 86400}"}


def language() -> str:
    """`?lang=`, else the cookie, else Vietnamese: a browser's own preference is not asked."""
    if not has_request_context():  # a command or a job
        return "vi"
    wanted = request.args.get("lang") or request.cookies.get("lang") or "vi"
    return wanted if wanted in LANGUAGES else "vi"


class RowNumber(IntegerConverter):
    """A number in an address, no larger than the databases count: above it nothing is to be found."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"max": 2**31 - 1} | options)


class Sessions(SecureCookieSessionInterface):
    """Citizens have no session: nothing is made ready to read one where no cookie came."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        came = self.get_cookie_name(app) in request.cookies
        return super().open_session(app, request) if came else self.session_class()


def register(app: Flask) -> None:
    app.session_interface = Sessions()
    app.url_map.converters["int"] = RowNumber
    babel.init_app(app, locale_selector=language)
    app.jinja_env.filters |= {"percent": percent, "number": number, "day": day, "moment": moment, "line": line}
    app.jinja_env.globals |= {"language": language, "office_name": app.config["THUOCDO_OFFICE_NAME"]}
    app.register_error_handler(SurveyError, _survey_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DataError, _data_error)
    for outage in OUTAGES:
        app.register_error_handler(outage, _outage)
    app.before_request(_read_only_for_get)
    app.teardown_request(_end_read_only)
    app.after_request(_headers)


def _read_only_for_get() -> None:
    if request.method in {"GET", "HEAD"}:
        manager = reading()
        manager.__enter__()
        request.environ["thuocdo.reading"] = manager


def _end_read_only(_error: BaseException | None) -> None:
    manager = request.environ.pop("thuocdo.reading", None)
    if manager is not None:
        manager.__exit__(None, None, None)


def _headers(response: Response) -> Response:
    is_secure = current_app.config["THUOCDO_PRODUCTION"]
    present = {name for name, _value in response.headers}
    wanted = _HEADERS | _HTTPS_ONLY if is_secure else _HEADERS
    response.headers.extend((name, value) for name, value in wanted.items() if name not in present)
    lang = request.args.get("lang")
    if lang in LANGUAGES and request.blueprint != "kiosk":  # a tablet keeps its page in all of them
        response.set_cookie("lang", lang, max_age=365 * 86400, secure=is_secure, httponly=True, samesite="Lax")
    return response


def _wants_json() -> bool:
    return request.path.startswith("/api/") or request.path.endswith(".json")


def _problem(status: int, code: str, message: str) -> tuple[Any, int]:
    if _wants_json():
        return jsonify(error=code, message=message), status
    return render_template("error.html", status=status, code=code, message=message), status


def _survey_error(error: SurveyError) -> tuple[Any, int]:
    return _problem(int(error.status), error.code, error.message)


def _data_error(error: DataError) -> Any:
    """What the database cannot hold, such as a NUL in an address: the sender's doing, and never told in full."""
    current_app.logger.warning("not storable: %s", type(error.orig).__name__)
    return _http_error(BadRequest())


def log_outage(error: Exception) -> None:
    current_app.logger.error("the database does not answer: %s", type(getattr(error, "orig", error)).__name__)


def _outage(error: Exception) -> tuple[Any, int, dict[str, str]]:
    """Flask's context processors are passed over: they would ask the database who has logged in."""
    log_outage(error)
    message = _("Hệ thống đang tạm ngừng. Xin thử lại sau ít phút.")
    if _wants_json():
        return jsonify(error="outage", message=message), 503, RETRY_AFTER
    page = current_app.jinja_env.get_template("error.html")
    return page.render(status=503, code="outage", message=message), 503, RETRY_AFTER


def _http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return error
    messages = {
        400: _("Yêu cầu không hợp lệ. Xin tải lại trang rồi thử lại."),
        403: _("Quý vị không có quyền xem trang này."),
        404: _("Không tìm thấy trang này."),
        405: _("Không dùng được trang này theo cách đó."),
        413: _("Nội dung gửi lên quá lớn."),
        429: _("Quá nhiều yêu cầu. Xin chờ một phút rồi thử lại."),
    }
    return _problem(
        status, f"http_{status}", messages.get(status, _("Hệ thống gặp lỗi. Xin thử lại sau ít phút."))
    )


def line(value: object) -> str:
    """What was typed, as a field of one line may show it: HTML allows no line feed there, browsers send none."""
    return " ".join(str(value).splitlines())


def number(value: float | None, digits: int = 0) -> str:
    """Vietnamese and English write 1.234,5 and 1,234.5."""
    if value is None:
        return "–"
    text = f"{value:,.{digits}f}"
    return text if language() == "en" else text.translate(str.maketrans(",.", ".,"))


def percent(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else number(100 * value, digits) + "%"


def day(value: Any) -> str:
    return "–" if value is None else f"{value:%d/%m/%Y}"


def moment(value: datetime | None) -> str:
    return "–" if value is None else f"{value.astimezone(HANOI):%H:%M %d/%m/%Y}"
