"""docs/promises.md lists every promise, and each test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([A-E]\d+) \| (.+?) \| (held|in part|not yet) \| (.+?) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
WANTED = {
    f"{letter}{n}" for letter, last in (("A", 8), ("B", 6), ("C", 9), ("D", 11), ("E", 16)) for n in range(1, last + 1)
}


def test_every_promise_is_listed_once() -> None:
    listed = [row[0] for row in ROW.findall(TEXT)]
    assert sorted(listed) == sorted(WANTED)


def test_every_test_that_is_named_exists() -> None:
    named = TEST.findall(TEXT)
    assert named
    for path, name in named:
        file = ROOT / path
        assert file.is_file(), path
        assert f"def {name}(" in file.read_text(encoding="utf-8"), f"{path}::{name}"


def test_what_is_held_names_a_test_and_what_is_not_says_what_is_missing() -> None:
    for number, _, state, proof in ROW.findall(TEXT):
        if state == "held":
            assert TEST.search(proof), number
        else:
            assert "missing:" in proof.lower(), number
