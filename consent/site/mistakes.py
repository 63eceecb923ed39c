"""What is wrong with a site file, all of it at once, each with its key and what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from consent.errors import ConsentError

Path = tuple[str | int, ...]
Severity = Literal["error", "warning"]

MOST = 500  # mistakes kept of one file; a file with more is read again after these are mended


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong: where, what, and what would be right. `source` names the rule where one forbids it."""

    file: str
    line: int | None  # from 1; None where the file as a whole is meant
    key: str
    problem: str
    remedy: str
    source: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        rule = f" [{self.source}]" if self.source else ""
        return f"{place}: {self.severity}: {self.key or 'the file'}: {self.problem} {self.remedy}{rule}"


class SiteError(ConsentError):
    """A site file that cannot be used. `mistakes` holds every error and warning found, in the file's order."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class Bad(Exception):
    """Raised by a reader for a value that it cannot take; becomes a `Mistake` at the key being read."""

    def __init__(self, problem: str, remedy: str, source: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy, self.source = problem, remedy, source


@dataclass(slots=True)
class Report:
    """Collects the mistakes of one file."""

    file: str
    lines: Mapping[Path, int] = field(default_factory=dict)
    found: list[Mistake] = field(default_factory=list)

    def add(
        self,
        path: Path,
        problem: str,
        remedy: str,
        source: str = "",
        severity: Severity = "error",
        line: int | None = None,
    ) -> None:
        """Note a mistake at `path`; its line is that of the nearest part of the path that stands in the file."""
        if len(self.found) < MOST:
            where = line if line is not None else self._line(path)
            self.found.append(Mistake(self.file, where, dotted(path), problem, remedy, source, severity))

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return any(mistake.severity == "error" for mistake in self.found)

    def sorted(self) -> tuple[Mistake, ...]:
        """In the file's order; what has no line comes first."""
        return tuple(sorted(self.found, key=lambda mistake: mistake.line or 0))

    def _line(self, path: Path) -> int | None:
        for end in range(len(path), 0, -1):
            if (line := self.lines.get(path[:end])) is not None:
                return line
        return None


def dotted(path: Path) -> str:
    """A path as a person would write it: `vendors.meadow.items[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{short(part)}" if text else short(part)
    return text


def short(text: object, most: int = 60) -> str:
    """A value as it may stand in a message: one line, printable, of bounded length."""
    words = "".join(char if char.isprintable() else "�" for char in str(text)[: most + 1])
    return words if len(words) <= most else words[: most - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or ""."""
    return next(iter(get_close_matches(word[:60].lower(), list(known), n=1, cutoff=0.6)), "")
