"""The few encodings that signed things share: canonical JSON, base64url, hashes, times."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import rfc8785


def canonical(value: object) -> bytes:
    """RFC 8785 canonical JSON, by the reference library.

    Raises `rfc8785.CanonicalizationError` for what JSON cannot carry (lone surrogates, large integers).
    """
    return rfc8785.dumps(value)  # type: ignore[arg-type]


def canonical_ascii_keys(value: object) -> bytes:
    """RFC 8785 canonical JSON of strings, booleans, null and small integers under ASCII keys, by the C encoder.

    For such values the two agree byte for byte (a property test holds them together), and this one is a
    tenth of the price, which every decision pays. Raises UnicodeEncodeError for lone surrogates.
    """
    return _fast(value).encode()


_fast = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def b64(data: bytes) -> str:
    """base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of one strict base64url text; raises ValueError for any other spelling of the same bytes."""
    try:
        raw = text.encode("ascii")
        data = base64.b64decode(raw + b"=" * (-len(raw) % 4), b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64url") from error
    if b64(data) != text:
        raise ValueError("not canonical base64url")
    return data


def sha256(data: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(data).digest()


def content_id(value: object) -> str:
    """The id of a content-addressed value: base64url of the SHA-256 of its canonical JSON, 43 characters."""
    return b64(sha256(canonical(value)))


@lru_cache(maxsize=256)
def timestamp(seconds: int) -> str:
    """RFC 3339 in UTC, whole seconds: `2026-11-21T04:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + "Z"


def seconds(text: str) -> int:
    """Unix seconds of a `timestamp`; raises ValueError for any other form."""
    moment = int(datetime.fromisoformat(text).timestamp())
    if timestamp(moment) != text:
        raise ValueError("not RFC 3339 in UTC with whole seconds")
    return moment


def strict_json(data: bytes | str) -> Any:
    """Parse JSON, refusing duplicate keys, NaN and infinities; raises ValueError."""
    return json.loads(data, object_pairs_hook=_no_twins, parse_constant=_no_constant)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice")
    return result


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
