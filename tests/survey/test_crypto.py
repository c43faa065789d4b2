"""Tokens, pseudonyms and receipts: against what HKDF and HMAC promise, and counts of the alphabet."""

from __future__ import annotations

import hashlib
import hmac
import math

from survey.crypto import TOKEN_ALPHABET, TOKEN_LENGTH, Vault, receipt_sha256

VAULT = Vault("d" * 40)


def test_a_token_has_63_bits_in_an_alphabet_without_look_alikes() -> None:
    assert len(set(TOKEN_ALPHABET)) == 54
    assert not set(TOKEN_ALPHABET) & set("0Oo1IliZ")
    assert math.log2(54) * TOKEN_LENGTH > 63


def test_a_token_is_the_same_whenever_it_is_made_and_differs_between_nonces() -> None:
    tokens = {VAULT.token(number.to_bytes(16)) for number in range(2_000)}
    assert len(tokens) == 2_000
    assert VAULT.token(bytes(16)) in tokens
    assert all(len(token) == TOKEN_LENGTH and set(token) <= set(TOKEN_ALPHABET) for token in tokens)


def test_all_letters_are_equally_frequent() -> None:
    letters = "".join(VAULT.token(number.to_bytes(16)) for number in range(5_000))
    expected = len(letters) / 54
    chi_squared = sum((letters.count(letter) - expected) ** 2 / expected for letter in TOKEN_ALPHABET)
    assert chi_squared < 100  # 53 degrees of freedom; the 0.9999 quantile is 99.6


def test_a_phone_hash_is_keyed_so_that_trying_all_numbers_does_not_help() -> None:
    assert VAULT.phone_hash("+84905123456") != hashlib.sha256(b"+84905123456").digest()
    assert VAULT.phone_hash("+84905123456") != Vault("e" * 40).phone_hash("+84905123456")


def test_purposes_have_keys_of_their_own() -> None:
    assert VAULT.phone_hash("x").hex()[:32] != VAULT.person_id("x")
    assert VAULT.token_hmac("x") not in {VAULT.phone_hash("x"), hmac.digest(b"d" * 40, b"x", "sha256")}


def test_a_phone_comes_back_from_its_encryption_and_never_looks_the_same() -> None:
    first, second = VAULT.encrypt("+84905123456"), VAULT.encrypt("+84905123456")
    assert first != second
    assert VAULT.decrypt(first) == VAULT.decrypt(second) == "+84905123456"


def test_a_receipt_code_is_found_however_it_is_typed() -> None:
    code = VAULT.receipt_code(bytes(16))
    assert receipt_sha256(f" {code.lower()} ") == receipt_sha256(code)
    assert len(code) == 16
