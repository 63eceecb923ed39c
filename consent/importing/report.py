"""Keeps count of what becomes of each key: carried over, or left with a reason. Nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from consent.site.mistakes import short

from .literals import Unread

T = TypeVar("T")
UNKNOWN = "This key is not known to us. Look whether it matters to you."


@dataclass(frozen=True, slots=True)
class Left:
    """One thing that was not carried over as it stood: where it was, and why."""

    what: str
    why: str


@dataclass(slots=True)
class Report:
    """What became of each key of one configuration."""

    carried: set[str] = field(default_factory=set)
    left: dict[str, str] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)

    def carry(self, path: str) -> None:
        """Note that a value went into the site file."""
        if path not in self.left:
            self.carried.add(path)

    def leave(self, path: str, why: str) -> None:
        """Note that a value did not, and why. It outranks an earlier note that it did."""
        self.carried.discard(path)
        self.left.setdefault(path, why)

    def table(self, raw: Mapping[str, Any], path: str = "") -> Table:
        """A table whose keys are all accounted for in the end."""
        made = Table(raw, path, self)
        self.tables.append(made)
        return made

    def finish(self) -> tuple[Left, ...]:
        """Everything left, with each key that nobody asked for."""
        for table in self.tables:
            for key in table.waiting:
                self.leave(table.at(key), UNKNOWN)
        return tuple(Left(path, why) for path, why in self.left.items())


@dataclass(slots=True)
class Table:
    """A table being read. A key that is neither taken nor left is reported as unknown."""

    raw: Mapping[str, Any]
    path: str
    report: Report
    waiting: dict[str, None] = field(init=False)

    def __post_init__(self) -> None:
        self.waiting = dict.fromkeys(self.raw)

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    def at(self, key: str | int) -> str:
        """The path of one of its keys, as a person would write it."""
        return join(self.path, key)

    def take(self, key: str, kind: type[T]) -> T | None:
        """The value of a key, if it is of that kind; noted as carried over, or as left."""
        if key not in self.waiting:
            return None
        del self.waiting[key]
        value = self.raw[key]
        if value is None:
            self.report.carry(self.at(key))
            return None
        if isinstance(value, Unread):
            self.report.leave(self.at(key), value.why)
            return None
        compound = kind is object and isinstance(value, dict | list)  # `object` asks for any single value
        if compound or not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.report.leave(self.at(key), "The value is of another kind than we expect here.")
            return None
        self.report.carry(self.at(key))
        return value

    def inner(self, key: str) -> Table | None:
        """A table inside this one."""
        raw = self.take(key, dict)
        return self.report.table(raw, self.at(key)) if raw is not None else None

    def entries(self, key: str) -> Iterator[tuple[str, Any]]:
        """Each entry of a list, with its path."""
        for index, entry in enumerate(self.take(key, list) or ()):
            path = join(self.at(key), index)
            self.report.carry(path)
            yield path, entry

    def tables(self, key: str) -> Iterator[Table]:
        """Each entry of a list of tables; what is none is reported."""
        for path, entry in self.entries(key):
            if isinstance(entry, dict):
                yield self.report.table(entry, path)
            else:
                self.report.leave(path, why_not(entry))

    def named(self) -> Iterator[tuple[str, Table]]:
        """Each value that is a table, by its key."""
        for key in list(self.waiting):
            if (inner := self.inner(key)) is not None:
                yield key, inner

    def leave(self, why: str, *keys: str) -> None:
        """Say why these keys, where they stand here, are not carried over."""
        for key in keys:
            if key in self.waiting:
                del self.waiting[key]
                self.report.leave(self.at(key), why)

    def same(self, key: str, *values: Any, otherwise: str) -> None:
        """Note a key that says what holds here anyway; with another value, why that is left."""
        if key not in self.waiting:
            return
        del self.waiting[key]
        if any(self.raw[key] is value or (self.raw[key] == value and isinstance(value, str)) for value in values):
            self.report.carry(self.at(key))
        else:
            self.report.leave(self.at(key), otherwise)


def why_not(value: Any) -> str:
    """Why a value that does not fit was left."""
    return value.why if isinstance(value, Unread) else "The value is of another kind than we expect here."


def join(path: str, key: str | int) -> str:
    """A path and the next part of it."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    part = short(key) or '""'
    return f"{path}.{part}" if path else part
