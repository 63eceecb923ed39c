"""Vendors that many sites use, as facts: one TOML file each, from the vendor's own documentation.

A purpose that names one (`vendors = ["ga4"]`) needs no `[vendors.ga4]` of the site's own; where there is one, it
stands in the preset's place, whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Preset:
    """A vendor as a site file would declare it, with the purpose that it usually serves."""

    id: str
    purpose: str
    sources: tuple[str, ...]  # where the facts stand
    vendor: Mapping[str, Any]  # the keys of `[vendors.ID]`

    def in_languages(self, languages: Sequence[str]) -> dict[str, Any]:
        """The keys of `[vendors.ID]`, their texts in those of `languages` that there are, else in English."""
        table = dict(self.vendor)
        if words := table.get("safeguard"):
            table["safeguard"] = {tag: words[tag] for tag in languages if tag in words} or {"en": words["en"]}
        return table


@cache
def names() -> tuple[str, ...]:
    """The ids of all presets, sorted."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


@cache
def preset(id_: str) -> Preset | None:
    """The preset of that id, or None. An id that is no file name of ours is never looked up."""
    if id_ not in names():
        return None
    data = tomllib.loads(files(__name__).joinpath(f"{id_}.toml").read_text(encoding="utf-8"))
    return Preset(id_, data["purpose"], tuple(data["sources"]), data["vendor"])
