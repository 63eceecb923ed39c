"""Puts the gate at the start of `<head>` and the banner before `</body>`: on whole pages and on streams. Pure.

Only a document is touched: something without a doctype, `<html>` or `<head>` near its start is a fragment and is
left alone. Bytes are matched as ASCII, which holds in every encoding that HTML may be served in but UTF-16.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LOOK = 65_536  # bytes in which a document must have begun
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_HEAD = re.compile(rb"<head(?:\s[^>]*)?>", re.IGNORECASE)
_HTML = re.compile(rb"<html(?:\s[^>]*)?>", re.IGNORECASE)
_DOCTYPE = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<!doctype html[^>]*>", re.IGNORECASE)
_LANG = re.compile(rb"<html\s[^>]*?\blang\s*=\s*[\"']?([A-Za-z0-9-]{1,35})", re.IGNORECASE)
_END = re.compile(rb"</body\s*>", re.IGNORECASE)


def language(page: bytes) -> str:
    """The `lang` of a document's `<html>`, or ""."""
    found = _LANG.search(page, 0, LOOK)
    return found[1].decode("ascii") if found else ""


def has_head(start: bytes) -> bool:
    """Whether `<head>` has come, outside a comment."""
    return _HEAD.search(_blank_comments(start[:LOOK])) is not None


def head_at(page: bytes) -> int | None:
    """Where the gate goes: after `<head>`, else after `<html>` or the doctype; None for a fragment."""
    start = _blank_comments(page[:LOOK])
    for pattern in (_HEAD, _HTML, _DOCTYPE):
        if found := pattern.search(start):
            return found.end()
    return None


def _blank_comments(start: bytes) -> bytes:
    """Comments may hold tags that are none: blank them, keeping every position."""
    return _COMMENT.sub(lambda found: b" " * len(found[0]), start)


def whole(page: bytes, head: bytes, body: bytes) -> bytes | None:
    """The page with both put in; None when it is a fragment."""
    at = head_at(page)
    if at is None:
        return None
    ends = [found.start() for found in _END.finditer(page, at)]
    end = next((end for end in reversed(ends) if _is_markup(page[end:])), len(page))
    return page[:at] + head + page[at:end] + body + page[end:]


def _is_markup(rest: bytes) -> bool:
    """Whether a place is neither in a comment nor in a script, going by what follows it."""
    low = rest.lower()
    return not any(0 <= low.find(close) < (low.find(start) % _FAR) for start, close in _QUOTING)


_QUOTING = ((b"<!--", b"-->"), (b"<script", b"</script"), (b"<style", b"</style"), (b"<textarea", b"</textarea"))
_FAR = 1 << 62  # makes of -1 something later than any place


def stream(chunks: Iterable[bytes], head: bytes, body: bytes) -> Iterator[bytes]:
    """The same for a page that comes in pieces: held back are its beginning up to `<head>`, and what follows
    the latest `</body>`."""
    source = iter(chunks)
    start = b""
    for chunk in source:
        start += chunk
        if has_head(start) or len(start) >= LOOK:
            break
    at = head_at(start)
    if at is None:
        yield start
        yield from source
        return
    ready, held = _release(start[at:])
    yield start[:at] + head + ready
    for chunk in source:
        ready, held = _release(held + chunk)
        if ready:
            yield ready
    yield body + held if _END.match(held) and _is_markup(held) else held + body


def _release(held: bytes) -> tuple[bytes, bytes]:
    """What can go out now: all before the last `</body>`, or before what may be the beginning of one."""
    at = None
    for found in _END.finditer(held):
        at = found.start()
    if at is None:
        at = max(len(held) - 16, 0)
        bracket = held.find(b"<", at)
        at = bracket if bracket >= 0 else len(held)
    return held[:at], held[at:]
