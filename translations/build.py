#!/usr/bin/env python3
"""Extracts the product's texts, brings every catalogue up to date and compiles it.

python translations/build.py          write consent.pot and each consent.po and consent.mo; exit with 1 and say
                                      where when an entry is missing, fuzzy or breaks a placeholder
python translations/build.py fr       the same, and begin a catalogue for French
python translations/build.py --check  the same, but write nothing, and fail also where a file is stale
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
NAME = "consent"
KEYWORDS = {"N_": None, "_mark": None, "gettext": None}
MARKED = re.compile(rf"\b(?:{'|'.join(KEYWORDS)})\(")
PLACEHOLDER = re.compile(r"\{\w*\}|[{}]")  # or a stray brace, which `str.format` would stumble over


class Texts(Catalog):
    """A catalogue whose bytes depend on its texts alone: no dates, no line numbers, no version of Babel."""

    def __init__(self, locale: str | None = None) -> None:
        super().__init__(locale, fuzzy=False, header_comment="# The words of consent-ledger. See build.py.")

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The entries of the header."""
        language = [("Language", str(self.locale)), ("Plural-Forms", self.plural_forms)] if self.locale else []
        coding = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit\n")]
        return [("Project-Id-Version", "consent-ledger"), *language, ("MIME-Version", "1.0"), *coding]

    def keep(self, message: Message, string: str = "", flags: frozenset[str] = frozenset()) -> None:
        """Add a copy of an entry, as translated."""
        self.add(message.id, string, user_comments=message.user_comments, locations=message.locations)
        # Set here: which flags Babel adds itself depends on its version.
        self[message.id].flags = {*flags, *(["python-brace-format"] if "{" in message.id else [])}

    def po(self) -> bytes:
        """As text."""
        write_po(out := BytesIO(), self, width=0, include_lineno=False, ignore_obsolete=True)
        return out.getvalue()

    def mo(self) -> bytes:
        """Compiled, without the entries that `fault` finds, so that English stands in for them."""
        sound = Texts(str(self.locale))
        for message in entries(self):
            if not fault(message):
                sound.keep(message, str(message.string))
        write_mo(out := BytesIO(), sound)
        return out.getvalue()


def entries(catalog: Catalog) -> Iterator[Message]:
    """The entries of a catalogue but its header."""
    return (message for message in catalog if message.id)


def extract() -> Texts:
    """Every marked text, in the order of the source."""
    found = Texts()
    for path in sorted((ROOT / NAME).rglob("*.py")):
        if not MARKED.search(path.read_text(encoding="utf-8")):  # reading its tokens takes a hundred times as long
            continue
        place = path.relative_to(ROOT).as_posix()
        for line, text, _, _ in extract_from_file("python", path, KEYWORDS):
            found.keep(Message(text, locations=[(place, line)]))
    return found


def merge(template: Texts, path: Path) -> Texts:
    """A catalogue with the entries of the template and the translations that the file has for just these."""
    locale = path.parent.parent.name
    with path.open("rb") as file:
        old = read_po(file, locale, abort_invalid=True)
    merged = Texts(locale)
    for message in entries(template):
        had = old.get(message.id) or Message("")
        copy = Message(message.id, locations=message.locations, user_comments=had.user_comments)
        merged.keep(copy, str(had.string), frozenset(had.flags & {"fuzzy"}))
    return merged


def fault(message: Message) -> str:
    """What is wrong with an entry, or ""."""
    if not str(message.string).strip():
        return "not translated"
    if message.fuzzy:
        return "fuzzy"
    asked, given = (set(PLACEHOLDER.findall(str(text))) for text in (message.id, message.string))
    return f"{' '.join(sorted(asked ^ given))} is not in both" if asked != given else ""


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, fail when something is to be done")
    parser.add_argument("locale", nargs="*", help="a language to begin, such as fr")
    options = parser.parse_args()
    for locale in options.locale:
        path = HERE / locale / "LC_MESSAGES" / f"{NAME}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    template = extract()
    files, wrong = {HERE / f"{NAME}.pot": template.po()}, []
    for path in sorted(HERE.glob(f"*/LC_MESSAGES/{NAME}.po")):
        try:
            catalog = merge(template, path)
        except PoFileError as error:
            sys.exit(f"{path.relative_to(ROOT)}: {error}")
        files |= {path: catalog.po(), path.with_suffix(".mo"): catalog.mo()}
        faults = ((message.id, fault(message)) for message in entries(catalog))
        wrong += [f"{path.relative_to(ROOT)}: {problem}: “{text}”" for text, problem in faults if problem]
    stale = [path for path, content in files.items() if not path.is_file() or path.read_bytes() != content]
    if not options.check:
        for path in stale:
            path.write_bytes(files[path])
            print(f"{path.relative_to(ROOT)}: written")
    else:
        wrong += [f"{path.relative_to(ROOT)}: stale; run python translations/build.py" for path in stale]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong and not options.locale else 0


if __name__ == "__main__":
    sys.exit(main())
