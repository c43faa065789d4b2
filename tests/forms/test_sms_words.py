"""Authority: the commands that our texts name (TC, DK), and what people text instead of them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.instrument import load
from forms.sms import parse_reply, says_yes
from forms.sms_words import readable

SHORT = load("motcua_ngan")

COMMANDS = {
    "optout": [
        *(
            "TC",
            "tc.",
            "T C".replace(" ", "."),
            "Từ chối",
            "TU CHOI",
            "tuchoi",
            "STOP",
            "stop!",
            "HUY",
            "Hủy",
            "huỷ",
        ),
        *("Xin từ chối ạ", "tc nhe", "Soan TC de tu choi", "Toi tu choi tham gia", "Đừng gửi tin nữa", "dừng"),
        *("Ngừng nhắn", "Không nhắn tin nữa", "UNSUBSCRIBE", "huy dang ky", "HUY DK", "huy nhe", "ngung gui"),
        *("5 4 5 3 5 4 TC", "ＴＣ", "stop all please stop sending me these texts"),
    ],
    "optin": ["DK", "dk.", "Đăng ký", "dang ki", "DK lai", "START"],
    "help": ["HELP", "Trợ giúp", "?", "huong dan", "hd", "Giúp"],
}
NO_COMMANDS = {
    "denied": "Toi khong tu choi",
    "about the office": "Can bo tu choi ho so cua toi hai lan",
    "the finance office": "Phong TC - KH lam tot",
    "the finance office, longer": "Cam on phong TC KH da huong dan toi",
    "a name": "545354 Huy",
    "a name with its own line": "545354\nHuy",
    "inside a word": "etc",
    "part of a name of an item": "huong dan 5",
    "agreement": "dung",
}


@pytest.mark.parametrize(("verdict", "text"), [(v, t) for v, texts in COMMANDS.items() for t in texts])
def test_a_command_comes_before_any_rating(verdict: str, text: str) -> None:
    assert parse_reply(text, SHORT).verdict == verdict
    assert parse_reply(text, SHORT, mode="step", item="q1").verdict == verdict


@pytest.mark.parametrize("text", NO_COMMANDS.values(), ids=NO_COMMANDS)
def test_a_word_that_only_looks_like_a_command_is_none(text: str) -> None:
    assert parse_reply(text, SHORT).verdict not in COMMANDS


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Hài Lòng", "hai long"),
        pytest.param("Ha\u0300i Lo\u0300ng", "hai long", id="decomposed"),
        ("５/５", "5/5"),
        ("៥", "5"),
        ("𝟓", "5"),
        ("5️⃣", "5"),
        ("⑤❺", "55"),
        ("a\u200bb", "ab"),
        ("\u202e5", "5"),
        ("Ⅳ", "\ufffd"),
        ("5²", "5\ufffd"),
        ("🔟", "\ufffd"),
        ("👍", " "),
    ],
)
def test_a_text_is_made_readable_without_inventing_digits(text: str, plain: str) -> None:
    assert readable(text).plain == plain


RATING = st.integers(1, 5)
RATINGS = st.lists(RATING, min_size=6, max_size=6)
WORDS = {1: "rất không hài lòng", 2: "không hài lòng", 3: "bình thường", 4: "hài lòng", 5: "rất hài lòng"}
WAYS = {
    "spaced": lambda r: " ".join(map(str, r)),
    "glued": lambda r: "".join(map(str, r)),
    "commas": lambda r: ", ".join(map(str, r)),
    "full-width": lambda r: "　".join(chr(0xFF10 + x) for x in r),
    "numbered": lambda r: " ".join(f"{i}.{x}" for i, x in enumerate(r, 1)),
    "by letter": lambda r: " ".join(f"C{i} {x}" for i, x in enumerate(r, 1)),
    "named": lambda r: ", ".join(f"{item.sms} {x}" for item, x in zip(SHORT.items, r, strict=True)),
    "words": lambda r: ", ".join(WORDS[x] for x in r),
    "out of five": lambda r: " ".join(f"{x}/5" for x in r),
}


@pytest.mark.parametrize("way", WAYS)
@given(ratings=RATINGS)
def test_ratings_survive_every_way_of_writing_them(way: str, ratings: list[int]) -> None:
    reply = parse_reply(WAYS[way](ratings), SHORT)
    assert (reply.verdict, list(reply.items.values())) == ("accept", ratings)


WORDS_AND_SIGNS = (
    "５|៥|½|5️⃣|khong |rat |hai long |hài lòng|binh thuong|TC|DK|cau |C1|sua |Don tiep |thai do|ngay "
    "|https://a.vn/5 |0912345678|--|a|x|👍"
)
PIECES = st.sampled_from([*"0123456789 ,.:;/-\n", *WORDS_AND_SIGNS.split("|")])


@given(st.one_of(st.text(), st.lists(PIECES, max_size=14).map("".join)))
def test_no_text_raises_and_no_rating_is_invented(text: str) -> None:
    plain = readable(text).plain
    for reply in (parse_reply(text, SHORT), parse_reply(text, SHORT, mode="step", item="q2")):
        spoken = ("hai long", "hailong", "hl", "satisfied", "binh thuong", "binhthuong", "bt")
        for rating in reply.items.values():
            assert str(rating) in plain or any(word in plain for word in spoken)
        digits = sum(char.isdigit() for char in plain)
        assert len(reply.items) <= digits + sum(map(plain.count, spoken))
        if reply.verdict in ("ask", *COMMANDS):
            assert reply.items == {}


@given(st.text())
def test_saying_yes_never_raises_and_digits_never_mean_it(text: str) -> None:
    assert not says_yes(text + "5")


def test_reading_a_plain_answer_is_fast() -> None:
    start = time.process_time()
    for _ in range(10_000):
        parse_reply("5 4 5 3 5 4", SHORT)
    assert time.process_time() - start < 10_000 / 50_000
