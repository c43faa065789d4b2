"""What every answer of the form carries to the browser: no store, no index, and few bytes for slow lines."""

from __future__ import annotations

import gzip

from flask import request
from werkzeug.wrappers import Response

_WORTH_IT = 1000


def finish(response: Response) -> Response:
    """Headers of a private page, and gzip here, for a 2G line cannot wait for a proxy that may not compress.

    Compression beside a secret is safe on these pages: they never hold the token, and a form's own token is of no
    use without it.
    """
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    body = response.get_data()
    if len(body) > _WORTH_IT and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(body, 5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
