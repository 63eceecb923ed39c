"""What a configuration holds besides plain values: patterns, and what only a browser could evaluate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression literal."""

    pattern: str
    flags: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """Code in the place of a value. It is not run; `name` is what it refers to, where that is all it does."""

    what: str
    name: str = ""

    @property
    def why(self) -> str:
        """The reason, for the report."""
        return f"This is {self.what}, and code is never run. Write the value itself, or set it in the site file."
