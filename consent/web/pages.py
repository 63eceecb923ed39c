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
Encode = Callable[[str], bytes]


def is_page(response: Response) -> bool:
    """Whether this is HTML that a person will see, and that may be rewritten."""
    return (
        response.mimetype == "text/html"
        and response.status_code not in (204, 205, 206)
        and response.status_code // 100 not in (1, 3)  # a redirect's page is seen by nobody
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
        response.response = _streamed(response.iter_encoded(), _is_zipped(response), make, _encoder(response))
        _forget_length(response)
        return True
    response.direct_passthrough = False
    zipped = _is_zipped(response)
    raw = response.get_data()
    page = _unzipped(raw) if zipped else raw
    if page is None or len(page) > MAX_PAGE or rewrite.head_at(page) is None:
        return False
    additions = make(page)
    encode = _encoder(response)
    changed = rewrite.whole(page, encode(additions.head), encode(additions.body))
    assert changed is not None
    response.set_data(gzip.compress(changed, 6, mtime=0) if zipped else changed)
    _forget_version(response)
    return True


def _unzipped(data: bytes) -> bytes | None:
    """At most one byte more than allowed, so that a small body cannot unfold without bound; None for half a body."""
    page = b""
    while data and len(page) <= MAX_PAGE:  # one member after the other (RFC 1952 §2.2)
        machine = zlib.decompressobj(31)
        try:
            page += machine.decompress(data, MAX_PAGE + 1 - len(page))
        except zlib.error:
            return None
        if not machine.eof and len(page) <= MAX_PAGE:
            return None
        data = machine.unused_data
    return page


def _is_zipped(response: Response) -> bool:
    return response.headers.get("Content-Encoding", "").strip().lower() == "gzip"


def _encoder(response: Response) -> Encode:
    """Our markup as bytes of the page's own charset: in another than UTF-8, letters beyond ASCII go as references."""
    charset = (response.mimetype_params.get("charset") or "utf-8").lower()
    if charset in ("utf-8", "utf8"):
        return str.encode
    return lambda text: text.encode("ascii", "xmlcharrefreplace")


def _streamed(source: Iterator[bytes], zipped: bool, make: Make, encode: Encode) -> Iterator[bytes]:
    """The stream with both put in; gzip is opened and closed again on the way."""
    if zipped:
        return _zip(_rewritten(_unzip(source), make, encode))
    return _rewritten(source, make, encode)


def _rewritten(source: Iterator[bytes], make: Make, encode: Encode) -> Iterator[bytes]:
    start = b""
    for chunk in source:
        start += chunk
        if rewrite.has_head(start) or len(start) >= rewrite.LOOK:
            break
    additions = make(start)

    def again() -> Iterator[bytes]:
        yield start
        yield from source

    return rewrite.stream(again(), encode(additions.head), encode(additions.body))


def _unzip(source: Iterator[bytes]) -> Iterator[bytes]:
    machine = zlib.decompressobj(31)
    for chunk in source:
        yield machine.decompress(chunk)
        while machine.eof and machine.unused_data:  # the next member
            rest, machine = machine.unused_data, zlib.decompressobj(31)
            yield machine.decompress(rest)
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
