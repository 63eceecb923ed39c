"""The catalogues are whole and fresh, and `build.py --check` sees when they are not."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from babel.messages.pofile import read_po

from consent.locale import available

ROOT = Path(__file__).resolve().parents[2]
UNION = "bg cs da de el es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv"  # its official languages but English
OTHERS = (
    "af ar bn ca cy es_419 eu fa fil fr_CA gl he hi hy id is ja ka ko mk ms nb nn pt_BR ru sq sr sr_Latn sw ta te th "
    "tr uk ur vi zh_Hans zh_Hant"
)
LOCALES = frozenset(f"{UNION} {OTHERS}".split())
COPIED = ("ar", "de")  # of the catalogues: what is tried on one holds for each
UNREAD = shutil.ignore_patterns("__pycache__", *(LOCALES - set(COPIED)))


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def run(root: Path, *options: str) -> Done:
    """The script of a copy, here: a process of its own would take longer than what it does."""
    script = root / "translations" / "build.py"
    out, err, code = StringIO(), StringIO(), 0
    with mock.patch.object(sys, "argv", [str(script), *options]), redirect_stdout(out), redirect_stderr(err):
        try:
            runpy.run_path(str(script), run_name="__main__")
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return Done(code, out.getvalue(), err.getvalue())


def po(root: Path, locale: str) -> Path:
    return root / "translations" / locale / "LC_MESSAGES" / "consent.po"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("consent", "translations"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=UNREAD)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def files(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.glob("translations/**/consent.*")}


def test_the_catalogues_are_fresh_and_whole() -> None:
    command = [sys.executable, "-B", str(ROOT / "translations" / "build.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_language_has_its_catalogue() -> None:
    found = (ROOT / "translations").glob("*/LC_MESSAGES/consent.mo")
    assert {path.parent.parent.name for path in found} == LOCALES
    assert len(LOCALES) == 61 and set(available()) == {"en", *LOCALES}


def test_building_twice_changes_nothing(copy: Path) -> None:
    before = files(copy)
    for path in before:
        if path.suffix != ".po":
            path.unlink()
    assert run(copy).returncode == 0
    assert files(copy) == before
    assert run(copy).stdout == ""


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Ohne {vendor}", "Ohne diesen", "{vendor} is not in both: “Not {vendor}”"),
        ("Ohne {vendor}", "Ohne {anbieter}", "{anbieter} {vendor} is not in both"),
        ("Ohne {vendor}", "Ohne {vendor", "{ {vendor} is not in both"),
        ('msgstr "Alle annehmen"', 'msgstr ""', "not translated: “Accept all”"),
        ('msgid "Accept all"', '#, fuzzy\nmsgid "Accept all"', "fuzzy: “Accept all”"),
    ],
)
def test_a_broken_entry_is_found_and_not_compiled(copy: Path, old: str, new: str, problem: str) -> None:
    replace(po(copy, "de"), old, new)
    before = files(copy)
    done = run(copy, "--check")
    assert done.returncode == 1
    assert f"translations/de/LC_MESSAGES/consent.po: {problem}" in done.stderr
    assert files(copy) == before, "--check changes nothing"
    assert problem in run(copy).stderr
    compiled = po(copy, "de").with_suffix(".mo").read_bytes()
    assert compiled != before[po(copy, "de").with_suffix(".mo")]
    assert old.encode() not in compiled and b"Alle ablehnen" in compiled
    assert run(copy).returncode == run(copy, "--check").returncode == 1, "building does not hide it"


def test_a_new_text_is_found_and_the_others_keep_their_words(copy: Path) -> None:
    replace(copy / "consent" / "texts.py", 'N_("Refuse all")', 'N_("Refuse all of it")')
    done = run(copy, "--check")
    assert done.returncode == 1
    for line in (
        "translations/consent.pot: stale",
        "consent.po: not translated: “Refuse all of it”",
        "consent.mo: stale",
    ):
        assert line in done.stderr
    assert run(copy).returncode == 1, "it is written, and says what is left to do"
    with po(copy, "de").open("rb") as file:
        catalog = read_po(file, "de")
    assert catalog["Accept all"].string == "Alle annehmen"
    assert catalog["Refuse all of it"].string == "" and not catalog["Refuse all of it"].fuzzy
    assert catalog.get("Refuse all") is None


def test_a_language_can_be_begun(copy: Path) -> None:
    assert run(copy, "fr").returncode == 0
    assert po(copy, "fr").with_suffix(".mo").is_file()
    assert "translations/fr/LC_MESSAGES/consent.po: not translated: “Accept all”" in run(copy, "--check").stderr


@pytest.mark.parametrize("locale", ["ar", "fa", "he", "ur"])
def test_names_keep_their_direction(locale: str) -> None:
    with po(ROOT, locale).open("rb") as file:
        catalog = read_po(file, locale)
    for message in catalog:
        for name in ("{controller}", "{vendor}", "{purpose}"):
            if message.id and name in message.id:
                assert f"\u2068{name}\u2069" in message.string
