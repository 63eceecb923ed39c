"""`consent diff`, as a person runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent.cli import main
from consent.decision import Answer
from consent.keyfile import load
from consent.locale import translator
from consent.notice import build
from consent.regimes import OPT_IN
from consent.service import Service
from consent.site.load import loads
from consent.store import Store
from tests.conftest import SITE
from tests.test_earlier import LONGER, MORE, TYPO

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name, text in (("old", SITE), ("more", MORE), ("typo", TYPO), ("longer", LONGER)):
        Path(f"{name}.toml").write_text(text, encoding="utf-8")
    return lambda *arguments: CliRunner().invoke(main, ["diff", *arguments])


def test_nothing(run: Run) -> None:
    made = run("old.toml", "old.toml")
    assert (made.exit_code, made.output) == (0, "Nothing changed.\n")


def test_what_is_asked_again(run: Run) -> None:
    made = run("old.toml", "more.toml")
    assert made.exit_code == 1
    assert made.output.splitlines() == [
        "A yes has to be given anew to this:",
        "  + Statistics: Pond now receives data.",
        "Whoever allows one of these, or has not been asked about it yet, is asked again: Statistics.",
    ]


def test_what_is_not(run: Run) -> None:
    made = run("old.toml", "typo.toml")
    assert made.exit_code == 1 and "Nobody is asked again." in made.output
    assert "· Reworded: “Meadow”. Before: “Meadow Analytics”." in made.output
    assert run("old.toml", "typo.toml", "--material").exit_code == 0
    assert run("old.toml", "longer.toml", "--material").exit_code == 1


def test_words_in_another_language(run: Run) -> None:
    for name, word in (("a", "Wir zählen."), ("b", "Wir zaehlen.")):
        text = SITE.replace(
            "[purposes.analytics]", f'[purposes.analytics]\ntext = {{ en = "We count.", de = "{word}" }}'
        )
        Path(f"{name}.toml").write_text(text, encoding="utf-8")
    made = run("a.toml", "b.toml")
    assert made.exit_code == 1 and "[de] Reworded: “Wir zaehlen.”. Before: “Wir zählen.”." in made.output


def test_json(run: Run) -> None:
    made = run("old.toml", "longer.toml", "--json")
    found = json.loads(made.output)
    assert made.exit_code == 1 and found["asked_again"] == ["analytics"]
    (change,) = found["changes"]
    assert change["kind"] == "retention" and change["material"] and change["old"] == "13 months"
    assert change["text"] == "Statistics: kept for 25 months. Before: 13 months."
    assert json.loads(run("old.toml", "old.toml", "--json").output) == {"changes": [], "asked_again": []}


def test_a_notice_as_json_and_one_of_the_store(run: Run) -> None:
    """In its own language, where the site file speaks it."""
    site = loads(SITE)
    notice = build(site, OPT_IN, "de", translator("de"))
    Path("notice.json").write_bytes(notice.body)
    assert run("notice.json", "old.toml").output == "Nothing changed.\n"
    assert "+ Statistik: Pond" in run("notice.json", "more.toml").output
    keys = load(Path("data/keys"), "demo", production=False)
    store = Store.open("sqlite:///data/consent.sqlite3")
    service = Service(site, keys, store)
    service.answer(Answer("accept_all"), service.notice("en").id)
    store.close()
    made = run(service.notice("en").id, "more.toml", "--data", "data")
    assert made.exit_code == 1 and "Pond now receives data." in made.output
    gone = run("A" * 43, "more.toml", "--data", "data")
    assert gone.exit_code == 2 and "There is no notice" in gone.output


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.toml", None, "cannot be read"),
        ("gone.json", None, "Give a site file, a notice or its id."),
        ("bad.toml", "[site]", "error"),
        ("bad.json", "[]", "is not a notice"),
        ("bad.json", "{", "is not a notice"),
        (
            "odd.json",
            '{"locale":"en","controller":1,"policy":1,"purposes":[1],"texts":{}}',
            "not a notice as this program",
        ),
        ("nowhere", None, "Give a site file, a notice or its id."),
    ],
)
def test_what_cannot_be_read(run: Run, name: str, content: str | None, said: str) -> None:
    if content is not None:
        Path(name).write_text(content, encoding="utf-8")
    made = run(name, "old.toml")
    assert made.exit_code == 2 and said in made.output and "Traceback" not in made.output
    assert made.exception is None or isinstance(made.exception, SystemExit)
