"""Text → values. JSON by the standard library, JavaScript by its grammar, script tags of a page by their attributes.

Size and depth are bounded before anything is parsed.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .errors import NotRead
from .report import Left
from .source import Source

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 64  # no configuration comes near it

# A string, a comment, or one bracket. What stands in the first two is no nesting.
_TOKEN = re.compile(
    r"\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?|//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?|([\[{(])|([\]})])",
    re.DOTALL,
)


def decode(raw: bytes) -> str:
    """The text of a file. Raises NotRead."""
    if len(raw) > MOST_BYTES:
        raise NotRead(f"The file is larger than {MOST_BYTES // 1024} KiB. Give the configuration alone, not a bundle.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise NotRead(f"Line {line} is not UTF-8 text. Save the file as UTF-8.") from None


def read(text: str) -> Source:
    """The values of a text. Raises NotRead."""
    if not text.strip():
        raise NotRead("The file is empty. Give the file in which the consent tool is configured.")
    if "\0" in text:
        raise NotRead("This is no text file. Give the file in which the consent tool is configured.")
    shallow(text)
    if text.lstrip().startswith("<"):
        from .markup import page

        return page(text)
    if (source := _json(text)) is not None:
        return source
    from .javascript import parse

    return parse(text)


def shallow(text: str) -> None:
    """Refuse deep nesting before a parser meets it. Raises NotRead."""
    depth = 0
    for match in _TOKEN.finditer(text):
        if match[1]:
            depth += 1
            if depth > MOST_DEPTH:
                line = text.count("\n", 0, match.start()) + 1
                raise NotRead(f"Line {line} is nested more than {MOST_DEPTH} deep. Give the configuration alone.")
        elif match[2]:
            depth = max(0, depth - 1)


def _json(text: str) -> Source | None:
    twice: list[Left] = []

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            if key in made:
                twice.append(doubled(key))
            made[key] = value
        return made

    try:
        return Source(whole=json.loads(text, object_pairs_hook=table), unread=tuple(twice))
    except ValueError:  # JavaScript, perhaps
        return None


def doubled(key: str) -> Left:
    """A key that stands in one table twice."""
    from consent.site.mistakes import short

    return Left(short(key), "This key stands here twice; the last one counts.")
