"""What was made once of a frozen value. Pure.

A site cannot be hashed (its texts are mappings), so what is derived from it is remembered by identity. The value
is kept beside the result: while it stands here, nothing else can have its identity.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")
Result = TypeVar("Result")
MOST = 64  # values; a process rarely has more than a few sites


class Remembered(Generic[Value, Result]):
    """Calls `make` once for each frozen value. For any number of threads: the worst is that it makes one twice."""

    def __init__(self, make: Callable[[Value], Result]) -> None:
        self._make = make
        self._made: dict[int, tuple[Value, Result]] = {}

    def __call__(self, value: Value) -> Result:
        """What `make` gives for `value`, or gave before."""
        found = self._made.get(id(value))
        if found is None or found[0] is not value:
            if len(self._made) >= MOST:
                self._made.clear()
            found = self._made[id(value)] = (value, self._make(value))
        return found[1]
