"""docs/languages.md lists each language that the product speaks, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from babel import Locale

from consent.locale import available, direction, own_name

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "languages.md").read_text(encoding="utf-8")


def test_each_language_is_listed() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|(.*)\|$", TEXT, re.MULTILINE)
    assert [row[0] for row in rows] == list(available())
    for tag, english, own, note in rows:
        assert english == Locale.parse(tag).get_display_name("en") and own == own_name(tag)
        assert ("right to left" in note) is (direction(tag) == "rtl")
    assert f"speaks {len(rows)} languages" in TEXT
