"""Permanent random numbers computed again with hashlib alone, and one dossier a person by enumeration."""

import hashlib
import itertools
import unicodedata

import numpy as np
import pytest

from sampling.coordination import above, one_dossier, permanent_random_numbers


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
