"""Pages and sentences with markup: the script tags of one, the words of the other."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import islice

from .errors import NotRead
from .report import Left
from .source import Source

MOST_SCRIPTS = 500
MOST_TAG = 10_000  # characters of one start tag; also of one text with markup, for parsing is not linear


class _Tag(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.found = {key: value or "" for key, value in attrs}


def _scripts(text: str) -> Iterator[tuple[dict[str, str], str, int]]:
    """Attributes, code and line of each script. Searched in one pass, however broken the page is."""
    lower, here = text.lower(), 0
    if len(lower) != len(text):  # a few letters grow in lower case
        lower = text
    while (start := lower.find("<script", here)) >= 0:
        comment = lower.find("<!--", here, start)
        if comment >= 0:
            here = lower.find("-->", comment)
            if here < 0:
                return
            continue
        opened = lower.find(">", start)
        if opened < 0:
            return
        closed = lower.find("</script", opened)
        tag = _Tag()
        tag.feed(text[start : opened + 1][:MOST_TAG])
        yield tag.found, text[opened + 1 : closed if closed >= 0 else None], text.count("\n", 0, start) + 1
        if closed < 0:
            return
        here = closed + 1


def page(text: str) -> Source:
    """What the scripts of a page hold. One that cannot be read is reported, the others are read. Raises NotRead."""
    from .javascript import MISSING, TOO_MUCH, Effort, parse

    effort = Effort()

    found = list(islice(_scripts(text), MOST_SCRIPTS))
    if not found:
        raise NotRead("There is no script in this page. Give the file in which the consent tool is configured.")
    whole = Source(scripts=tuple(attributes for attributes, _, _ in found))
    for attributes, code, line in found:
        if not code.strip() or "json" in attributes.get("type", ""):
            continue
        try:
            one = parse(code, effort)
        except NotRead as wrong:
            if str(wrong) in (MISSING, TOO_MUCH):
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
    text = text[:MOST_TAG]
    found = _Words()
    found.feed(text)
    found.close()
    return " ".join("".join(found.parts).split()), found.marked
