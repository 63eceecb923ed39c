"""The report: what it counts, what it keeps to itself, and that it runs and loads nothing."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from consent.bundle.report import words as plain
from consent.bundle.report.figures import Row, grid, told
from consent.bundle.report.tally import Tally, kind_of
from consent.decision import CHOICES
from consent.regimes import REGIONS

from .conftest import COUNT, Made
from .making import files_of


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([10, 20], [10, 20]),
        ([0, 20], [0, 20]),
        ([4, 20], [None, None]),  # else the total would give it away
        ([4, 20, 9], [None, 20, None]),
        ([2, 3, 20], [None, None, 20]),
        ([1], [None]),
        ([], []),
    ],
)
def test_small_groups_are_not_told(counts: list[int], shown: list[int | None]) -> None:
    assert told(counts) == shown


def test_no_total_stands_beside_a_group_that_is_not_told() -> None:
    rows = grid({("a", "x"): 3, ("a", "y"): 30, ("b", "x"): 8, ("b", "y"): 9}, ["a", "b"], ["x", "y"])
    assert rows == [Row("a", (None, None)), Row("b", (8, 9))]
    assert rows[0].total is None and rows[1].total == 17


def test_it_counts_each_record_once(made: Made) -> None:
    tally = Tally()
    for entry in made.world.entries:
        tally.add(entry.record)
    assert tally.total == COUNT
    assert tally.by(lambda kind, _: kind.method) == Counter(accept_all=100, reject_all=100, save=100)
    assert tally.by(lambda kind, _: kind.outcome) == Counter(all=100, none=100, some=100)
    assert tally.purposes()["analytics"] == (200, 100)
    assert tally.first == {made.world.notice.id: "2026-11-21T04:00:00Z"}
    assert tally.last == {made.world.notice.id: "2026-11-21T04:04:59Z"}


@pytest.mark.parametrize("leaf", [b"", b"{}", b"nonsense", b'{"answers":1,"fingerprints":2}', b"\xff"])
def test_a_record_that_cannot_be_read_is_counted_as_such(leaf: bytes) -> None:
    assert kind_of(leaf).method == "unreadable"


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs


def test_the_page_runs_and_loads_nothing_and_each_chart_has_its_table(made: Made) -> None:
    html = files_of(made.data)["report.html"].decode()
    page = Page()
    page.feed(html)
    assert not page.tags.keys() & {"script", "link", "img", "iframe", "object", "form"}
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src" or name == "style"]
    assert all((value or "").startswith(("#", "http")) for name, value in page.attributes if name == "href")
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
    assert not re.search(r"url\(|@import", html)
    assert page.tags["svg"] == 5 and page.tags["table"] == page.tags["svg"] + 1
    assert ("role", "img") in page.attributes and page.tags["h1"] == 1
    for words in ("Demo Ltd", "privacy@demo.example", "Meadow Analytics", "Standard contractual clauses", "13 months"):
        assert words in html


def test_the_same_log_gives_the_same_page(made: Made) -> None:
    """No chart brings a date, a random name or a library's mark along."""
    html = files_of(made.data)["report.html"].decode()
    assert "pygal" not in html.lower() and "chart-" not in html


def test_every_regime_and_method_has_words() -> None:
    regimes = {row.regime.id for row in REGIONS.values()} | {"opt-in"}
    assert set(plain.REGIMES) == regimes
    assert plain.regime("us-ca") == "California: allowed until somebody says no"
    assert plain.regime("us-ca+opt-in") == "California: nothing is allowed before a yes (the site’s own rule)"
    assert {"told", "signal", "linked", "imported", *CHOICES} - {"add", "refuse_new"} <= set(plain.METHODS)
