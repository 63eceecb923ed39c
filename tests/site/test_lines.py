from __future__ import annotations

import tomllib

import pytest

from consent.site.lines import locate

TEXT = '''\
# a comment = "with an equals sign"
title = "a # b"

[purposes.analytics] # here
text = """
many
lines = [1
"""
name.en = 'x' # dotted
"quoted key" = {a = 1, b = [1, {c = 2}]}
items = [
  # first
  {name = "one"},
  {name = "two",  kind = "local"},
]
date = 2026-04-06

[[list]]
a = 1
[[list]]
a = 2
'''


def test_lines_of_keys() -> None:
    tomllib.loads(TEXT)
    lines = locate(TEXT)
    assert lines[("title",)] == 2
    assert lines[("purposes", "analytics")] == 4
    assert lines[("purposes", "analytics", "text")] == 5
    assert lines[("purposes", "analytics", "name", "en")] == 9
    assert lines[("purposes", "analytics", "quoted key", "b", 1, "c")] == 10
    assert lines[("purposes", "analytics", "items", 1, "kind")] == 14
    assert lines[("purposes", "analytics", "date")] == 16
    assert lines[("list", 1, "a")] == 21


@pytest.mark.parametrize("text", ["", "a", "[", '"', "a = ", "a = [", "a = {", "[[a", '"""', "= = ="])
def test_what_is_not_toml_has_no_lines_and_no_error(text: str) -> None:
    locate(text)
