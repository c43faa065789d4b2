"""Authority: GSM 03.38 (one part is 160 septets); the wording registered with the operators."""

from collections.abc import Callable

import pytest

from forms.instrument import load
from forms.sms import (
    SmsError,
    parse_reply,
    render,
    render_invitation,
    render_one_message,
    render_reminder,
    render_reply,
    render_step,
    says_yes,
)
from forms.sms_text import segments

SHORT = load("motcua_ngan")
LINK = "https://example.vn/s/k7Qm2xR9pLd"
SENDER = "Sở Nội vụ TP Huế"
RATED = {"q1": 5, "q2": 4, "q3": 5, "q4": 3, "q5": 5, "q6": 4}
REPLIES = ("recorded", "confirm", "partial", "ask", "link", "help", "optout", "optin", "closed")


def invitation(agency: str, **keys: bool | int) -> str:
    accented, max_parts = bool(keys.get("accented", False)), int(keys.get("max_parts", 1))
    return render_invitation(sender=SENDER, agency=agency, link=LINK, accented=accented, max_parts=max_parts)


def test_the_invitation_is_one_unaccented_part() -> None:
    text = invitation("UBND phường Vỹ Dạ")
    assert text == (
        "So Noi vu TP Hue: Moi Ong/Ba danh gia viec giai quyet ho so tai UBND phuong Vy Da (1 phut):"
        " https://example.vn/s/k7Qm2xR9pLd Soan TC de tu choi."
    )
    assert segments(text) == ("gsm7", 144, 1)


def test_the_accented_invitation_takes_three_parts_and_only_when_asked() -> None:
    assert segments(invitation("UBND phường Vỹ Dạ", accented=True, max_parts=3)).parts == 3
    with pytest.raises(SmsError, match="takes 3 parts"):
        invitation("UBND phường Vỹ Dạ", accented=True)


@pytest.mark.parametrize(
    ("agency", "shown"),
    [
        ("Ủy ban nhân dân phường Vỹ Dạ", "tai Uy ban nhan dan phuong Vy Da ("),
        ("Ủy ban nhân dân phường Phong Dinh Cao", "tai UBND phuong Phong Dinh Cao ("),
        ("Uỷ ban nhân dân thị trấn Khe Tre, Nam Đông", "tai UBND thi tran Khe Tre, Nam Dong ("),
        ("Trung tâm Phục vụ hành chính công thành phố Huế", "tai TT PVHCC thanh pho Hue ("),
        ("Sở Nông nghiệp và Phát triển nông thôn tỉnh Thừa Thiên Huế", "tai So NN&PTNT ("),
        ("Sở Văn hóa, Thể thao và Du lịch thành phố", "tai So Van hoa, The thao va Du lich ("),
    ],
)
def test_an_agency_is_abbreviated_only_as_far_as_needed(agency: str, shown: str) -> None:
    assert shown in invitation(agency)
    assert segments(invitation(agency)).parts == 1


def test_what_cannot_fit_is_refused_whole() -> None:
    with pytest.raises(SmsError, match=r"the text takes 2 parts \(\d+ units of gsm7\), not 1"):
        invitation("Hợp tác xã dịch vụ nông nghiệp tổng hợp số một Quảng Thành Quảng Điền")


def test_a_reminder_says_how_long_is_left() -> None:
    assert render_reminder(days=3, link=LINK, sender=SENDER) == (
        "So Noi vu TP Hue: Nhac lai, con 3 ngay de danh gia viec giai quyet ho so: https://example.vn/s/k7Qm2xR9pLd"
        " Mat 1 phut. Soan TC de tu choi."
    )


def test_the_prompt_for_all_in_one_names_each_item_and_does_not_prime() -> None:
    assert render_one_message(SHORT, sender=SENDER) == (
        "So Noi vu TP Hue: Tra loi 6 chu so (1-5): 1 Don tiep 2 Huong dan 3 Thu tuc 4 Dung hen 5 Thai do"
        " 6 Chung. VD 3 5 2 4 1 4. 5=Rat hai long. TC: tu choi"
    )


def test_the_prompt_of_a_step_says_where_one_is() -> None:
    assert render_step(SHORT, "q4") == "4/6 Dung hen: tra loi 1-5, 5=Rat hai long. TC: tu choi"


def test_what_was_recorded_is_repeated() -> None:
    assert "Da ghi nhan: 5 4 5 3 5 4." in render_reply("recorded", SHORT, RATED)


def test_what_is_missing_is_asked_for() -> None:
    text = render_reply("partial", SHORT, {"q1": 5, "q3": 2})
    assert text == (
        "Da ghi 1:5 3:2. Con thieu: 2 Huong dan 4 Dung hen 5 Thai do 6 Chung. Xin nhan tiep 4 chu so (1-5)."
    )


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("key", REPLIES)
def test_every_answer_is_one_part_and_coming_back_is_no_answer(key: str, lang: str) -> None:
    text = render_reply(key, SHORT, {"q1": 5} if key == "partial" else RATED, link=LINK, lang=lang)
    assert segments(text).encoding == "gsm7"
    assert segments(text).parts == 1
    assert parse_reply(text, SHORT).verdict == "ask"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_our_prompts_coming_back_are_no_answer(lang: str) -> None:
    prompts = [render_step(SHORT, item.id, lang=lang) for item in SHORT.items]
    prompts += [
        render_one_message(SHORT, sender=SENDER, lang=lang),
        render_reminder(days=1, link=LINK, sender=SENDER, lang=lang),
    ]
    prompts.append(render_invitation(sender=SENDER, agency="UBND X. Vinh", link=LINK, lang=lang))
    assert {parse_reply(text, SHORT).reason for text in prompts} == {"echo"}


FAULTS: dict[str, tuple[Callable[[], str], str]] = {
    "no value": (lambda: render("{name} {link}", {"link": LINK}), "placeholder {name}, which has no value"),
    "glued link": (lambda: render("{link}.", {"link": LINK}), "must have a space after {link}"),
    "emoji": (lambda: render("Xin chào 😀", {}), "'😀', which cannot be sent without accents"),
    "not for SMS": (lambda: render_one_message(load("sipas"), sender="X"), "sipas@1 cannot be asked by SMS"),
}


@pytest.mark.parametrize(("call", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named(call: Callable[[], str], message: str) -> None:
    with pytest.raises(SmsError) as caught:
        call()
    assert message in str(caught.value)


def test_a_template_reaches_nothing_but_its_values() -> None:
    assert render("{link.__class__}", {"link": LINK}) == "{link.__class__}"


@pytest.mark.parametrize("text", ["OK", "ok a", "Đúng", "dung roi", "Vâng ạ", "Có", "Y"])
def test_yes_is_understood(text: str) -> None:
    assert says_yes(text)


@pytest.mark.parametrize("text", ["", "không", "ok 5", "1", "chua dung", "5 4 5 3 5 4"])
def test_what_is_not_yes_is_not_taken_for_it(text: str) -> None:
    assert not says_yes(text)
