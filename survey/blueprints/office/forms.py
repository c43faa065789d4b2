"""What officers fill in. Numbers may be written the Vietnamese way, with a decimal comma."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, RadioField, SelectChoice, SelectField, StringField, ValidationError
from wtforms.fields import DateField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, StopValidation

from survey.blueprints.office import words

SHARE = NumberRange(0.001, 0.999, _l("Xin ghi số lớn hơn 0 và nhỏ hơn 1, ví dụ 0,05."))
CHOICE = _l("Xin chọn một trong các ý đã cho.")
NEEDED = InputRequired(_l("Xin điền ô này."))
ALLOCATIONS = ("proportional", "equal", "power", "census_below", "precision")
# Đà Nẵng 2014: everyone up to 200 dossiers a year, 30 % up to 1,000, 20 % above.
BANDS: list[list[float | None]] = [[200, 1.0], [1000, 0.3], [5000, 0.2], [None, 0.1]]
FORMULAS = {
    "t2b_mean_of_factors@1": _l("Trung bình các nhóm tiêu chí (mỗi nhóm như nhau)"),
    "t2b_pooled@1": _l("Gộp mọi câu trả lời"),
    "mean_of_agencies@1": _l("Trung bình cộng các cơ quan"),
    "general_item@1": _l("Câu hỏi chung về mức hài lòng"),
}
STRATA = {
    "agency": _l("Mỗi cơ quan là một tầng"),
    "agency|channel": _l("Mỗi cơ quan và kênh nộp là một tầng"),
}


class DecimalField(StringField):  # type: ignore[misc]
    """A number with a decimal comma or point; `data` is a float."""

    def _value(self) -> str:
        return str(self.raw_data[0] if self.raw_data else self.data).replace(".", ",")

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = valuelist[0].strip().replace(",", ".") if valuelist else ""
        try:
            self.data = float(text) if text else None
        except ValueError as exc:
            self.data = None
            raise ValueError(_l("Xin ghi một con số, ví dụ 0,05.")) from exc


class DaysField(StringField):  # type: ignore[misc]
    """Days after launch such as `4, 9`; `data` is a list of whole numbers, empty for none."""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ", ".join(map(str, self.data or []))

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        parts = [part.strip() for part in (valuelist[0] if valuelist else "").split(",") if part.strip()]
        if not all(part.isdecimal() for part in parts):
            self.data = []
            raise ValueError(_l("Xin ghi số ngày, cách nhau bằng dấu phẩy, ví dụ 4, 9."))
        self.data = [int(part) for part in parts]


def _choices(texts: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, text) for value, text in texts.items()]


def _radios(label: Any, texts: Mapping[Any, Any], **kw: Any) -> RadioField:
    return RadioField(
        label, choices=_choices(texts), invalid_value_message=CHOICE, invalid_choice_message=CHOICE, **kw
    )


def _day(label: Any) -> DateField:
    return DateField(label, [NEEDED], invalid_value_message=_l("Xin ghi ngày có thật."))


def _whole(label: Any, low: int, high: int, *, first: Any = NEEDED, **kw: Any) -> IntegerField:
    limits = NumberRange(low, high, _l("Xin ghi số nguyên từ %(min)s đến %(max)s."))
    wrong = _l("Xin ghi một số nguyên, ví dụ 30.")
    return IntegerField(label, [first, limits], invalid_value_message=wrong, **kw)


def _where_needed(form: Any, field: Field) -> None:
    """A size is needed where the allocation shares one out; elsewhere the field may be empty."""
    if field.raw_data and field.raw_data[0].strip():
        return
    field.errors = []
    is_shared = form.kind.data == "one_off" and form.allocation.data in {"proportional", "equal", "power"}
    raise StopValidation(_l("Cách chia này cần cỡ mẫu.") if is_shared else "")


class WaveForm(FlaskForm):  # type: ignore[misc]
    """A new wave; `plan()` is the same dictionary that `wave create PLAN.json` reads."""

    def offer_instruments(self, texts: Mapping[str, str]) -> None:
        self.instrument.choices = _choices(texts)

    code = StringField(
        _l("Mã đợt"),
        [
            NEEDED,
            Length(max=40, message=_l("Mã dài nhất 40 ký tự.")),
            Regexp(r"^[a-z0-9][a-z0-9-]*$", message=_l("Mã chỉ gồm chữ thường không dấu, số và gạch nối.")),
        ],
        description=_l("Dùng trong địa chỉ trang kết quả, ví dụ 2026-q3."),
    )
    title_vi = StringField(_l("Tên đợt, tiếng Việt"), [NEEDED, Length(max=255)])
    title_en = StringField(_l("Tên đợt, tiếng Anh"), [Length(max=255)])
    kind = _radios(_l("Cách rút mẫu theo thời gian"), words.WAVE_KINDS, default="one_off")
    period_start = _day(_l("Từ ngày"))
    period_end = _day(_l("Đến hết ngày"))
    eligible_status = _radios(
        _l("Hồ sơ nào được hỏi"),
        words.ELIGIBLE_STATUS,
        coerce=int,
        default=10,
        description=_l(
            "Trạng thái 10 hỏi người đã cầm kết quả nên trả lời được về cả lượt làm thủ tục. Chọn trạng thái 9 "
            "khi phần mềm một cửa không ghi ngày trả kết quả."
        ),
    )
    instrument = SelectField(_l("Phiếu hỏi"), [NEEDED], invalid_choice_message=CHOICE)
    strata = _radios(_l("Phân tầng"), STRATA, default="agency")
    allocation = _radios(
        _l("Chia mẫu cho các tầng"),
        {name: words.ALLOCATIONS[name] for name in ALLOCATIONS},
        default="proportional",
    )
    n = _whole(
        _l("Cỡ mẫu cả đợt"),
        1,
        1_000_000,
        first=_where_needed,
        description=_l("Số hồ sơ được rút. Bỏ trống khi chia theo bậc hoặc theo sai số."),
    )
    minimum = _whole(_l("Ít nhất mỗi tầng"), 0, 10_000, default=0, description=_l("Nơi ít hồ sơ hơn thì hỏi hết."))
    margin = DecimalField(
        _l("Sai số mong muốn của mỗi cơ quan"),
        [Optional()],
        default=0.05,
        description=_l("Chỉ dùng khi chia theo sai số. 0,05 nghĩa là cộng trừ 5 điểm phần trăm."),
    )
    fraction = DecimalField(
        _l("Tỷ lệ rút mỗi ngày"),
        [Optional()],
        default=0.1,
        description=_l("Chỉ dùng cho đợt cuốn chiếu. 0,1 nghĩa là một phần mười hồ sơ xong trong ngày."),
    )
    invite_within_days = _whole(
        _l("Mời trong vòng (ngày sau khi xong hồ sơ)"),
        1,
        60,
        default=7,
        description=_l("Chỉ dùng cho đợt cuốn chiếu."),
    )
    response_days = _whole(_l("Nhận trả lời trong (ngày)"), 1, 90, default=14)
    reminder_days = DaysField(
        _l("Nhắc vào ngày thứ"),
        default=[4, 9],
        description=_l("Tính từ ngày mời; nhiều nhất hai lần, ví dụ 4, 9."),
    )
    retention_days = _whole(_l("Xóa số điện thoại sau khi đóng đợt (ngày)"), 0, 365, default=90)
    minimum_answers = _whole(
        _l("Số người trả lời ít nhất để công bố"),
        5,
        100,
        default=10,
        description=_l("Ít hơn thì không công bố số của cơ quan."),
    )
    published_formula = SelectField(
        _l("Cách tính chỉ số công bố"),
        choices=_choices(FORMULAS),
        invalid_choice_message=CHOICE,
        default="t2b_mean_of_factors@1",
    )

    def validate_period_end(self, field: Field) -> None:
        if field.data and self.period_start.data and field.data < self.period_start.data:
            raise ValidationError(_l("Ngày cuối kỳ phải sau ngày đầu kỳ."))

    def validate_margin(self, field: Field) -> None:
        if self.allocation.data == "precision" and not _is_share(field.data):
            raise ValidationError(_l("Xin ghi số lớn hơn 0 và nhỏ hơn 1, ví dụ 0,05."))

    def validate_fraction(self, field: Field) -> None:
        if self.kind.data == "rolling" and not (field.data == 1 or _is_share(field.data)):
            raise ValidationError(_l("Xin ghi số lớn hơn 0 và không quá 1, ví dụ 0,1."))

    def validate_reminder_days(self, field: Field) -> None:
        days = field.data or []
        if len(days) > 2 or days != sorted(set(days)) or any(day < 1 for day in days):
            raise ValidationError(_l("Nhiều nhất hai lần nhắc, ngày sau lớn hơn ngày trước."))

    def plan(self) -> dict[str, Any]:
        return {
            "code": self.code.data,
            "title": {"vi": self.title_vi.data, "en": self.title_en.data or self.title_vi.data},
            "kind": self.kind.data,
            "period": [self.period_start.data.isoformat(), self.period_end.data.isoformat()],
            "eligible_status": self.eligible_status.data,
            "instrument": self.instrument.data,
            "sample": self._rolling() if self.kind.data == "rolling" else self._one_off(),
            "settings": {
                "response_days": self.response_days.data,
                "reminder_days": self.reminder_days.data,
                "retention_days": self.retention_days.data,
                "minimum_answers": self.minimum_answers.data,
                "published_formula": self.published_formula.data,
            },
        }

    def _rolling(self) -> dict[str, Any]:
        return {
            "fraction": self.fraction.data,
            "strata": self.strata.data.split("|"),
            "invite_within_days": self.invite_within_days.data,
        }

    def _one_off(self) -> dict[str, Any]:
        allocation: dict[str, Any] = {"method": self.allocation.data}
        match self.allocation.data:
            case "census_below":
                allocation["bands"] = BANDS
            case "precision":
                allocation["targets"] = {"agency": {"margin": self.margin.data, "p": 0.5}}
            case "power":
                allocation |= {"n": self.n.data, "power": 0.5}
            case _:
                allocation["n"] = self.n.data
        if self.minimum.data:
            allocation["min"] = self.minimum.data
        return {
            "id": "dossier_code",
            "strata": self.strata.data.split("|"),
            "method": "srs",
            "allocation": allocation,
        }


class SizeForm(FlaskForm):  # type: ignore[misc]
    """The sample size helper; read from the address, it changes nothing."""

    class Meta:
        csrf = False

    margin = DecimalField(_l("Sai số mong muốn"), [NEEDED, SHARE], default=0.05)
    level = DecimalField(_l("Độ tin cậy"), [NEEDED, SHARE], default=0.95)
    p = DecimalField(_l("Tỷ lệ hài lòng dự kiến"), [NEEDED, SHARE], default=0.5)
    population = _whole(_l("Số hồ sơ đủ điều kiện"), 1, 100_000_000, default=1200)
    deff = DecimalField(
        _l("Hệ số thiết kế (deff)"),
        [NEEDED, NumberRange(0.1, 50, _l("Xin ghi số từ %(min)s đến %(max)s."))],
        default=1.0,
    )
    response_rate = DecimalField(
        _l("Tỷ lệ trả lời dự kiến"),
        [NEEDED, NumberRange(0.01, 1, _l("Xin ghi số từ %(min)s đến %(max)s."))],
        default=0.4,
    )


def _is_share(value: Any) -> bool:
    return isinstance(value, float) and 0 < value < 1
