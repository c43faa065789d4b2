"""Permanent random numbers computed again with hashlib alone, and contact rules by enumeration."""

import hashlib
import itertools
import unicodedata

import numpy as np
import pandas as pd
import pytest

from sampling.coordination import above, contacts, one_dossier, permanent_random_numbers
from sampling.errors import HistoryError


@pytest.mark.parametrize(
    ("key", "seed", "u"),
    [
        ("H57.19-240101-0001", "hue-2026", 0.6101073181575587),
        ("p1", "", 0.25173485107018023),
        ("Thuận Hóa", "chương trình", 0.1476447211069868),
    ],
)
def test_numbers_keep_their_values_for_ever(key: str, seed: str, u: float) -> None:
    assert permanent_random_numbers([key], seed).tolist() == [u]


def test_number_is_the_first_53_bits_of_the_keyed_hash() -> None:
    secret = hashlib.sha256(b"wave-1").digest()
    digest = hashlib.blake2b("Huế".encode(), digest_size=8, key=secret).digest()
    bits = "".join(f"{byte:08b}" for byte in digest)[:53]
    assert permanent_random_numbers(["Huế"], "wave-1").tolist() == [int(bits, 2) / 2**53]


def test_composed_and_decomposed_names_have_one_number() -> None:
    composed = unicodedata.normalize("NFC", "Thừa Thiên Huế")
    decomposed = unicodedata.normalize("NFD", composed)
    u = permanent_random_numbers([composed, decomposed], "s")
    assert u[0] == u[1]


def test_numbers_are_uniform() -> None:
    u = permanent_random_numbers([f"id{i}" for i in range(100_000)], "uniform")
    counts = np.bincount((u * 100).astype(int), minlength=100)
    chi_square = ((counts - 1000) ** 2 / 1000).sum()
    assert 61 < chi_square < 149  # the 0.1 % and 99.9 % points of chi-square with 99 degrees of freedom


def test_distance_above_a_start_wraps_and_stays_below_one() -> None:
    assert above(np.array([0.3, 0.2, 0.0]), 0.25).tolist() == pytest.approx([0.05, 0.95, 0.75])
    assert above(np.array([np.nextafter(0.25, 0)]), 0.25)[0] < 1.0


def test_each_dossier_of_a_person_is_kept_in_its_share_of_all_orders() -> None:
    persons = np.array(["p", "q", "p", "p"], dtype=object)
    kept = np.zeros(4)
    for order in itertools.permutations([0.1, 0.2, 0.3, 0.4]):
        keep, multiplicity = one_dossier(persons, np.array(order))
        kept += keep
        assert multiplicity.tolist() == [3, 1, 3, 3]
    assert (kept / 24).tolist() == pytest.approx([1 / 3, 1, 1 / 3, 1 / 3])


def test_freedom_multiplies_over_earlier_frames() -> None:
    past = pd.DataFrame({"who": ["a", "a", "b"], "p": [0.5, 0.2, 0.25], "invited": [0, 0, 1]})
    found = contacts(np.array(["a", "b", "c"], object), past, "who", drop_impossible=False)
    assert found.is_free.tolist() == [True, False, True]
    assert found.free_probability.tolist() == pytest.approx([0.4, 0.75, 1.0])


def test_persons_invited_for_sure_are_unreachable_or_let_in() -> None:
    past = pd.DataFrame({"who": ["a", "b"], "p": [1.0, 0.5], "invited": [1, 1]})
    persons = np.array(["a", "b"], object)
    strict = contacts(persons, past, "who", drop_impossible=False)
    lenient = contacts(persons, past, "who", drop_impossible=True)
    assert (strict.is_free.tolist(), strict.is_unreachable.tolist()) == ([False, False], [True, False])
    assert (lenient.is_free.tolist(), lenient.free_probability[0]) == ([True, False], 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p": [1.5]}, "row 1, column `p`: must lie in"),
        ({"p": [None]}, "row 1, column `p`: must lie in"),
        ({"invited": [2]}, "row 1, column `invited`: must be 0 or 1"),
        ({"p": [0.0], "invited": [1]}, "yet the person was invited"),
        ({"who": [None]}, "row 1, column `who`: must not be empty"),
    ],
)
def test_a_wrong_history_is_named(change: dict[str, list[object]], message: str) -> None:
    past = pd.DataFrame({"who": ["a"], "p": [0.5], "invited": [0]} | change)
    with pytest.raises(HistoryError, match=message):
        contacts(np.array(["a"], object), past, "who", drop_impossible=False)


def test_a_history_without_its_columns_is_refused() -> None:
    with pytest.raises(HistoryError, match="column `p`: is missing"):
        contacts(np.array(["a"], object), pd.DataFrame({"who": ["a"]}), "who", drop_impossible=False)
