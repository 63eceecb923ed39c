"""What reading a site file gives."""

from __future__ import annotations

from dataclasses import dataclass

from .mistakes import Mistake
from .model import Site


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: its site, None where an error makes it unfit, and every error and warning."""

    site: Site | None
    mistakes: tuple[Mistake, ...]
