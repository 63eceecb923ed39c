"""Text that is the same for everyone, sent as small as the browser takes it (RFC 9110 §8.4)."""

from __future__ import annotations

import gzip
import zlib
from functools import lru_cache

from flask import Response, request

try:
    import brotli
except ImportError:  # it comes with the extra `serve`
    brotli = None

LEAST = 256  # bytes; below, a header costs as much as it saves


def packed(response: Response, quick: bool = False) -> Response:
    """The same response under the best coding that the request accepts; not modified, or packed already: as it is.

    `quick`: for what is asked for once by each, and is not worth keeping.
    """
    if response.status_code != 200 or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    data = response.get_data()
    accepted = request.accept_encodings
    coding = "br" if brotli and accepted["br"] else "gzip" if accepted["gzip"] else ""
    if coding and len(data) >= LEAST:
        response.set_data(_at_once(data, coding) if quick else _coded(data, coding))
        response.headers["Content-Encoding"] = coding
        if tag := response.headers.get("ETag"):
            response.headers["ETag"] = f"W/{tag.removeprefix('W/')}"  # one tag for several codings is a weak one
    return response


def _at_once(data: bytes, coding: str) -> bytes:
    if coding == "br":
        quickly: bytes = brotli.compress(data, quality=4)
        return quickly
    return gzip.compress(data, 4, mtime=0)


@lru_cache(maxsize=256)
def _coded(data: bytes, coding: str) -> bytes:
    if coding == "br":
        smallest: bytes = brotli.compress(data, quality=11)
        return smallest
    machine = zlib.compressobj(9, zlib.DEFLATED, 31)
    return machine.compress(data) + machine.flush()
