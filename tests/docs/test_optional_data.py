"""docs/optional-data.md lists every optional datum of a record, and each is off unless the site asks (promise E12)."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from consent import record
from consent.decision import Answer, decide
from consent.keys import Keys
from consent.notice import fingerprints
from consent.personal import Personal
from consent.regimes import at
from consent.service import NOTHING, About
from consent.site.model import Compat, Keep, Site
from consent.site.schema import RECORDS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "optional-data.md").read_text(encoding="utf-8")
ROWS = {row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)}
ALWAYS = {"subject", "salt"}  # by which a person finds their own record, and what hides it


def test_everything_that_a_personal_part_can_hold_is_listed() -> None:
    fields = {field.name for field in dataclasses.fields(Personal)} - ALWAYS
    assert fields | {"age"} == set(ROWS)
    assert {field.name for field in dataclasses.fields(About)} == fields - {"previous"}


def test_every_switch_is_listed_and_off() -> None:
    assert all(row[2] == "off" for row in ROWS.values())
    for name in RECORDS:
        assert f"`[records] {name} = " in ROWS[name][1]
        assert RECORDS[name].default in (False, "none") and getattr(Keep(), name) == RECORDS[name].default
    assert Compat().choices == () and About("", "", "", "") == NOTHING


def test_without_a_switch_a_record_holds_none_of_it(site: Site, keys: Keys) -> None:
    made = decide(site, at(site, None), "n", "en", fingerprints(site), Answer("accept_all", age="over"))
    leaf = record.make(made, keys, record.uuid7(1, bytes(10)), 1, None).record.fields
    assert not set(leaf) & set(ROWS) and site.keep == Keep() and not site.asks_age
