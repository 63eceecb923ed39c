"""docs/site-file.md names every table, key, default and bound, and its example is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from consent.site import schema
from consent.site.load import reads
from consent.site.patterns import CHECKS
from consent.site.schema import ITEM, OTHERS, SECTIONS, VENDOR, Table, purpose_table

DOCS = (Path(__file__).parents[2] / "docs" / "site-file.md").read_text(encoding="utf-8")
PARTS = {match[1].strip("`"): match[2] for match in re.finditer(r"^## (.+)\n((?:(?!^## ).*\n?)*)", DOCS, re.MULTILINE)}
TABLES: dict[str, Table] = {
    **{f"[{name}]": table for name, table in SECTIONS.items()},
    "[purposes.ID]": purpose_table("own"),
    "[vendors.ID]": VENDOR,
    "Items": ITEM,
}


def test_every_table_has_a_part() -> None:
    assert {f"[{name}.ID]" for name in OTHERS if name != "regions"} | {"[regions]"} | {
        f"[{name}]" for name in SECTIONS
    } <= PARTS.keys()


@pytest.mark.parametrize(("part", "key"), [(part, key) for part, table in TABLES.items() for key in table])
def test_every_key_is_named_with_its_default(part: str, key: str) -> None:
    row = re.search(rf"^\| (\*\*)?`{key}`(?:\*\*)? \|.*\|(.*)\|$", PARTS[part], re.MULTILINE)
    assert row, f"{key} is missing under {part}"
    rule = TABLES[part][key]
    if part != "[purposes.ID]" and key != "duration":
        assert bool(row[1]) == bool(rule.needed)
    if isinstance(rule.default, str) and rule.default and not rule.needed:
        assert row[2].strip() == f'`"{rule.default}"`'
    if isinstance(rule.default, bool):
        assert row[2].strip() == f"`{str(rule.default).lower()}`"


def test_no_key_is_made_up() -> None:
    for part, table in TABLES.items():
        assert set(re.findall(r"^\| (?:\*\*)?`(\w+)`", PARTS[part], re.MULTILINE)) == set(table)


def test_bounds() -> None:
    assert f"{schema.MOST_BYTES // 1024} KiB" in DOCS
    assert f"Up to {schema.MOST_PURPOSES}," in PARTS["[purposes.ID]"]
    assert f"Up to {schema.MOST_VENDORS}." in PARTS["[vendors.ID]"]
    assert f"up to {schema.MOST_ITEMS}" in PARTS["[vendors.ID]"]
    assert "{} to {}".format(*schema.AGES) in PARTS["[age]"]


def test_the_example_is_right() -> None:
    example = re.search(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    assert example and reads(example[1]).mistakes == ()


def test_every_check_has_its_docstring() -> None:
    assert all(check.__doc__ for check in CHECKS)
