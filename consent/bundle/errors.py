"""What can be wrong with a bundle."""

from __future__ import annotations

from ..errors import ConsentError
from ..site.mistakes import short


class BundleError(ConsentError):
    """A bundle cannot be made, or not be checked; the message says what to do."""


class Lie(BundleError):
    """Something in a bundle is not what it claims to be. `where` is the file, the record or the proof."""

    def __init__(self, where: str, words: str) -> None:
        super().__init__(where, words)  # both, so that it comes whole out of another process
        self.where = short(where, 300)  # what it quotes is a stranger's: it may not steer a terminal
        self.words = short(words, 1000).rstrip(".")

    def __str__(self) -> str:
        return f"{self.where}: {self.words}"


class Missing(Lie):
    """A token promises a record that the log does not hold."""


def about(path: str, index: int, record: str, words: str) -> Lie:
    """A lie about one record."""
    named = f"record {index:,}" + (f" ({record})" if record else "")
    return Lie(f"{path}, {named}", words)
