"""The canonical frame of the file contract, against text written out by hand and hashed with hashlib."""

import datetime as dt
import hashlib

import numpy as np
import pandas as pd
import pytest

from sampling.canonical import frame_hash, texts


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (3, "3"),
        (3.0, "3"),
        (0.1, "0.1"),
        (1e-7, "1e-07"),
        (-0.0, "0"),
        (True, "true"),
        (None, ""),
        (float("nan"), ""),
        (dt.date(2026, 3, 1), "2026-03-01"),
        (dt.datetime(2026, 3, 1, 8, 30), "2026-03-01T08:30:00"),  # noqa: DTZ001 -- as Excel gives it
        ("Hue\u0302\u0301", "Hu\u1ebf"),
    ],
)
def test_one_value_has_one_text(value: object, written: str) -> None:
    assert texts(pd.Series([value], dtype=object)).tolist() == [written]


def test_hash_is_that_of_the_csv_written_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "id": ["b", "a", "Z"],
            "note": ['says "no", twice', None, "Hue\u0302\u0301\nA"],
            "n": [1.0, 2.5, np.nan],
            "on": pd.to_datetime(["2026-01-02", "2026-01-03", None]),
        }
    )
    by_hand = 'id,n,note,on\nZ,,"Huế\nA",\na,2.5,,2026-01-03\nb,1,"says ""no"", twice",2026-01-02\n'
    assert frame_hash(frame, "id") == hashlib.sha256(by_hand.encode()).hexdigest()


def test_hash_knows_no_row_or_column_order() -> None:
    frame = pd.DataFrame({"id": range(50), "x": np.arange(50) / 7})
    shuffled = frame.sample(frac=1.0, random_state=1)[["x", "id"]]
    assert frame_hash(shuffled, "id") == frame_hash(frame, "id")


def test_ids_sort_as_utf8_bytes_not_as_numbers() -> None:
    text = "id\n1\n10\n2\n"
    assert frame_hash(pd.DataFrame({"id": [10, 2, 1]}), "id") == hashlib.sha256(text.encode()).hexdigest()


def test_hash_changes_with_one_value() -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "x": [1, 2]})
    changed = frame.assign(x=[1, 3])
    assert frame_hash(changed, "id") != frame_hash(frame, "id")


def test_a_value_without_text_is_named() -> None:
    with pytest.raises(TypeError, match="list"):
        texts(pd.Series([[1]]))
