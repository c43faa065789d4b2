"""Text of old Vietnamese encodings. The samples were made by encoding real phrases, not by the code under test."""

from __future__ import annotations

import pytest

from survey.services.intake.legacy import first_bad_byte, suspect


@pytest.mark.parametrize(
    "text",
    [
        "Thñ tôc hµnh chÝnh",  # TCVN3 read as Latin-1
        "§¨ng ký khai sinh",
        "Së Néi vô",
        "Uû ban nh©n d©n",
        "Sôû Noäi vuï",  # VNI read as Latin-1
        "Thuû tuïc haønh chính",
        "Ðãng ký",  # Windows-1258 read as Windows-1252
    ],
)
def test_mojibake_is_seen(text: str) -> None:
    assert suspect(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Đăng ký khai sinh",
        "Thửa đất 120 m², độ dốc 30°",
        "Ủy ban nhân dân xã A Lưới 1",
        "Cấp đổi giấy chứng nhận «bản gốc»",
        "Khe Tre – Nam Đông",
        "plain ascii",
        "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝ àáâãèéêìíòóôõùúý ĂăĐđĨĩŨũƠơƯư ẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặ ỴỵỶỷỸỹ",
    ],
)
def test_honest_vietnamese_is_not(text: str) -> None:
    assert suspect(text) is None


def test_the_first_bad_byte_is_named_by_row_and_column() -> None:
    raw = b"a,b,c\n1,2,3\n4,5," + b"\xd0"
    assert first_bad_byte(raw, len(raw) - 1) == (3, 3)
