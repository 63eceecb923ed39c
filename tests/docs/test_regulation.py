"""docs/regulation.md has every rule, and each test that it names is there and says which rule it holds."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "regulation.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (R\d+) \| (.+?) \| (.+?) \| (.+) \|$", TEXT, re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")
FILE = re.compile(r"`(tests/[\w/]+\.py)`")
WANTED = [f"R{number}" for number in (*range(1, 16), *range(20, 28), *range(30, 34))]
# Files that hold more of a rule than one test that could be named.
WHOLE = {
    f"tests/{name}.py" for name in ("browser/test_regions", "browser/test_changes", "browser/test_a11y", "web/test_gpc")
}


@lru_cache
def sources(path: str) -> dict[str, str]:
    """The tests of a file by node id, each with its source."""
    source = (ROOT / path).read_text(encoding="utf-8")
    lines = source.splitlines()
    found = {}

    def collect(nodes: list[ast.stmt], within: str) -> None:
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                collect(node.body, f"{within}{node.name}::")
            elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                start = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                found[within + node.name] = "\n".join(lines[start - 1 : node.end_lineno])

    collect(ast.parse(source).body, "")
    return found


def test_every_rule_has_its_line() -> None:
    assert [row[0] for row in ROWS] == WANTED
    for number, words, source, proof in ROWS:
        assert words.endswith(".") and source, number
        assert TEST.search(proof) or set(FILE.findall(proof)) & WHOLE, f"{number} names no test"


@pytest.mark.parametrize(("number", "path", "name"), [(row[0], *each) for row in ROWS for each in TEST.findall(row[3])])
def test_each_test_that_is_named_is_there_and_names_the_rule(number: str, path: str, name: str) -> None:
    assert (ROOT / path).is_file(), path
    found = sources(path)
    assert name in found, f"{path} has no {name}"
    assert re.search(rf"\b{number}\b", found[name]), f"{path}::{name} does not say that it holds {number}"


def test_whole_files_are_those_expected() -> None:
    assert {path for row in ROWS for path in FILE.findall(row[3])} <= WHOLE
