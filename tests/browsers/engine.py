"""An engine under test, and what a test may wish of the browser that it gets."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass

from .wire import Wire


@dataclass(frozen=True)
class Wishes:
    """How a person has set up their browser."""

    javascript: bool = True
    cookies: bool = True
    dark: bool = False
    gpc: bool = False
    dnt: bool = False


class Engine(ABC):
    """A browser that is started once. `name` is the engine's, `version` as it says itself."""

    name: str
    version: str

    @abstractmethod
    def fresh(self, wishes: Wishes) -> Wire:
        """A browser that has been nowhere and stores nothing."""

    @abstractmethod
    def close(self) -> None:
        """End what was started."""


def program(package: str, *names: str) -> str:
    """The path of a program. One that is missing is a failure."""
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, f"There is no {names[0]}: install Debian's package {package}, or let .ci/system do it."
    return found
