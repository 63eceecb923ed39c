"""The English texts can be read at the age of about 13, which is eighth grade: measured by a library (textstat).

Two formulas that fit short texts, as one alone can be wrong about a word: Flesch-Kincaid (Kincaid et al. 1975) goes
by syllables, Coleman-Liau (1975) by letters, both by the length of sentences. They are asked of each page's whole
sentences together. Of single words and labels they say nothing: “Privacy” alone is beyond university.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
import textstat
from flask import Flask

from consent.texts import CHANGES, TEXTS

from .worlds import Visitor, fields

GRADE = 8.5  # the middle of eighth grade: 13 and 14 years
LONGEST = 25  # words of a sentence
INLINE = {"a", "b", "strong", "em", "span", "bdi", "time", "code"}
FILLED = {
    "controller": "Demo Ltd",
    "purposes": "statistics and marketing",
    "vendor": "Meadow",
    "purpose": "Statistics",
    "date": "6 May",
    "site": "our site",
    "authority": "the office",
}


class Blocks(HTMLParser):
    """The text of a page, block by block; what nobody reads is left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.blocks = [""]
        self._skipped = 0
        self.feed(re.sub(r"(?s)<(script|style|template|head)\b.*?</\1>", "", page))
        self.blocks = [block for each in self.blocks if (block := " ".join(each.split()))]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        self.handle_starttag(tag, [])

    def handle_data(self, data: str) -> None:
        self.blocks[-1] += data


def sentences(blocks: list[str]) -> list[str]:
    """The whole sentences: a label is none. What stands before a colon belongs to what follows."""
    found = (part for block in blocks for part in re.split(r"(?<=[.?!])\s+", block))
    return [part for part in found if part[-1] in ".?!" and len(part.split()) > 2]


def in_words(texts: dict[str, str]) -> list[str]:
    return [re.sub(r"\{(\w+)\}", lambda name: FILLED.get(name[1], "ten"), text) for text in texts.values()]


def grades(text: str) -> tuple[float, float]:
    return textstat.flesch_kincaid_grade(text), textstat.coleman_liau_index(text)


@pytest.fixture
def pages(app: Flask, visitor: Visitor) -> dict[str, list[str]]:
    """What people read, page by page; and the words of what other laws and changes bring."""
    first = visitor.get("/").text
    visitor.send("accept_all")
    paths = {"centre": "/consent/", "declaration": "/consent/declaration", "my data": "/consent/me"}
    paths["erasing"] = "/consent/me/erase"
    shown = {name: visitor.get(path) for name, path in paths.items()}
    assert {answer.status_code for answer in shown.values()} == {200}
    refused = visitor.client.post("/consent/decision", data={**fields(first), "notice": "x", "choice": "accept_all"})
    assert refused.status_code >= 400
    pages = {name: Blocks(answer.text).blocks for name, answer in shown.items()}
    pages |= {"banner": Blocks(re.findall(r"(?s)<section id=.consent.*</section>", first)[0]).blocks}
    pages |= {"error": Blocks(refused.text).blocks, "changes": in_words(CHANGES), "everything": in_words(TEXTS)}
    return pages


def test_each_page(pages: dict[str, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    hard = {}
    for name, blocks in pages.items():
        running = sentences(blocks)
        found = grades(" ".join(running))
        with capsys.disabled():
            print(f"\n{name}: grades {found[0]:.1f} and {found[1]:.1f} of {GRADE}")
        if max(found) > GRADE:
            hard[name] = (found, sorted(running, key=grades, reverse=True)[:5])
    assert hard == {}


def test_no_sentence_is_long(pages: dict[str, list[str]]) -> None:
    long = [each for blocks in pages.values() for each in sentences(blocks) if textstat.lexicon_count(each) > LONGEST]
    assert long == []


@pytest.mark.parametrize(
    "text",
    [
        "The processing of personal information pursuant to applicable legislation necessitates authorisation.",
        "We and our partners utilise technologies to facilitate personalised advertising, audience measurement and "
        "the continuous optimisation of our services, including the development of additional functionalities.",
    ],
)
def test_what_lawyers_write_is_found_hard(text: str) -> None:
    """So that the measure measures something."""
    assert min(grades(text)) > 2 * GRADE
