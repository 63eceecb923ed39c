"""`consent import`, as a person runs it."""

from __future__ import annotations

from pathlib import Path

from consent.site.load import load

from ..importing.samples import KLARO, VANILLA
from .conftest import Run


def test_a_file_is_imported_and_what_is_missing_is_told(run: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "cc.js", tmp_path / "consent.toml"
    old.write_text(VANILLA, encoding="utf-8")
    told = run("import", str(old), "-o", str(new), "--yes", "--name", "Shop", "--contact", "p@shop.example").output
    assert load(new).name == "Shop" and load(new).controller.contact == "p@shop.example"
    assert "Not carried over" in told and "categories.analytics.enabled" in told and "Planet49" in told
    text = new.read_text(encoding="utf-8")
    assert 'contact = "p@shop.example"\n' in text and 'policy = "https://example.com/privacy" # assumed' in text
    run("check", str(new))
    assert "--force" in run("import", str(old), "-o", str(new), "--yes", fails=True).output
    run("import", str(old), "-o", str(new), "--yes", "--force")


def test_it_asks_for_what_no_configuration_says(run: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "config.js", tmp_path / "new.toml"
    old.write_text(KLARO, encoding="utf-8")
    said = "Shop\nhttps://shop.example\nShop Ltd\n\n\n"
    run("import", str(old), "-o", str(new), input=said)
    site = load(new)
    assert (site.controller.name, site.controller.contact) == ("Shop Ltd", "privacy@shop.example")
    assert site.policy == "/privacy"


def test_standard_input_and_the_wrong_tool(run: Run, tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    assert (
        "no configuration of Klaro"
        in run("import", "-", "-o", str(new), "--from", "klaro", "-y", input="x = 1", fails=True).output
    )
    run("import", "-", "-o", str(new), "--from", "vanilla", "-y", input='{"categories": {"a": {}}}')
    assert [purpose.id for purpose in load(new).purposes] == ["necessary", "a"]
    assert "--language" in run("import", "-", "-o", str(new), "--force", "--language", "?", fails=True).output
    assert "cannot be read" in run("import", str(tmp_path / "none.js"), "--yes", "-o", "x.toml", fails=True).output


def test_nothing_in_a_file_colours_what_is_printed(run: Run, tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    hostile = '{"categories": {"a": {}}, "[red]\\u001b[31m\\u202e": 1, "root": "\\ud800"}'
    told = run("import", "-", "-o", str(new), "-y", input=hostile).output
    assert "\x1b" not in told and "[red]" in told and "\u202e" not in told
