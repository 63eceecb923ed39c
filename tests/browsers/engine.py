"""An engine under test, and what a test may wish of the browser that it gets."""

from __future__ import annotations

import shutil
import subprocess
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
    def fresh(self, wishes: Wishes, page: str) -> Wire:
        """A browser in which nothing is stored. `page`: an empty one of the host to be visited."""

    @abstractmethod
    def close(self) -> None:
        """End what was started."""


def end(*processes: subprocess.Popen[bytes]) -> None:
    """End what was started, kindly at first."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def program(package: str, *names: str) -> str:
    """The path of a program. One that is missing is a failure."""
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, f"There is no {names[0]}: install Debian's package {package}, or let .ci/system do it."
    return found
