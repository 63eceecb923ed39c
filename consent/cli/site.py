"""`consent init` writes a site file; `consent check` says everything that is wrong with one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.text import Text

from consent.site import values
from consent.site.load import read, reads
from consent.site.mistakes import Mistake
from consent.site.reading import Reading
from consent.site.schema import AGES
from consent.site.write import ALL, OFFERED, Answers, write

from .asking import Asker, store

DEFAULT = "consent.toml"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=DEFAULT)
@click.option("--name", help="The name that visitors know.")
@click.option("--url", help="The site's address, such as https://example.com.")
@click.option("--controller", help="Who answers for the data, as the law knows them.")
@click.option("--contact", help="An e-mail address, or an https address.")
@click.option("--policy", help="Where the privacy policy stands.")
@click.option("--languages", help="Codes, separated by commas; the first one leads. Or “all”: each that we speak.")
@click.option("--purposes", help=f"Of {', '.join(OFFERED)}; separated by commas. “none” for none of them.")
@click.option("--age", help="Under this age nothing optional can be switched on. 0: nobody is asked.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: take what is given here and good defaults.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init(file: Path, yes: bool, force: bool, **given: str | None) -> None:
    """Ask a few questions and write a good site file (consent.toml)."""
    if file.exists() and not force:
        raise click.ClickException(f"{file} is there already. Choose another name, or replace it with --force.")
    ask = Asker({key: value for key, value in given.items() if value is not None}, silent=yes)
    text = write(_answers(ask))
    if (reading := reads(text, str(file))).site is None:  # an error of ours; better none than a bad file
        raise click.ClickException("\n".join(map(str, reading.mistakes)))
    store(file, text, force)
    console = Console(stderr=True, highlight=False)
    console.print(
        Text.assemble(("✓ ", "green"), f"{file} is written. Declare your vendors and stored items in it, then:")
    )
    console.print(Text(f"  consent check {file}", style="bold"))


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the mistakes as a JSON list.")
@click.option("--strict", is_flag=True, help="Let warnings fail as well.")
def check(files: tuple[Path, ...], as_json: bool, strict: bool) -> None:
    """Say everything that is wrong with site files: where, what, and what would be right.

    Exits with 1 if there is an error; with --strict also if there is a warning.
    """
    readings = {path: read(path) for path in files or (Path(DEFAULT),)}
    mistakes = [mistake for reading in readings.values() for mistake in reading.mistakes]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(mistake) for mistake in mistakes], ensure_ascii=False, indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for path, reading in readings.items():
            _show(console, path, reading)
    if mistakes and (strict or any(mistake.severity == "error" for mistake in mistakes)):
        sys.exit(1)


def _show(console: Console, path: Path, reading: Reading) -> None:
    if not reading.mistakes:
        console.print(Text.assemble(("✓ ", "green"), f"{path}: nothing wrong."))
        return
    for mistake in reading.mistakes:
        console.print(_lines(mistake))
    errors = sum(mistake.severity == "error" for mistake in reading.mistakes)
    warnings = len(reading.mistakes) - errors
    counts = [_count(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number]
    console.print(Text(f"{path}: {' and '.join(counts)}.", style="bold"))


def _lines(mistake: Mistake) -> Text:
    """One mistake. It is `Text` and not markup, so that nothing in a file can colour or link what is printed."""
    sign, style = ("✗", "red") if mistake.severity == "error" else ("!", "yellow")
    place = f"{mistake.file}:{mistake.line}" if mistake.line else mistake.file
    text = Text.assemble((f"{sign} ", style), (place, "dim"), "  ", (mistake.key, "bold"))
    text.append(f"\n    {mistake.problem}")
    if mistake.remedy:
        text.append(f"\n    → {mistake.remedy}", style="green")
    if mistake.source:
        text.append(f"\n    [{mistake.source}]", style="dim")
    return text.append("\n")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _answers(ask: Asker) -> Answers:
    name = ask(
        "name", "Name of the site, as visitors know it", Path.cwd().name.replace("_", " ") or "Site", values.words
    )
    origin = ask("url", "Its address", "https://example.com", lambda raw: values.origin(raw.strip().rstrip("/")))
    host = urlsplit(origin).hostname or ""
    mail = f"privacy@{host if '.' in host else 'example.com'}"
    return Answers(
        name=name,
        origin=origin,
        controller=ask("controller", "Who answers for the data (company or person)", name, values.words),
        contact=ask("contact", "Contact for questions about privacy", mail, values.contact),
        policy=ask("policy", "Address of the privacy policy", f"{origin}/privacy", values.page),
        languages=ask("languages", "Languages, separated by commas (or all)", "en", _several(_language)),
        purposes=ask("purposes", "Optional purposes (or none)", ",".join(OFFERED), _purposes),
        age_minimum=ask("age", "Age under which nothing optional is offered (0: nobody is asked)", "0", _age),
        effective=dt.date.today(),
    )


def _several(reader: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    return lambda raw: tuple(dict.fromkeys(reader(part.strip()) for part in raw.split(",") if part.strip()))


def _language(raw: str) -> str:
    return ALL if raw == ALL else values.language(raw)


def _purposes(raw: str) -> tuple[str, ...]:
    found: tuple[str, ...] = _several(values.one_of((*OFFERED, "necessary", "none")))(raw)
    return tuple(purpose for purpose in found if purpose in OFFERED)


def _age(raw: str) -> int | None:
    text = raw.strip()
    if text in ("", "0"):
        return None
    number: int = values.whole(*AGES, "years")(int(text) if text.isdecimal() and len(text) < 4 else text)
    return number
