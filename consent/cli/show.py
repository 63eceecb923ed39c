"""`consent show`: one person's history, with the text as it was shown to them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .place import data_option, database_option, key_folder, open_store, ring, site_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.text import Text

    from ..keys import Keys
    from ..store import Entry, Store
    from ..token import Token

# Control characters and those that turn the direction of what follows: on a terminal both can make text lie.
TRICKS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
DONE = {
    "accept_all": "accepted all",
    "reject_all": "refused all",
    "save": "saved choices",
    "withdraw": "withdrew consent",
    "object": "objected",
    "linked": "brought together with an account",
    "told": "was told, and did not object",
    "signal": "opted out by a signal of the browser",
    "imported": "kept what an earlier tool had stored; nothing was answered here",
}
SIGNALS = {
    "dnt": "DNT header",
    "gpc": "Sec-GPC header",
    "js_dnt": "navigator.doNotTrack",
    "js_gpc": "navigator.globalPrivacyControl",
}


@dataclass(frozen=True, slots=True)
class _Site:
    """A site's keys and its store: all that it takes to read what was."""

    keys: Keys
    store: Store

    def notice(self, notice_id: str) -> dict[str, Any] | None:
        body = self.store.notice(self.keys.site, notice_id)
        notice: dict[str, Any] | None = json.loads(body) if body else None
        return notice


