"""What a file holds, before we know whose configuration it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .literals import Unread
from .report import Left


@dataclass(frozen=True, slots=True)
class Call:
    """A function that the file calls: its dotted name, and what is passed to it."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The values of a file. Nothing in it was evaluated."""

    whole: Any = None  # where the file is one value
    calls: tuple[Call, ...] = ()
    assigned: Mapping[str, Any] = field(default_factory=dict)  # by dotted name, `window.` left away
    scripts: tuple[Mapping[str, str], ...] = ()  # the attributes of each <script>
    unread: tuple[Left, ...] = ()

    def passed(self, *names: str) -> Iterator[dict[str, Any]]:
        """The tables that are passed first to functions of these names; a name stands for what was assigned to it."""
        for call in self.calls:
            if call.name in names and call.arguments:
                first = call.arguments[0]
                if isinstance(first, Unread) and first.name:
                    first = self.assigned.get(first.name)
                if isinstance(first, dict):
                    yield first

    def named(self, *names: str) -> Iterator[dict[str, Any]]:
        """The tables that are assigned to these names."""
        for name in names:
            if isinstance(value := self.assigned.get(name), dict):
                yield value

    def tables(self) -> Iterator[dict[str, Any]]:
        """Every table that could be the configuration, whatever it is called."""
        if isinstance(self.whole, dict):
            yield self.whole
        yield from (value for value in self.assigned.values() if isinstance(value, dict))
        yield from (argument for call in self.calls for argument in call.arguments if isinstance(argument, dict))
