"""On which line each key of a TOML text stands. `tomllib` does not say, and a mistake without its line is hard to find.

It reads only text that `tomllib` has accepted, so it needs to know where things begin and end, not whether they
are right.
"""

from __future__ import annotations

import re
import tomllib

from .mistakes import Path

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})|' + r"'''.*?'''(?:'{0,2})|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}\n#]*")


def locate(text: str) -> dict[Path, int]:
    """For each table, key and list entry of a valid TOML text: its line, from 1. Empty if it can't be followed."""
    reader = _Reader(text.replace("\r\n", "\n"))
    try:
        reader.document()
    except (IndexError, RecursionError, ValueError):
        return {}  # a wrong line would be worse than none
    return reader.lines


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.line, self.counted = text, 0, 1, 0
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}  # how often each [[table]] was met

    def document(self) -> None:
        table: Path = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_BLANK)

    def header(self) -> Path:
        double = self.text.startswith("[[", self.at)
        line = self.here()
        self.at += 2 if double else 1
        path = self.resolve(self.key(), double)
        self.at += 2 if double else 1
        self.lines.setdefault(path, line)
        return path

    def resolve(self, key: Path, double: bool) -> Path:
        """The path of a header, with the place of each [[table]] on the way."""
        path: Path = ()
        for index, part in enumerate(key):
            path += (part,)
            if double and index == len(key) - 1:
                self.tables[path] = self.tables.get(path, -1) + 1
            if path in self.tables:
                path += (self.tables[path],)
        return path

    def pair(self, table: Path) -> None:
        line = self.here()
        path = table + self.key()
        for end in range(len(table) + 1, len(path) + 1):
            self.lines.setdefault(path[:end], line)
        self.at = self.text.index("=", self.at) + 1
        self.skip(_SPACE)
        self.value(path)

    def key(self) -> Path:
        parts: list[str | int] = []
        while True:
            self.skip(_SPACE)
            bare = _BARE.match(self.text, self.at)
            token = bare or _STRING.match(self.text, self.at)
            if not token:
                raise ValueError("no key")
            parts.append(token[0] if bare else str(tomllib.loads(f"k={token[0]}")["k"]))
            self.at = token.end()
            self.skip(_SPACE)
            if self.text[self.at] != ".":
                return tuple(parts)
            self.at += 1

    def value(self, path: Path) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self.list(path)
        elif opening == "{":
            self.inline(path)
        elif opening in ('"', "'"):
            if not (token := _STRING.match(self.text, self.at)):
                raise ValueError("no string")
            self.at = token.end()
        else:
            self.skip(_PLAIN)

    def list(self, path: Path) -> None:
        self.at += 1
        index = 0
        self.skip(_BLANK)
        while self.text[self.at] != "]":
            self.lines[(*path, index)] = self.here()
            self.value((*path, index))
            index += 1
            self.comma()
        self.at += 1

    def inline(self, path: Path) -> None:
        self.at += 1
        self.skip(_BLANK)
        while self.text[self.at] != "}":
            self.pair(path)
            self.comma()
        self.at += 1

    def comma(self) -> None:
        self.skip(_BLANK)
        if self.text[self.at] == ",":
            self.at += 1
            self.skip(_BLANK)

    def skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self.text, self.at):
            self.at = match.end()

    def here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line
