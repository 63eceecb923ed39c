"""What a response of the host's becomes: gate, banner and settings link put in, leftovers expired, caches told.

Left alone is whatever cannot be rewritten safely: fragments, parts (206), what has no body, bodies under a
content coding other than gzip.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Response

from . import rewrite

MAX_PAGE = 16 * 1024 * 1024  # bytes of HTML; a larger page is left alone


@dataclass(frozen=True, slots=True)
class Additions:
    """What goes into a page, as markup."""

    head: str
    body: str


Make = Callable[[bytes], Additions]  # from the beginning of the page, which says its language


def is_page(response: Response) -> bool:
    """Whether this is HTML that a person will see, and that may be rewritten."""
    return (
        response.mimetype == "text/html"
        and response.status_code not in (204, 205, 206, 304)
        and not 100 <= response.status_code < 200
        and response.headers.get("Content-Encoding", "identity").strip().lower() in ("identity", "gzip")
        and "Content-Range" not in response.headers
        and (response.mimetype_params.get("charset") or "utf-8").lower()
        not in ("utf-16", "utf-16le", "utf-16be", "utf-32")
    )


def is_shared(response: Response) -> bool:
    """Whether a shared cache may keep the response (RFC 9111 §3): then nothing in it may be personal."""
    control = response.cache_control
    if control.private or control.no_store:
        return False
    return bool(control.public or control.s_maxage is not None or (control.max_age or 0) > 0)


def put_in(response: Response, make: Make) -> bool:
    """Rewrite the response's body; False when it was a fragment and stayed as it was."""
    if response.is_streamed and not response.direct_passthrough:
        if close := getattr(response.response, "close", None):
            response.call_on_close(close)
        response.response = _streamed(response.iter_encoded(), _is_zipped(response), make)
        _forget_length(response)
        return True
    response.direct_passthrough = False
    zipped = _is_zipped(response)
    raw = response.get_data()
    page = _unzipped(raw) if zipped else raw
    if page is None or len(page) > MAX_PAGE or rewrite.head_at(page) is None:
        return False
    additions = make(page)
    changed = rewrite.whole(page, additions.head.encode(), additions.body.encode())
    assert changed is not None
    response.set_data(gzip.compress(changed, 6, mtime=0) if zipped else changed)
    _forget_version(response)
    return True


def _unzipped(data: bytes) -> bytes | None:
    """At most MAX_PAGE bytes more than allowed, so that a small body cannot unfold without bound."""
    try:
        return zlib.decompressobj(31).decompress(data, MAX_PAGE + 1)
    except zlib.error:
        return None


def _is_zipped(response: Response) -> bool:
    return response.headers.get("Content-Encoding", "").strip().lower() == "gzip"


def _streamed(source: Iterator[bytes], zipped: bool, make: Make) -> Iterator[bytes]:
    """The stream with both put in; gzip is opened and closed again on the way."""
    return _zip(_rewritten(_unzip(source), make)) if zipped else _rewritten(source, make)


def _rewritten(source: Iterator[bytes], make: Make) -> Iterator[bytes]:
    start = b""
    for chunk in source:
        start += chunk
        if rewrite.has_head(start) or len(start) >= rewrite.LOOK:
            break
    additions = make(start)

    def again() -> Iterator[bytes]:
        yield start
        yield from source

    return rewrite.stream(again(), additions.head.encode(), additions.body.encode())


def _unzip(source: Iterator[bytes]) -> Iterator[bytes]:
    machine = zlib.decompressobj(31)
    for chunk in source:
        yield machine.decompress(chunk)
    yield machine.flush()


def _zip(source: Iterator[bytes]) -> Iterator[bytes]:
    machine = zlib.compressobj(6, zlib.DEFLATED, 31)
    for chunk in source:
        yield machine.compress(chunk) + machine.flush(zlib.Z_SYNC_FLUSH)
    yield machine.flush()


def _forget_length(response: Response) -> None:
    response.headers.pop("Content-Length", None)
    _forget_version(response)


def _forget_version(response: Response) -> None:
    """The host's validators speak of its own bytes, not of these: without them nobody gets a wrong 304."""
    for name in ("ETag", "Last-Modified", "Accept-Ranges", "Content-MD5", "Digest", "Repr-Digest"):
        response.headers.pop(name, None)
