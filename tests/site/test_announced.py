"""The next version of the terms is checked as it is announced, and taken from its day on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent.cli.site import check
from consent.regimes import at
from consent.regimes.table import EU
from consent.site.load import load, loads, read, reads
from consent.site.mistakes import SiteError
from tests.conftest import SITE

ANNOUNCING = SITE.replace("effective =", 'announce = "next.toml"\neffective =')
NEXT = SITE.replace("2026-04-06", "2026-10-02").replace('name = "Demo"', 'name = "Next"')
BEFORE, ON = dt.date(2026, 10, 1), dt.date(2026, 10, 2)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "next.toml").write_text(NEXT, encoding="utf-8")
    path = tmp_path / "consent.toml"
    path.write_text(ANNOUNCING, encoding="utf-8")
    return path


def test_until_its_day_it_is_announced(file: Path) -> None:
    found = read(file, BEFORE)
    assert not any(each.key == "site.announce" for each in found.mistakes)
    assert found.site and found.site.name == "Demo"
    assert found.site.coming and (found.site.coming.name, found.site.coming.effective) == ("Next", ON)


def test_from_its_day_on_it_counts(file: Path) -> None:
    found = read(file, ON)
    assert found.site and found.site.name == "Next" and found.site.coming is None
    (said,) = (each for each in found.mistakes if each.key == "site.announce")
    assert said.severity == "warning" and "next.toml" in said.problem and "consent.toml" in said.remedy
    made = CliRunner().invoke(check, [str(file)])  # long after
    assert made.exit_code == 0 and "has come (2026-10-02)" in made.output
    assert load(file).name == "Next"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("[site]", "This is missing."),
        (NEXT.replace('id = "demo"', 'id = "other"'), "of another site"),
        (NEXT.replace("effective =", 'announce = "third.toml"\neffective ='), "yet another version"),
        (SITE, "does not apply from a later day"),
        (SITE.replace("2026-04-06", "2026-01-01"), "does not apply from a later day"),
    ],
)
def test_one_that_cannot_be_taken_stops_the_start(file: Path, text: str | None, said: str) -> None:
    """Else it would do so on its day."""
    coming = file.with_name("next.toml")
    coming.unlink() if text is None else coming.write_text(text, encoding="utf-8")
    with pytest.raises(SiteError, match=said):
        load(file)
    assert CliRunner().invoke(check, [str(file)]).exit_code == 1


@pytest.mark.parametrize("name", ["../next.toml", "/etc/passwd", "a/b.toml", "", ".toml", "x" * 200, "a\\u0000b"])
def test_only_a_file_beside_it(name: str) -> None:
    found = reads(ANNOUNCING.replace("next.toml", name))
    assert found.site is None and found.mistakes[0].key == "site.announce"


@pytest.mark.parametrize(("value", "days"), [("3 months", 91), ("90 days", 90), ("1 week", 7), ("12 months", 182)])
def test_a_yes_may_last_shorter_and_never_longer(value: str, days: int) -> None:
    """Regulation R9. A no lasts as the regime has it."""
    site = loads(SITE.replace("effective =", f'ask_again = "{value}"\neffective ='))
    regime = at(site, "FR")
    assert (regime.yes_days, regime.no_days) == (days, EU.no_days)


@pytest.mark.parametrize("value", ["13 months", "2 years", "forever", "session", "5 minutes", "soon"])
def test_what_no_yes_may_last(value: str) -> None:
    found = reads(SITE.replace("effective =", f'ask_again = "{value}"\neffective ='))
    assert found.site is None and found.mistakes[0].key == "site.ask_again"
