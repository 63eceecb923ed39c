"""Pages and sentences with markup: the script tags of one, the words of the other."""

from __future__ import annotations

from html.parser import HTMLParser

from .errors import NotRead
from .report import Left
from .source import Source


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, str], int]] = []
        self.codes: dict[int, str] = {}
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag == "script"
        if self.inside:
            found = {key: value or "" for key, value in attrs}
            self.scripts.append((found, self.getpos()[0]))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self.inside:
            here = len(self.scripts) - 1
            self.codes[here] = self.codes.get(here, "") + data


def page(text: str) -> Source:
    """What the scripts of a page hold. One that cannot be read is reported, the others are read. Raises NotRead."""
    from .javascript import MISSING, parse

    found = _Page()
    found.feed(text)
    found.close()
    if not found.scripts:
        raise NotRead("There is no script in this page. Give the file in which the consent tool is configured.")
    whole = Source(scripts=tuple(attributes for attributes, _ in found.scripts))
    for index, code in found.codes.items():
        attributes, line = found.scripts[index]
        if not code.strip() or "json" in attributes.get("type", ""):
            continue
        try:
            one = parse(code)
        except NotRead as wrong:
            if str(wrong) == MISSING:
                raise
            whole = _with(whole, Source(unread=(Left(f"the script in line {line} of the page", str(wrong)),)))
        else:
            whole = _with(whole, one)
    return whole


def _with(first: Source, second: Source) -> Source:
    return Source(
        first.whole,
        (*first.calls, *second.calls),
        {**first.assigned, **second.assigned},
        first.scripts,
        (*first.unread, *second.unread),
    )


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.marked = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.marked = True
        self.parts.append(" " if tag in ("br", "p", "li", "div", "ul") else "")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(" " if tag in ("p", "li", "div", "ul") else "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(text: str) -> tuple[str, bool]:
    """The words of a text, in one line, and whether it held markup."""
    if "<" not in text and "&" not in text:
        return " ".join(text.split()), False
    found = _Words()
    found.feed(text)
    found.close()
    return " ".join("".join(found.parts).split()), found.marked
