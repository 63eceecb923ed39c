"""`site.languages`: all of ours at once, and what `consent check` says where the site's own words are missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent.cli.site import check, init
from consent.locale import available
from consent.site.load import loads, reads
from consent.site.mistakes import Mistake
from consent.site.model import heard, say

from .samples import GOOD

OWN = '[purposes.own]\nname = {}\ntext = {}\nbasis = "consent"\nretention = "1 day"\n'


def with_languages(written: str, text: str = "") -> str:
    return GOOD.replace('languages = ["en"]', f"languages = {written}") + text


@pytest.mark.parametrize(
    ("written", "first"), [('"all"', "en"), ('["all"]', "en"), ('["de", "all"]', "de"), ('["all", "fr"]', "en")]
)
def test_all_of_ours(written: str, first: str) -> None:
    site = loads(with_languages(written))
    assert site.languages[0] == first and set(site.languages) == set(available())
    assert len(site.languages) == len(available())


@pytest.mark.parametrize("written", ['"every"', '["all", "all"]', '["all", "de_AT", "de_CH", "en_GB"]', '["ALL"]'])
def test_what_is_no_list_of_languages(written: str) -> None:
    found = reads(with_languages(written)).mistakes
    assert found and found[0].key.startswith("site.languages") and found[0].severity == "error" and found[0].remedy


def missing(text: str) -> list[Mistake]:
    """What is said of the purpose `own` and of the list; the sample has words of its own besides."""
    ours = ("purposes.own.", "site.languages")
    return [each for each in reads(text).mistakes if "R10" in each.source and each.key.startswith(ours)]


def test_where_words_are_missing_the_shorter_list_is_named() -> None:  # R10
    half = "{ " + ", ".join(f'{tag} = "x"' for tag in available() if tag not in ("ka", "zh_Hant")) + " }"
    name, text = missing(with_languages('"all"', OWN.format('"Own"', half)))
    assert (name.key, text.key) == ("purposes.own.name", "purposes.own.text")
    assert name.problem == (
        "There are words in en alone, and in none of the site’s other 61 languages; people will read en."
    )
    assert text.problem == "There are no words in ka, zh_Hant; people will read en."
    assert name.line and name.severity == text.severity == "warning" and len(str(name)) < 300


def test_words_of_the_language_serve_its_forms() -> None:
    text, other = '{ en = "a", fr = "b", pt_BR = "c" }', '{ en = "a", fr = "b", pt = "c" }'
    (found,) = missing(with_languages('["en", "fr_CA", "pt_BR", "pt"]', OWN.format(text, other)))
    assert found.key == "purposes.own.name" and "no words in pt;" in found.problem
    words = {"en": "a", "fr": "b"}
    assert [say(words, tag) for tag in ("fr_CA", "fr", "en_GB", "de")] == ["b", "b", "a", "a"]
    assert [heard(words, tag) for tag in ("fr_CA", "de")] == ["fr", ""]


def test_a_language_that_we_do_not_speak_is_said_to_be_none() -> None:  # R10
    (found,) = missing(with_languages('["en", "yi", "de_AT"]'))
    assert found.key == "site.languages" and "no words of our own in yi;" in found.problem


def test_check_and_init_know_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    assert run.invoke(init, ["--yes", "--name", "Shop", "--languages", "all"]).exit_code == 0
    written = Path("consent.toml").read_text(encoding="utf-8")
    assert 'languages = "all"' in written and '# text = { en = "…", fr = "…" }' in written
    assert run.invoke(check, ["--strict"]).exit_code == 0
    assert run.invoke(init, ["--yes", "--force", "--name", "Shop", "--languages", "de, all"]).exit_code == 0
    assert loads(Path("consent.toml").read_text(encoding="utf-8")).languages[:2] == ("de", "en")
    with Path("consent.toml").open("a", encoding="utf-8") as file:
        file.write(OWN.format('"Own"', '"Text"'))
    shown = run.invoke(check, ["--json"])
    assert shown.exit_code == 0 and [each["key"] for each in json.loads(shown.output)] == [
        "purposes.own.name",
        "purposes.own.text",
    ]
    assert run.invoke(check, ["--strict"]).exit_code == 1
