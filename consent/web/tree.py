"""Markup of ours as a tree of lists, which a script builds without parsing text: no sink of Trusted Types. Pure.

[name, {attribute: value}, child, …]     a child is a tree or a text
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

Tree = list[Any]
_VOID = frozenset({"input", "br", "hr", "img", "link", "meta"})  # of HTML's, those that our templates use
_SPACE = re.compile(r"[ \t\n\r\f]+")  # ASCII white space (Infra §4.6): a no-break space is none


def tree(markup: str) -> list[Tree]:
    """The elements of well-formed markup. White space is folded, and dropped where it holds a line break alone."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    if len(reader.open) != 1:
        raise ValueError(f"<{reader.open[-1][0]}> is not closed.")
    return [child for child in reader.open[0][2:] if not isinstance(child, str)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[Tree] = [["", {}]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made: Tree = [tag, {name: value or "" for name, value in attrs}]
        self.open[-1].append(made)
        if tag not in _VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        closed = self.open.pop()
        if closed[0] != tag:
            raise ValueError(f"<{closed[0]}> ends with </{tag}>.")

    def handle_data(self, data: str) -> None:
        if data.strip(" \t\n\r\f") or "\n" not in data:
            self.open[-1].append(_SPACE.sub(" ", data))
