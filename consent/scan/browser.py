"""Which browser to take: the one that is named, Playwright's own, or the one that the machine has."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import ConsentError

ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
SHELLS = ("chromium-headless-shell",)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class ScanError(ConsentError):
    """A site cannot be looked at; the message says what to do."""


def executable(own: str, *, windows: bool = False) -> str:
    """The path of a Chromium: `CHROMIUM` from the environment, else Playwright's `own`, else one on the PATH.

    Without `windows` a shell is preferred, as Playwright does where nobody looks: it needs half the processor.
    Raises ScanError.
    """
    if named := os.environ.get("CHROMIUM"):
        return named
    if Path(own).is_file():
        return own
    names = BROWSERS if windows else SHELLS + BROWSERS
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        raise ScanError(
            "There is no Chromium. Install one (playwright install chromium, or your system's package), "
            "or set CHROMIUM to its path."
        )
    return found
