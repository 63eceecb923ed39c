"""`consent init` and `consent check`, as a person runs them."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.cli.site import check, init
from consent.site.load import load, loads, reads
from consent.site.mistakes import Bad
from consent.site.values import ID, words
from consent.site.write import OFFERED, Answers, write

from .samples import GOOD
from .test_load import EXAMPLES, FIVE, TEN_KEYS
from .test_load import TEN as PLANTED


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def test_init_without_questions_passes_check(run: CliRunner) -> None:
    made = run.invoke(init, ["--yes", "--name", "Café Olé", "--age", "13", "--languages", "de, en"])
    assert made.exit_code == 0, made.output
    site = load("consent.toml")
    assert (site.id, site.name, site.age_minimum, site.languages) == ("cafe_ole", "Café Olé", 13, ("de", "en"))
    assert run.invoke(check, ["--strict"]).exit_code == 0


def test_init_asks(run: CliRunner) -> None:
    said = ["My Site", "my site", "https://my.example", "", "nobody", "", "", "en,ar", "analytics", "200", "16"]
    made = run.invoke(init, ["my.toml"], input="\n".join(said) + "\n")
    assert made.exit_code == 0, made.output
    site = load("my.toml")
    assert (site.controller.name, site.controller.contact) == ("My Site", "privacy@my.example")
    assert [purpose.id for purpose in site.purposes] == ["necessary", "analytics"]
    assert (site.age_minimum, site.policy) == (16, "https://my.example/privacy")


def test_init_replaces_nothing_unasked(run: CliRunner) -> None:
    Path("consent.toml").write_text("mine")
    refused = run.invoke(init, ["--yes"])
    assert refused.exit_code == 1 and "--force" in refused.output
    assert Path("consent.toml").read_text() == "mine"
    assert run.invoke(init, ["--yes", "--force"]).exit_code == 0
    assert load("consent.toml").name


def test_init_says_which_option_is_wrong(run: CliRunner) -> None:
    for option, value in (("--contact", "x"), ("--url", "http://a.example"), ("--age", "3"), ("--purposes", "spying")):
        refused = run.invoke(init, ["--yes", option, value])
        assert refused.exit_code == 2 and option in refused.output
    assert not Path("consent.toml").exists()


def valid(text: str) -> bool:
    try:
        return bool(words(text))
    except Bad:
        return False


names = st.text(min_size=1, max_size=60).filter(valid)


@settings(deadline=None, max_examples=60)
@given(
    name=names,
    controller=names,
    languages=st.lists(st.sampled_from(["en", "de", "ar", "pt_BR", "zh_Hant"]), min_size=1, unique=True),
    purposes=st.lists(st.sampled_from(OFFERED), unique=True),
    age=st.none() | st.integers(12, 21),
)
def test_what_is_written_is_read_as_meant(
    name: str, controller: str, languages: list[str], purposes: list[str], age: int | None
) -> None:
    today = dt.date(2026, 4, 6)
    answers = Answers(
        name, "https://a.example", controller, "p@a.example", "/privacy", today, tuple(languages), tuple(purposes), age
    )
    text = write(answers)
    assert reads(text).mistakes == ()
    site = loads(text)
    assert (site.name, site.controller.name) == (name.strip(), controller.strip())
    assert site.languages == tuple(languages) and site.age_minimum == age
    assert {purpose.id for purpose in site.purposes} == {"necessary", *purposes}
    assert ID.fullmatch(site.id)


def test_the_comments_are_right_when_taken_at_their_word() -> None:
    """Every `# key = …` of a written file may be switched on."""
    answers = Answers("A", "", "A", "p@a.example", "/privacy", dt.date(2026, 4, 6))
    switched = re.compile(r"^#( \[.*\]$| \]$|   \{.*| \w+ = [^…]*$)")
    on = [line[2:] if switched.match(line) else line for line in write(answers).splitlines()]
    found = reads("\n".join(on)).mistakes
    assert [(mistake.key, mistake.severity) for mistake in found] == [("vendors.meadow", "warning")]


def test_check_prints_all_of_ten(run: CliRunner) -> None:
    text = GOOD
    for old, new in PLANTED:
        text = text.replace(old, new)
    Path("shop.toml").write_text(text, encoding="utf-8")
    told = run.invoke(check, ["shop.toml"])
    assert told.exit_code == 1
    for key in TEN_KEYS:
        assert key in told.output
    listed = run.invoke(check, ["shop.toml", "--json"])
    assert listed.exit_code == 1
    assert {entry["key"] for entry in json.loads(listed.output) if entry["severity"] == "error"} == set(TEN_KEYS)
    assert set(json.loads(listed.output)[0]) == {"file", "line", "key", "problem", "remedy", "source", "severity"}


def test_check_lets_warnings_pass_unless_strict(run: CliRunner) -> None:
    Path("consent.toml").write_text(GOOD + '\n[signals]\ngpc = "note"\n')
    assert run.invoke(check, []).exit_code == 0
    assert run.invoke(check, ["--strict"]).exit_code == 1


def test_check_prints_what_stands_in_a_file_as_it_stands(run: CliRunner) -> None:
    Path("consent.toml").write_text(GOOD + '\n["[red]x[/red]\\u001b[31m"]\n')
    told = run.invoke(check, [])
    assert told.exit_code == 1 and "[red]x[/red]" in told.output and "\x1b" not in told.output


def test_check_of_the_examples(run: CliRunner) -> None:
    told = run.invoke(check, ["--strict", *(str(EXAMPLES / f"{name}.toml") for name in FIVE)])
    assert told.exit_code == 0, told.output
    assert run.invoke(check, ["absent.toml"]).exit_code == 1
