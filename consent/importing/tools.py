"""The tools that we know, and whose configuration a file holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import cookiebot, klaro, onetrust, orejime, tarteaucitron, vanilla
from .draft import Imported
from .errors import NotRead
from .source import Source


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: how to find its configuration, and how to convert it."""

    title: str
    find: Callable[[Source], Iterator[dict[str, Any]]]
    convert: Callable[[Mapping[str, Any], str], Imported]


# In the order of detection: the most particular shape first.
TOOLS: Mapping[str, Tool] = {
    "tarteaucitron": Tool("tarteaucitron", tarteaucitron.find, tarteaucitron.convert),
    "onetrust": Tool("OneTrust", onetrust.find, onetrust.convert),
    "cookiebot": Tool("Cookiebot", cookiebot.find, cookiebot.convert),
    "vanilla": Tool("vanilla-cookieconsent", vanilla.find, vanilla.convert),
    "klaro": Tool("Klaro", klaro.find, klaro.convert),
    "orejime": Tool("Orejime", orejime.find, orejime.convert),
}


def detect(source: Source, named: str = "") -> tuple[Tool, dict[str, Any]]:
    """Whose configuration it is, and the configuration. `named` skips the guess. Raises NotRead."""
    for key, tool in TOOLS.items():
        if named in ("", key) and (config := next(tool.find(source), None)) is not None:
            return tool, config
    if named and isinstance(source.whole, dict):
        return TOOLS[named], source.whole
    meant = f"of {TOOLS[named].title} " if named else ""
    raise NotRead(
        f"There is no configuration {meant}in this file. Give the file that holds it as one literal"
        + (", or leave --from away." if named else f", or name the tool: --from {'|'.join(TOOLS)}.")
        + "".join(f"\nNot read: {left.what}: {left.why}" for left in source.unread[:5])
    )
