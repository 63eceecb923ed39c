"""`consent import` turns the configuration of another consent tool into a site file."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.text import Text

from consent.importing.draft import Draft, Imported
from consent.importing.read import MOST_BYTES, decode, read
from consent.importing.report import Left
from consent.importing.tools import TOOLS, detect
from consent.importing.write import write
from consent.site import values
from consent.site.load import reads
from consent.site.mistakes import Bad, short
from consent.site.reading import Reading
from consent.site.write import Answers

from .asking import Asker, store


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--from", "tool", type=click.Choice(list(TOOLS)), help="The tool. Default: told by the file's shape.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("consent.toml"),
    show_default=True,
    help="Where the site file goes.",
)
@click.option("--language", default="en", show_default=True, help="Of the texts whose language the file does not say.")
@click.option("--name", help="The name that visitors know.")
@click.option("--url", help="The site's address, such as https://example.com.")
@click.option("--controller", help="Who answers for the data, as the law knows them.")
@click.option("--contact", help="An e-mail address, or an https address.")
@click.option("--policy", help="Where the privacy policy stands. Default: what the file says.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing; what is missing is assumed, and marked so.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def import_(
    file: Path, tool: str | None, output: Path, language: str, yes: bool, force: bool, **given: str | None
) -> None:
    """Turn the configuration of another consent tool into a site file.

    FILE is JSON, a script, or a page that holds it; “-” reads standard input. No code is run. What could not be
    carried over is listed with the reason, and what had to be assumed is marked in the file.
    """
    if output.exists() and not force:
        raise click.ClickException(f"{output} is there already. Choose another name, or replace it with --force.")
    try:
        tag = str(values.language(language))
    except Bad as wrong:
        raise click.BadParameter(f"{wrong.problem} {wrong.remedy}", param_hint="--language") from None
    source = read(decode(_bytes(file)))
    found, config = detect(source, tool or "")
    imported = found.convert(config, tag)
    ask = Asker({key: value for key, value in given.items() if value is not None}, silent=yes)
    answers = _answers(ask, imported.draft)
    assumed = frozenset(("name", "url", "controller", "contact", "policy")) - set(ask.given) if yes else frozenset()
    if imported.draft.policy:
        assumed -= {"policy"}
    text = write(imported.draft, answers, assumed, found.title)
    reading = reads(text, str(output))
    if reading.site is None:  # an error of ours; better none than a bad file
        raise click.ClickException("\n".join(map(str, reading.mistakes)))
    store(output, text, force)
    _tell(found.title, imported, (*source.unread, *imported.left), output, text, reading)


def _bytes(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        with file.open("rb") as raw:
            return raw.read(MOST_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {(error.strerror or 'it is missing').lower()}.") from None


def _answers(ask: Asker, draft: Draft) -> Answers:
    """What no configuration of another tool says."""
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
        policy=ask("policy", "Address of the privacy policy", draft.policy or f"{origin}/privacy", values.page),
        languages=tuple(draft.languages),
        effective=dt.date.today(),
    )


def _tell(title: str, imported: Imported, left: tuple[Left, ...], output: Path, text: str, reading: Reading) -> None:
    """What came over and what did not. `Text` and not markup, so that nothing in a file can colour what is printed."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("✓ ", "green"), f"{output} is written from a configuration of {title}."))
    for purpose in imported.draft.purposes.values():
        asked = "shown, not asked" if purpose.needed else "asked"
        stored = ", ".join(short(item.name) for item in purpose.items) or "nothing declared"
        console.print(Text.assemble("  ", (purpose.id, "bold"), f" ({asked}): {stored}"))
    if left:
        console.print(Text("\nNot carried over as it stood:", style="bold"))
        reasons: dict[str, list[str]] = {}
        for one in left:
            reasons.setdefault(one.why, []).append(one.what)
        for why, places in reasons.items():
            console.print(
                Text.assemble("  ", (short(", ".join(places), 100_000), "bold"), f"\n    → {short(why, 600)}")
            )
    vendors = sum(not service.preset for purpose in imported.draft.purposes.values() for service in purpose.services)
    console.print(Text("\nNext", style="bold"))
    for number, words in (
        (text.count("# assumed"), "assumed in the file: replace them by what is true"),
        (vendors, "vendors stand there as comments: complete and name them"),
        (len(reading.mistakes), "warnings"),
    ):
        if number:
            console.print(Text(f"  {number} {words}"))
    console.print(Text(f"  consent check {output}", style="bold"))
