"""How pages travel: never stored, never indexed, and in few bytes, for a 2G line cannot wait.

We compress here, as a proxy may not. Compression beside a secret is safe on these pages: they never hold the link
of the citizen, and the form's own token is of no use without it.
"""

from __future__ import annotations

import gzip
import struct
import zlib

from flask import request
from werkzeug.wrappers import Response

_WORTH_IT = 1000
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # gzip, deflate, no name, no time (RFC 1952)
_END = b"\x03\x00"  # an empty last block (RFC 1951)


class Skeleton:
    """A page that is the same for everyone but for one word in some places, compressed once around those places.

    Each constant piece is deflated on its own and flushed to a byte's border; the word goes in between as a stored
    block. What is left to do for each citizen is a join and a checksum.
    """

    def __init__(self, html: str, mark: str) -> None:
        self._pieces = html.encode().split(mark.encode())
        self._deflated = [_deflate(piece) for piece in self._pieces]

    def plain(self, word: bytes) -> bytes:
        return word.join(self._pieces)

    def gzipped(self, word: bytes) -> bytes:
        whole = self.plain(word)
        stored = struct.pack("<BHH", 0, len(word), len(word) ^ 0xFFFF) + word
        return b"".join(
            (_HEAD, stored.join(self._deflated), _END, struct.pack("<II", zlib.crc32(whole), len(whole)))
        )

    def response(self, word: str) -> Response:
        """The page with `word`, in the coding that the browser takes."""
        if not _takes_gzip():
            return Response(self.plain(word.encode()), mimetype="text/html")
        return Response(self.gzipped(word.encode()), mimetype="text/html", headers={"Content-Encoding": "gzip"})


def _deflate(piece: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return coder.compress(piece) + coder.flush(zlib.Z_FULL_FLUSH)


def _takes_gzip() -> bool:
    return request.accept_encodings["gzip"] > 0


def finish(response: Response) -> Response:
    """Headers of a private page, and gzip where the page is not compressed yet and long enough."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    if "Content-Encoding" in response.headers or not _takes_gzip():
        return response
    body = response.get_data()
    if len(body) > _WORTH_IT:
        response.set_data(gzip.compress(body, 5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
