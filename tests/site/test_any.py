"""Whatever stands in a file, it becomes a site or a list of mistakes, and nothing else happens."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consent.site.load import from_data, loads, reads
from consent.site.mistakes import Report, SiteError
from consent.site.model import Site
from consent.site.schema import ITEM, OTHERS, SECTIONS, VENDOR, purpose_table

from .samples import GOOD

KEYS = sorted({*SECTIONS, *OTHERS, *VENDOR, *ITEM, *purpose_table("x"), *(key for t in SECTIONS.values() for key in t)})
WORDS = [
    "necessary",
    "analytics",
    "marketing",
    "meadow",
    "consent",
    "13 months",
    "forever",
    "session",
    "en",
    "de",
    "DE",
]
WORDS += ["#123456", "https://a.example", "a@b.example", "_ga", "cookie", "local", "*", "", "/", "http://[", "true"]

words = st.sampled_from(WORDS) | st.text(max_size=12)
scalars = (
    words
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.just(dt.time(1, 2))
    | st.sampled_from([10**30, -1])
)
anything: Any = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS + WORDS) | words, inner, max_size=4)
    ),
    max_leaves=12,
)


def table(keys: Any) -> Any:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, anything))


items = st.lists(table(ITEM) | anything, max_size=3) | anything
vendors = st.dictionaries(
    words, table(VENDOR).flatmap(lambda t: st.just(t) | items.map(lambda i: {**t, "items": i})), max_size=3
)
purposes = st.dictionaries(words, table(purpose_table("x")), max_size=4)
shaped = st.fixed_dictionaries(
    {},
    optional={
        **{name: table(keys) | anything for name, keys in SECTIONS.items()},
        "vendors": vendors | anything,
        "purposes": purposes | anything,
    },
)


@settings(deadline=None, max_examples=150)
@given(shaped | st.dictionaries(words, anything, max_size=4))
def test_any_tables(data: dict[str, Any]) -> None:
    reading = from_data(data, Report("any.toml"))
    errors = [mistake for mistake in reading.mistakes if mistake.severity == "error"]
    assert isinstance(reading.site, Site) != bool(errors)
    for mistake in reading.mistakes:
        assert mistake.problem and mistake.remedy
        assert "\n" not in mistake.key and len(mistake.problem) < 400
    if reading.site:
        assert reading.site.purposes[0].id == "necessary"


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200) | st.tuples(st.integers(0, len(GOOD)), st.text(max_size=8), st.integers(0, 9)).map(
    lambda cut: GOOD[: cut[0]] + cut[1] + GOOD[cut[0] + cut[2] :]
))  # fmt: skip
def test_any_text(text: str) -> None:
    try:
        assert isinstance(loads(text), Site)
    except SiteError as error:
        assert error.mistakes
    for mistake in reads(text).mistakes:
        assert mistake.line is None or 1 <= mistake.line <= text.count("\n") + 1
