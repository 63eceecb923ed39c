"""`consent diff`: what changed between two versions of a site's terms, and who will be asked again."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from .place import data_option, database_option, open_store, site_id
from .show import TRICKS, only_site

if TYPE_CHECKING:
    from ..changes import Change
    from ..site.model import Site

ID = re.compile(r"[A-Za-z0-9_-]{43}")
MOST_BYTES = 4 << 20
NEEDED = {"locale", "controller", "policy", "purposes", "texts"}


@dataclass(frozen=True, slots=True)
class _Version:
    """One of the two: a site file, or a notice that was shown."""

    name: str
    site: Site | None = None
    content: Mapping[str, Any] | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        return self.site.languages if self.site else (str((self.content or {})["locale"]),)

    def notice(self, locale: str) -> Mapping[str, Any]:
        """Its content, in the language where it is a site file that speaks it."""
        from ..locale import pick, translator
        from ..notice import build
        from ..regimes import OPT_IN

        if self.site is None:
            return self.content or {}
        mine = pick(self.site.languages, [locale])
        return build(self.site, OPT_IN, mine, translator(mine)).content


@click.command(context_settings={"ignore_unknown_options": True})  # a notice's id may begin with a dash
@click.argument("old")
@click.argument("new")
@click.option("--material", is_flag=True, help="Fail only for what asks people again.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
@click.option("--site", type=site_id, help="The site whose store has the notice. Default: the only one that has keys.")
@data_option
@database_option
def diff(old: str, new: str, material: bool, as_json: bool, site: str | None, data: Path, database: str | None) -> None:
    """Say what changed from OLD to NEW, and who will be asked again.

    Each is a site file, a notice as JSON, or the id of a notice in the store. Exits with 0 where nothing changed,
    with 1 where something did, and with 2 for what cannot be read. With --material only a change counts that a yes has
    to be given to anew.
    """
    from ..changes import asked_again, compare

    before, now = (_version(name, site, data, database) for name in (old, new))
    shared = [locale for locale in now.languages if locale in before.languages]
    locale = shared[0] if shared else now.languages[0]
    then, today = before.notice(locale), now.notice(locale)
    try:
        changes = list(compare(then, today))
        again = sorted(asked_again(changes, today))
    except (LookupError, TypeError, ValueError, AttributeError):
        _fail("One of the two is not a notice as this program writes it.")
    more = [
        (each, change)
        for each in shared[1:]
        for change in compare(before.notice(each), now.notice(each))
        if change.kind in ("reworded", "vendor_safeguard") and not _same_words(change, changes)
    ]
    if as_json:
        _print_json(changes, more, again, locale)
    else:
        _print(changes, more, [p for p in today["purposes"] if p["id"] in again])
    if any(change.material for change in changes) or (not material and (changes or more)):
        sys.exit(1)


def _same_words(change: Change, others: list[Change]) -> bool:
    return any((change.old, change.new) == (other.old, other.new) for other in others)


def _version(name: str, site: str | None, data: Path, database: str | None) -> _Version:
    path = Path(name)
    if path.suffix == ".toml" or (path.is_file() and path.suffix != ".json"):
        from ..site.load import alone

        reading = alone(path)
        if reading.site is None:
            _fail("\n".join(str(mistake) for mistake in reading.mistakes if mistake.severity == "error"))
        return _Version(name, site=reading.site)
    if path.suffix == ".json" or not ID.fullmatch(name):
        return _Version(name, content=_content(_file(path), name))
    place = site or only_site(data)
    store = open_store(data, database)
    try:
        body = store.notice(place, name)
    finally:
        store.close()
    if body is None:
        _fail(f"There is no notice {name} of {place} in the store.")
    return _Version(name, content=_content(body, name))


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        _fail(f"{path}: {(error.strerror or 'it cannot be read').lower()}. Give a site file, a notice or its id.")
    if len(body) > MOST_BYTES:
        _fail(f"{path} is too large for a notice.")
    return body


def _content(body: bytes, name: str) -> Mapping[str, Any]:
    from ..encoding import strict_json

    try:
        found = strict_json(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not found.keys() >= NEEDED:
        _fail(f"{name} is not a notice. Take one from /consent/notices/ID, or from a bundle.")
    return found


def _fail(text: str) -> NoReturn:
    click.echo(TRICKS.sub("�", text), err=True)
    sys.exit(2)


# what is printed


def _text(change: Change) -> str:
    from ..changes import UNSAID, say

    values = dataclasses.asdict(change)
    text = say(change, str, "Accept all") or UNSAID[change.kind].format(**values)
    return TRICKS.sub("�", text)


def _print(changes: list[Change], more: list[tuple[str, Change]], again: list[Mapping[str, Any]]) -> None:
    if not changes and not more:
        click.echo("Nothing changed.")
        return
    for material, title in ((True, "A yes has to be given anew to this:"), (False, "This asks nobody again:")):
        told = [_text(change) for change in changes if change.material == material]
        if not material:
            told += [f"[{locale}] {_text(change)}" for locale, change in more]
        if told:
            click.secho(title, bold=True)
            for line in told:
                click.echo(f"  {'+' if material else '·'} {line}")
    if again:
        names = TRICKS.sub("�", ", ".join(purpose["name"] for purpose in again))
        click.echo(f"Whoever allows one of these, or has not been asked about it yet, is asked again: {names}.")
        if any(purpose["explicit"] for purpose in again):
            click.echo("What is asked for on its own is off until it is ticked again; no first layer asks for it.")
    else:
        click.echo("Nobody is asked again.")


def _print_json(changes: list[Change], more: list[tuple[str, Change]], again: list[str], locale: str) -> None:
    told = [{"locale": locale, **dataclasses.asdict(change), "text": _text(change)} for change in changes]
    told += [{"locale": each, **dataclasses.asdict(change), "text": _text(change)} for each, change in more]
    click.echo(json.dumps({"changes": told, "asked_again": again}, ensure_ascii=False, indent=2))
