"""Authority: the principles in forms/sms_reply.py (never invent, never clamp, explain the whole message)."""

import pytest

from forms.instrument import Instrument, from_json, load
from forms.sms import parse_reply

SHORT = load("motcua_ngan")
ALL = [5, 4, 5, 3, 5, 4]
RATED = dict(zip(["q1", "q2", "q3", "q4", "q5", "q6"], ALL, strict=True))

ACCEPTED = {
    "spaces": "5 4 5 3 5 4",
    "one run": "545354",
    "commas": "5,4,5,3,5,4",
    "commas and spaces": "5, 4, 5, 3, 5, 4.",
    "dots": "5.4.5.3.5.4",
    "hyphens": "5-4-5-3-5-4",
    "slashes": "5/4/5/3/5/4",
    "lines": "5\n4\n5\n3\n5\n4\n",
    "full-width": "５　４　５　３　５　４",
    "khmer": "៥ ៤ ៥ ៣ ៥ ៤",
    "arabic": "٥٤٥٣٥٤",
    "keycaps": "5️⃣4️⃣5️⃣3️⃣5️⃣4️⃣",
    "circled": "⑤④⑤③⑤④",
    "zero width between": "5\u200b4\u200b5\u200b3\u200b5\u200b4",
    "numbered by dot": "1.5 2.4 3.5 4.3 5.5 6.4",
    "numbered by colon": "1:5, 2:4, 3:5, 4:3, 5:5, 6:4",
    "numbered by bracket": "1) 5 2) 4 3) 5 4) 3 5) 5 6) 4",
    "numbered by hyphen": "1-5, 2-4, 3-5, 4-3, 5-5, 6-4",
    "numbered by space": "1 5 2 4 3 5 4 3 5 5 6 4",
    "numbered out of order": "C6 4 C5 5 C4 3 C3 5 C2 4 C1 5",
    "out of five": "5/5 4/5 5/5 3/5 5/5 4/5",
    "by name": "Đón tiếp 5, hướng dẫn 4, thủ tục 5, đúng hẹn 3, thái độ 5, chung 4",
    "prompt filled in": "1 Don tiep 5 2 Huong dan 4 3 Thu tuc 5 4 Dung hen 3 5 Thai do 5 6 Chung 4",
    "in words": "Rất hài lòng, hài lòng, rất hài lòng, bình thường, rất hài lòng, hài lòng",
    "courtesy": "Dạ, em gửi: 5 4 5 3 5 4 ạ. Cảm ơn!",
    "signature": "5 4 5 3 5 4\nNguyễn Văn A\n0912345678",
    "name and phone": "5 4 5 3 5 4\nNguyễn Văn A - 0912345678",
    "name, then SDT and phone": "5 4 5 3 5 4\nTran Thi B\nSDT 0912345678",
    "dashes and name": "5 4 5 3 5 4 --Nguyen Van A",
    "mail signature": "5 4 5 3 5 4\n--\nNguyen Van A, to 5",
    "phone": "545354 0912 345 678",
    "date as machines write it": "2026-09-05 545354",
    "mail address": "545354 nguyen.5@example.vn",
    "phone's own signature": "545354\n\nSent from my iPhone 5",
    "date": "5 4 5 3 5 4 ngay 5/9/2026",
    "hour": "545354 luc 8h30",
    "link": "545354 https://example.vn/s/5k7Qm",
    "smile": "5 4 5 3 5 4 😊",
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_all_ratings_are_read(text: str) -> None:
    reply = parse_reply(text, SHORT)
    assert (reply.verdict, list(reply.items.values()), reply.reason) == ("accept", ALL, "")
    assert list(reply.items) == ["q1", "q2", "q3", "q4", "q5", "q6"]


OTHERS: dict[str, tuple[str, str, dict[str, int], str]] = {
    "some by number": ("C1 5 C3 2", "partial", {"q1": 5, "q3": 2}, ""),
    "some by colon": ("1:5 2:4", "partial", {"q1": 5, "q2": 4}, ""),
    "some by name": ("thai do 1", "partial", {"q5": 1}, ""),
    "some in words": ("Câu 1: hài lòng", "partial", {"q1": 4}, ""),
    "correction of one": ("Sửa câu 3: 2", "correct", {"q3": 2}, ""),
    "correction into": ("nham, cau 3 thanh 2", "correct", {"q3": 2}, ""),
    "correction of all": (
        "sua 1 1 1 1 1 1",
        "correct",
        dict.fromkeys(["q1", "q2", "q3", "q4", "q5", "q6"], 1),
        "",
    ),
    "correction again": ("Sửa lại: 5 4 5 3 5 4", "correct", RATED, ""),
    "correction of nothing": ("sua", "ask", {}, "no_rating"),
    "comment": ("5 4 5 3 5 4 nhung hoi lau", "confirm", RATED, "unexplained"),
    "a name on the same line": ("545354 Huy", "confirm", RATED, "unexplained"),
    "some and a comment": ("thai do 1 te lam", "confirm", {"q5": 1}, "unexplained"),
    "one digit is not six": ("5", "ask", {}, "count"),
    "one word is not six": ("rat hai long", "ask", {}, "count"),
    "a word and five digits": ("hai long 4 4 4 4 4", "ask", {}, "ambiguous"),
    "one digit for all": ("tat ca 5", "ask", {}, "count"),
    "five digits": ("5 4 5 3 5", "ask", {}, "count"),
    "seven digits": ("5453544", "ask", {}, "count"),
    "pairs of digits": ("54 53 54", "ask", {}, "count"),
    "above the scale": ("6 4 5 3 5 4", "ask", {}, "off_scale"),
    "zero": ("504535", "ask", {}, "off_scale"),
    "numbered above the scale": ("1:5 2:9", "ask", {}, "count"),
    "half numbered by dot": ("1.5 2.4 3.5", "ask", {}, "ambiguous"),
    "number of no question": ("C7 5", "ask", {}, "count"),
    "one question twice": ("1:5 1:4", "ask", {}, "count"),
    "name and number disagree": ("1 thai do 5", "ask", {}, "count"),
    "negation": ("khong 5 4 5 3 5 4", "ask", {}, "negation"),
    "negation after": ("5 4 5 3 5 4 khong co gi", "ask", {}, "negation"),
    "range of the scale": ("1-5", "ask", {}, "count"),
    "half": ("½", "ask", {}, "unexplained"),
    "hundred": ("5 4 5 3 5 💯", "ask", {}, "unexplained"),
    "percent": ("100%", "ask", {}, "unexplained"),
    "phone only": ("0912345678", "ask", {}, "no_rating"),
    "words only": ("Lâu quá", "ask", {}, "no_rating"),
    "empty": ("", "ask", {}, "empty"),
    "blank": (" \n\u00a0", "ask", {}, "empty"),
    "zero width only": ("\u200b", "ask", {}, "no_rating"),
    "nul": ("\x00", "ask", {}, "unexplained"),
    "lone surrogate": ("\ud800", "ask", {}, "no_rating"),
    "very long": ("5 " * 1000, "ask", {}, "too_long"),
}


@pytest.mark.parametrize(("text", "verdict", "items", "reason"), OTHERS.values(), ids=OTHERS)
def test_what_is_not_all_is_told_apart(text: str, verdict: str, items: dict[str, int], reason: str) -> None:
    reply = parse_reply(text, SHORT)
    assert (reply.verdict, dict(reply.items), reply.reason) == (verdict, items, reason)


STEP: dict[str, tuple[str, str, int | None]] = {
    "digit": ("5", "accept", 5),
    "digit and dot": (" 5.", "accept", 5),
    "out of five": ("4/5", "accept", 4),
    "stars": ("3 sao", "accept", 3),
    "points": ("em cham 2 diem a", "accept", 2),
    "in words": ("Rất hài lòng", "accept", 5),
    "capitals, no accents": ("RAT KHONG HAI LONG", "accept", 1),
    "denied": ("khong hai long", "accept", 2),
    "not yet": ("chưa hài lòng", "accept", 2),
    "texted short": ("ko hai long", "accept", 2),
    "initials": ("RHL", "accept", 5),
    "middle": ("bình thường ạ", "accept", 3),
    "glued": ("hailong", "accept", 4),
    "english": ("very dissatisfied", "accept", 1),
    "word and digit agree": ("5 rất hài lòng", "accept", 5),
    "own number": ("cau 4: 5", "accept", 5),
    "own name": ("Dung hen: 5", "accept", 5),
    "word and digit differ": ("hai long 5", "ask", None),
    "second line denies": ("5\nKhông Hài Lòng", "ask", None),
    "another number": ("cau 1: 5", "ask", None),
    "another name": ("Thai do 5", "ask", None),
    "two digits": ("5 4", "ask", None),
    "between": ("4.5", "ask", None),
    "range": ("4-5", "ask", None),
    "ten": ("10", "ask", None),
    "out of ten": ("5/10", "ask", None),
    "below zero": ("-5", "ask", None),
    "plus": ("5+", "ask", None),
    "bare no": ("không", "ask", None),
    "denied top": ("khong rat hai long", "ask", None),
    "denied in english": ("not satisfied", "ask", None),
    "question": ("hai long khong?", "ask", None),
    "comment": ("5 nhung lau qua", "confirm", 5),
    "degree not on the scale": ("tam hai long", "confirm", 4),
}


@pytest.mark.parametrize(("text", "verdict", "rating"), STEP.values(), ids=STEP)
def test_one_question_is_answered_by_a_digit_or_by_words(text: str, verdict: str, rating: int | None) -> None:
    reply = parse_reply(text, SHORT, mode="step", item="q4")
    assert (reply.verdict, dict(reply.items)) == (verdict, {} if rating is None else {"q4": rating})


def test_a_step_can_correct_an_earlier_one() -> None:
    reply = parse_reply("sua cau 1: 5", SHORT, mode="step", item="q4")
    assert (reply.verdict, dict(reply.items)) == ("correct", {"q1": 5})


def test_the_rest_of_a_partial_answer_is_read_in_order() -> None:
    reply = parse_reply("2 3", SHORT, items=["q4", "q6"])
    assert (reply.verdict, dict(reply.items)) == ("accept", {"q4": 2, "q6": 3})


def test_a_recommendation_takes_zero_to_ten() -> None:
    nps: Instrument = from_json(
        {
            "code": "nps",
            "version": 1,
            "title": {"vi": "T", "en": "T"},
            "items": [{"id": "r", "type": "nps", "label": {"vi": "?", "en": "?"}}],
        }
    )
    assert [dict(parse_reply(t, nps, mode="step", item="r").items) for t in ("0", "10", "11")] == [
        {"r": 0},
        {"r": 10},
        {},
    ]


def test_a_questionnaire_without_ratings_still_takes_a_refusal() -> None:
    text = {"id": "t", "type": "text", "label": {"vi": "?", "en": "?"}}
    words = from_json({"code": "chu", "version": 1, "title": {"vi": "T", "en": "T"}, "items": [text]})
    assert parse_reply("TC", words).verdict == "optout"
    assert parse_reply("5 4 5", words).verdict == "ask"


def test_a_step_asks_the_first_question_by_default() -> None:
    assert dict(parse_reply("5", SHORT, mode="step").items) == {"q1": 5}


def test_a_question_that_no_digit_answers_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="`items` must be rated by a number"):
        parse_reply("5", SHORT, mode="step", item="q9")
    with pytest.raises(ValueError, match="`item` names the question of a step"):
        parse_reply("5", SHORT, item="q1")