@click.command(context_settings={"ignore_unknown_options": True})  # a subject id may begin with a dash
@click.argument("person", metavar="SUBJECT|TOKEN")
@click.option(
    "--site", type=site_id, help="The site's id. Default: the one that the token names, or the only one that has keys."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON: leaves, signatures, notices.")
@data_option
@database_option
def show(person: str, site: str | None, as_json: bool, data: Path, database: str | None) -> None:
    """Show one person's choices, oldest first, and the text as it was shown to them.

    The person is named by their subject id, or by a TOKEN: the value of the cookie that their browser holds. It must be
    genuine, and its key not retired, but it may have expired. The token of a refusal names nobody: then the refusal
    itself is shown.
    """
    named = payload(person)
    wanted = site or (_text(named.get("s")) if named else only_site(data))
    keys = ring(data, site_id(wanted))
    token = genuine(person, named, keys) if named else None
    store = open_store(data, database)
    try:
        place = _Site(keys, store)
        if token is not None and token.record is None:
            _show_refusal(place, token, as_json)
        else:
            _show_history(place, _subject(place, token) if token else person, token, as_json)
    finally:
        store.close()


# who


def payload(text: str) -> dict[str, Any] | None:
    """What a token claims, or None for what does not look like one (then it is a subject)."""
    from ..encoding import strict_json, unb64

    try:
        found = strict_json(unb64(text.partition(".")[0]).decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and "s" in found else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def only_site(data: Path) -> str:
    """The site that alone has keys in the folder."""
    found = sorted(path.name.removesuffix(".keys.json") for path in key_folder(data).glob("*.keys.json"))
    if len(found) == 1:
        return found[0]
    where = f"These have keys in {data}: {', '.join(found)}" if found else f"There are no keys in {key_folder(data)}"
    raise click.UsageError(f"Say which site: --site ID. {where}.")


def genuine(text: str, named: dict[str, Any], keys: Keys) -> Token:
    """The token, if it is genuine. It is read as of the time that it was made: also an old one leads to its person."""
    from .. import token as tokens
    from ..errors import TokenError

    made = named.get("t")
    try:
        return tokens.read(text, keys, keys.site, made if type(made) is int else 0)
    except TokenError as error:
        raise click.ClickException(
            f"This token cannot be believed ({_REASONS.get(error.reason, error.reason)})."
        ) from error


_REASONS = {
    "malformed": "it is damaged",
    "unknown_key": "its key is retired or not this site's",
    "signature": "its signature is wrong",
    "site": "it is another site's",
}


def _subject(place: _Site, token: Token) -> str:
    import uuid

    from .. import personal

    record_id = uuid.UUID(token.record)
    entry = place.store.record(place.keys.site, record_id)
    if entry is None:
        raise click.ClickException(f"The token is genuine, but its record {record_id} is not in this database.")
    if entry.sealed is None:
        raise click.ClickException(
            f"The personal part of record {record_id} is gone, so that it leads to nobody any more."
        )
    return personal.unseal(entry.sealed, place.keys, record_id).subject


# what


def _history(place: _Site, entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """All that is known of each record. `problem` is None for one that is whole."""
    from .. import personal as personals
    from .. import record as records
    from ..encoding import b64

    for entry in entries:
        opened = personals.unseal(entry.sealed, place.keys, entry.record.id) if entry.sealed else None
        yield {
            "leaf": entry.record.fields,
            "signature": b64(entry.record.signature),
            "problem": records.verify(entry.record, place.keys.public),
            "personal": json.loads(opened.canonical()) if opened else None,
        }


def _show_history(place: _Site, subject: str, token: Token | None, as_json: bool) -> None:
    from ..personal import pseudonym, subject_refs
    from .who import log

    entries = place.store.by_subject(place.keys.site, subject_refs(place.keys, subject))
    log(place.store, place.keys.site, "look up", f"subject {pseudonym(place.keys, subject)}", len(entries))
    found = list(_history(place, entries))
    if not found:
        raise click.ClickException(f"There are no records of {_plain(subject)} at {place.keys.site}.")
    notices = {entry["leaf"]["notice"]: place.notice(entry["leaf"]["notice"]) for entry in found}
    if as_json:
        _print_json({"site": place.keys.site, "subject": subject, "records": found, "notices": notices})
        return
    out = _Paper()
    count = f"{len(found)} record{'' if len(found) == 1 else 's'}"
    out.line(f"{subject} at {place.keys.site}: {count}", "bold")
    if token is not None and token.expires <= _now():
        out.line("The token itself has expired: it is no choice any more, and still leads here.")
    told: dict[str, str] = {}
    for entry in found:
        leaf = entry["leaf"]
        out.record(entry, told.get(leaf["notice"], ""))
        if leaf["notice"] not in told:
            out.notice(leaf["notice"], notices[leaf["notice"]])
            told[leaf["notice"]] = leaf["time"]


def _show_refusal(place: _Site, token: Token, as_json: bool) -> None:
    from ..encoding import timestamp

    day, notice = timestamp(token.time)[:10], place.notice(token.notice)
    if as_json:
        answers = {"day": day, "expires": timestamp(token.expires), "answers": dict(token.answers)}
        _print_json({"site": place.keys.site, "subject": None, "refusal": answers, "notices": {token.notice: notice}})
        return
    out = _Paper()
    out.line(f"A refusal at {place.keys.site} on {day}.", "bold")
    out.line("It names nobody: everyone who refused this notice that day holds the same token.")
    out.pair("Answers", _answers({name: bool(given) for name, given in token.answers.items()}))
    out.pair("Until", timestamp(token.expires))
    out.notice(token.notice, notice)


def _now() -> int:
    import time

    return int(time.time())


def _answers(answers: dict[str, bool]) -> str:
    return ", ".join(f"{name}: {'yes' if given else 'no'}" for name, given in answers.items()) or "none"


def _plain(text: object) -> str:
    """Text that does nothing to a terminal but appear."""
    return TRICKS.sub(lambda found: f"\\x{ord(found[0]):02x}", str(text))


def _print_json(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    # JSON may hold these as they are; a terminal had better not. Line ends are json's own.
    click.echo(re.sub("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]", lambda found: f"\\u{ord(found[0]):04x}", text))


class _Paper:
    """What is printed. Only `Text`, never markup, so that no record and no notice can style what stands here."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False, markup=False, emoji=False)

    def _styled(self, text: object, style: str) -> Text:
        from rich.text import Text

        return Text(_plain(text), style)

    def line(self, text: object, style: str = "", indent: int = 0) -> None:
        """A paragraph."""
        from rich.padding import Padding

        self._console.print(Padding.indent(self._styled(text, style), indent))

    def pair(self, name: str, value: object, indent: int = 2) -> None:
        """A name and what it is; nothing where there is nothing to say."""
        from rich.table import Table

        if not value:
            return
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(width=16)
        row.add_column(overflow="fold")
        row.add_row(self._styled(name, "dim"), self._styled(value, ""))
        self.indented(row, indent)

    def indented(self, what: Any, indent: int) -> None:
        """Anything, further to the right."""
        from rich.padding import Padding

        self._console.print(Padding.indent(what, indent))

    def record(self, entry: dict[str, Any], told: str) -> None:
        """One choice. `told` is the time of the earlier record whose notice was the same."""
        leaf, personal = entry["leaf"], entry["personal"] or {}
        how = DONE.get(leaf["method"], leaf["method"])
        self._console.print()
        self.line(f"{leaf['time']}  {how}", "bold")
        self.pair("Answers", _answers(leaf["answers"]))
        self.pair("Not to", ", ".join(leaf["vendors"]))
        self.pair(
            "Signals",
            ", ".join(f"{SIGNALS.get(name, name)}: {said}" for name, said in leaf["signals"].items()) or "none",
        )
        self.pair("Age", leaf.get("age"))
        self.pair("Given by", f"{leaf['via']}, in {leaf['locale']}, under {leaf['regime']}")
        self.pair("Holds until", leaf["expires"])
        self.pair("Record", leaf["id"])
        self.pair("Took over", personal.get("previous"))
        for name, words in (("ip", "Address"), ("device", "Device"), ("page", "Page"), ("imported", "Imported")):
            self.pair(words, personal.get(name))
        self.pair("Signature", f"NOT VALID: {entry['problem']}" if entry["problem"] else f"valid, by key {leaf['key']}")
        if told:
            self.pair("Was shown", f"the same as on {told}")

    def notice(self, notice_id: str, notice: dict[str, Any] | None) -> None:
        """The text as it was shown."""
        self.pair(
            "Was shown", f"notice {notice_id}" if notice else f"notice {notice_id}, which is not in this database"
        )
        if notice is None:
            return
        texts, who = notice["texts"], notice["controller"]
        self.line(texts["title"], "bold", 4)
        self.line(texts["intro"], "", 4)
        self.pair(
            texts["controller"], ", ".join(who[k] for k in ("name", "address", "country", "contact") if who[k]), 4
        )
        self.pair(texts["policy"], notice["policy"], 4)
        self.line(texts["effective"], "", 4)
        self.line(" · ".join(f"[{texts[button]}]" for button in notice["first_layer"]), "", 4)
        for purpose in notice["purposes"]:
            self._purpose(purpose, texts)

    def _purpose(self, purpose: dict[str, Any], texts: dict[str, str]) -> None:
        self._console.print()
        self.line(purpose["name"], "bold", 4)
        self.line(purpose["text"], "", 6)
        if purpose["explicit"]:
            self.line(texts["explicit_note"], "", 6)
        self.pair(texts["basis"], purpose["basis_text"], 6)
        self.pair(texts["retention"], purpose["retention"], 6)
        self._items(purpose["items"], texts, 6)
        for vendor in purpose["vendors"]:
            self.pair(texts["vendors"], vendor["name"], 6)
            about = (vendor["role_text"], vendor["country_text"], vendor["safeguard"], vendor["policy"])
            self.line(" · ".join(part for part in about if part), "", 8)
            self._items(vendor["items"], texts, 8)

    def _items(self, items: list[dict[str, Any]], texts: dict[str, str], indent: int) -> None:
        if not items:
            return
        from rich.table import Table

        self.line(texts["items"], "dim", indent)
        grid = Table.grid(padding=(0, 2, 0, 0))
        for item in items:
            grid.add_row(*(self._styled(item[name], "") for name in ("name", "kind_text", "duration", "text")))
        self.indented(grid, indent + 2)
