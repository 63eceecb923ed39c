"""What the commands that write a site file share: asking for what they are not told, and writing the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from consent.site.mistakes import Bad


class Asker:
    """Takes an answer from the options, or asks until it can be used, or (silent) takes the default."""

    def __init__(self, given: dict[str, str], silent: bool) -> None:
        self.given, self.silent = given, silent

    def __call__(self, key: str, question: str, default: str, reader: Callable[[str], Any]) -> Any:
        """The answer to a question, as its reader makes it."""
        if key in self.given or self.silent:
            try:
                return reader(self.given.get(key, default))
            except Bad as wrong:
                raise click.BadParameter(f"{wrong.problem} {wrong.remedy}", param_hint=f"--{key}") from None
        return click.prompt(question, default=default or None, value_proc=prompted(reader))


def prompted(reader: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader whose complaints a prompt shows before it asks again."""

    def convert(raw: str) -> Any:
        try:
            return reader(raw)
        except Bad as wrong:
            raise click.UsageError(f"{wrong.problem} {wrong.remedy}") from None

    return convert


def store(file: Path, text: str, force: bool) -> None:
    """Write the file; without `force` never over one that has appeared meanwhile."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w" if force else "x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
