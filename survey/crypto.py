"""One data key, one derived key for each purpose: phones encrypted, hashed and pseudonymised, tokens made.

A plain hash of a ten-digit number can be reversed by trying all of them, so every hash here is keyed.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# Without 0 O o, 1 I l i, Z (read as 2): 54 characters, 11 of them are 63.3 bits.
TOKEN_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYabcdefghjkmnpqrstuvwxyz"  # noqa: S105 -- an alphabet
TOKEN_LENGTH = 11


class Vault:
    """All uses of the data key. Make one from `app.config["THUOCDO_DATA_KEY"]` with `vault(key)`."""

    def __init__(self, data_key: str) -> None:
        self._data_key = data_key.encode()
        self._fernet = Fernet(urlsafe_b64encode(self._derive("phone-encryption")))
        self._phone_key = self._derive("phone-lookup")
        self._person_key = self._derive("person-pseudonym")
        self._token_key = self._derive("token")
        self._token_lookup_key = self._derive("token-lookup")
        self._receipt_key = self._derive("receipt")
        self._paper_key = self._derive("paper")
        self._kiosk_key = self._derive("kiosk")

    def _derive(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=b"thuocdo", info=purpose.encode()).derive(self._data_key)

    def fingerprint(self) -> str:
        """Tells two keys apart without telling anything of either."""
        return self._derive("fingerprint").hex()[:16]

    def encrypt(self, phone: str) -> bytes:
        return self._fernet.encrypt(phone.encode())

    def decrypt(self, stored: bytes) -> str:
        return self._fernet.decrypt(stored).decode()

    def phone_hash(self, phone: str) -> bytes:
        return hmac.digest(self._phone_key, phone.encode(), "sha256")

    def person_id(self, identity: str) -> str:
        """Pseudonym of a person: the same in every wave, useless without the key."""
        return hmac.digest(self._person_key, identity.encode(), "sha256").hex()[:32]

    def token(self, nonce: bytes) -> str:
        """The citizen's token. Not stored anywhere: made again from the nonce whenever a text needs it."""
        return _written(hmac.digest(self._token_key, nonce, "sha256"), TOKEN_LENGTH, TOKEN_ALPHABET)

    def token_hmac(self, token: str) -> bytes:
        return hmac.digest(self._token_lookup_key, token.encode(), "sha256")

    def kiosk_key(self, link: str) -> str:
        """What a tablet's cookie holds once it has opened this link: whoever saw the link cannot tell it."""
        return hmac.digest(self._kiosk_key, link.encode(), "sha256").hex()

    def paper_symbols(self, nonce: bytes, length: int, alphabet: str) -> str:
        """What the code on a paper form is made of; it opens nothing."""
        return _written(hmac.digest(self._paper_key, nonce, "sha256"), length, alphabet)

    def receipt_code(self, nonce: bytes) -> str:
        """What the citizen keeps; its plain SHA-256 is listed in the release (69 bits, no answer behind)."""
        code = "".join(
            TOKEN_ALPHABET[byte % len(TOKEN_ALPHABET)]
            for byte in hmac.digest(self._receipt_key, nonce, "sha512")
            if byte < 216
        )[:14].upper()
        return "-".join((code[:5], code[5:10], code[10:]))


def _written(digest: bytes, length: int, alphabet: str) -> str:
    """The lowest places of a number, written in an alphabet."""
    number = int.from_bytes(digest)
    symbols = []
    for _ in range(length):
        number, index = divmod(number, len(alphabet))
        symbols.append(alphabet[index])
    return "".join(symbols)


@lru_cache(maxsize=4)
def vault(data_key: str) -> Vault:
    """The vault of a data key; deriving keys costs more than using them."""
    return Vault(data_key)


def receipt_sha256(code: str) -> str:
    """What the release lists for a receipt code, however it was typed."""
    return hashlib.sha256(code.strip().upper().replace(" ", "").encode()).hexdigest()
