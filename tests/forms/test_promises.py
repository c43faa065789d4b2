"""No text makes `parse_reply` raise, take long, or give a rating that the text does not contain.

Authority: the principles of forms/sms_reply.py; what a text contains is found by tests/forms/promises.py, which
shares no line with the reader. Hypothesis and atheris look for a text that breaks it.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.sms import ratings_text
from forms.sms_reply import MAX_LENGTH
from tests.forms.promises import CORPUS, MODES, SHORT, check

ROOT = Path(__file__).resolve().parents[2]
MODE = st.integers(0, len(MODES) - 1)
# What citizens' texts are made of, and what makes them hard.
PIECES = (
    *("5", "4", "1", "9", "0", "12", "545354", ".", ",", ":", "-", "/", "\n", "C", "câu", "Câu1", "hài", "lòng"),
    *("rất", "không", "chưa", "bình", "thường", "HL", "RHL", "BT", "KHL", "đón", "tiếp", "thai do", "sửa", "nhầm"),
    *("TC", "DK", "ok", "ạ", "cảm ơn", "sao", "điểm", "Nguyễn", "Văn", "A", "0912345678", "5/9/2026", "8h30"),
    *("https://example.vn/s/5", "5️⃣", "⑤", "５", "៥", "½", "💯"),
)


@pytest.mark.parametrize("which", range(len(MODES)))
def test_the_corpus_breaks_no_promise_and_takes_no_time(which: int) -> None:
    for text in CORPUS:
        began = time.perf_counter()
        check(text, which)
        assert time.perf_counter() - began < 0.5, text[:40]


@given(st.text(st.characters(categories=("L", "M", "N", "P", "S", "Z", "C")), max_size=60), MODE)
def test_any_text(text: str, which: int) -> None:
    check(text, which)


@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(["", " ", "\n"]), MODE)
def test_any_mixture_of_what_citizens_write(pieces: list[str], glue: str, which: int) -> None:
    check(glue.join(pieces), which)


@given(st.text("AaKhO. -\n5", min_size=200, max_size=MAX_LENGTH), MODE)
def test_no_line_of_names_takes_long(text: str, which: int) -> None:
    began = time.perf_counter()
    check(text, which)
    assert time.perf_counter() - began < 0.5


@given(st.dictionaries(st.sampled_from([f"q{n}" for n in range(1, 7)]), st.integers(1, 5), min_size=1))
def test_what_we_repeat_back_is_read_as_it_was(items: dict[str, int]) -> None:
    assert dict(check(ratings_text(SHORT, items), 0).items) == items


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize("runs", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_fuzzer_led_by_branches_finds_nothing(runs: int, tmp_path: Path) -> None:
    options = [f"-runs={runs}", "-seed=1", "-timeout=5", f"-artifact_prefix={tmp_path}/"]
    command = [sys.executable, "-m", "tests.forms.fuzz", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {runs} runs" in done.stderr
