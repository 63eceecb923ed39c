"""`consent receipt`: a record as a file that its person can keep; and what `consent verify` says of one."""

from __future__ import annotations

import io
import sys
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from .place import data_option, database_option, open_store, ring, site_id
from .show import genuine, only_site, payload
from .who import log

if TYPE_CHECKING:
    from ..keys import Keys
    from ..receipt import Trusted, Verdict

HEAD = 1 << 20  # bytes: a receipt is no longer
KEY_BYTES = 1 << 20


@click.command(context_settings={"ignore_unknown_options": True})  # a token may begin with a dash
@click.argument("record", metavar="TOKEN|RECORD")
@click.option(
    "--site", type=site_id, help="The site's id. Default: the one that the token names, or the only one that has keys."
)
@click.option("--personal", is_flag=True, help="With the personal part: for the person alone. Needs the site's keys.")
@click.option(
    "--page", is_flag=True, help="As a page of HTML to read and to print, instead of the file that proves it."
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write. Default: standard output."
)
@data_option
@database_option
def receipt(
    record: str, site: str | None, personal: bool, page: bool, output: Path | None, data: Path, database: str | None
) -> None:
    """Write the receipt of one record: what was asked and answered, with the proof.

    The record is named by its number (a UUID), or by a TOKEN: the value of the cookie that a browser holds. The receipt
    is one JSON file in the fields of ISO/IEC TS 27560; anyone can check it offline: consent verify FILE --key KEY

    Without --personal it identifies nobody.
    """
    from ..export.write import whole
    from ..receipt import to_bytes
    from ..store.receipts import receipt as of

    named = payload(record)
    claimed = named.get("s") if named else None
    keys = ring(data, site_id(site or (claimed if isinstance(claimed, str) else only_site(data))))
    record_id = _record_of(record, named, keys)
    store = open_store(data, database)
    try:
        entry = store.record(keys.site, record_id)
        notice = store.notice(keys.site, entry.record.fields["notice"]) if entry else None
        if entry is None:
            raise click.ClickException(f"There is no record {record_id} of {keys.site}.")
        if notice is None:
            raise click.ClickException(f"The notice of record {record_id} is gone, so it has no receipt.")
        log(store, keys.site, "export", f"record {record_id}{' personal' if personal else ''}", 1)
        made = of(store, keys, entry, notice, own=personal)
    finally:
        store.close()
    data_out = _page(made) if page else to_bytes(made)
    if output:
        with whole(output) as file:
            file.write(data_out)
    else:
        sys.stdout.buffer.write(data_out)
    if "proof" not in made:
        click.echo(
            "This record waits for its place in the log, so the receipt is a signed promise of one. "
            "Write it again in a minute.",
            err=True,
        )


def _page(made: dict[str, Any]) -> bytes:
    from ..web.receipt import render_receipt

    return render_receipt(made).encode()


def _record_of(text: str, named: dict[str, Any] | None, keys: Keys) -> uuid.UUID:
    if named is None:
        try:
            return uuid.UUID(text)
        except ValueError:
            raise click.ClickException(
                "This is neither a record's number, as in 019a4c2e-7c00-7abc-8def-0123456789ab, nor a token."
            ) from None
    token = genuine(text, named, keys)
    if token.record is None:
        raise click.ClickException(
            "This is the token of a refusal. It names no record, so that nobody can be followed by their no, "
            "and therefore leads to no receipt. If you know the record's number, give that."
        )
    return uuid.UUID(token.record)


# verify


def taken(file: BinaryIO) -> tuple[bytes | None, BinaryIO]:
    """The bytes of a receipt, or None and the file as it was."""
    from ..receipt.build import FORMAT

    head = file.read(HEAD + 1)
    if head.lstrip().startswith(b"{") and FORMAT.encode() in head and not head.startswith(b'{"leaf"'):
        return head, file
    if file.seekable():
        file.seek(0)
        return None, file
    return None, io.BufferedReader(_Joined(head, file))


class _Joined(io.RawIOBase):
    """What was read ahead, and the rest behind it."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._head.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


def verify_receipt(data: bytes, name: str, keys: Iterable[str]) -> None:
    """Say whether a receipt holds, in words; exits with 1 when it does not."""
    from ..receipt import check, from_bytes
    from ..receipt.build import UNREADABLE

    trusted = trust(keys)
    found = from_bytes(data)
    verdict = check(found, trusted)
    problem, lines = verdict.problem, []
    if problem is None:
        try:
            lines = list(told(verdict))
        except UNREADABLE:  # signed so by a site that means ill
            problem = "its notice is not one that this program wrote"
    if problem is not None:
        click.secho(f"✗ {name} does not hold: {_plain(problem)}.", fg="red")
        sys.exit(1)
    click.secho(f"✓ {name} holds.", fg="green")
    for line in lines:
        click.echo(_plain(line))


def trust(keys: Iterable[str]) -> Trusted:
    """The keys that were given: verifier keys, files with some, files keys.json. Raises KeysError."""
    from ..errors import KeysError
    from ..ledger.errors import MalformedNote
    from ..ledger.note import COSIGNATURE, VerifierKey
    from ..receipt import Trusted

    signing: dict[str, bytes] = {}
    named: list[VerifierKey] = []
    site, published = "", False
    for text in keys:
        whole = _key_text(text)
        if whole.lstrip().startswith("{"):
            site, more, logs = _published(whole, text)
            published, signing = True, signing | more
            named += logs
            continue
        try:
            named += [VerifierKey.parse(line) for line in whole.split()]
        except MalformedNote as error:
            raise KeysError(
                f"{text[:80]} is neither a verifier key (NAME+ID+BASE64) nor a file of keys: {error}"
            ) from error
    logs_only = tuple(key for key in named if key.algorithm != COSIGNATURE)
    witnesses = tuple(key for key in named if key.algorithm == COSIGNATURE)
    if not logs_only and not published:
        raise KeysError("Say by which keys to check: --key keys.json (as the site serves it), or --key VKEY.")
    return Trusted(logs_only, signing if published else None, witnesses, site)


def _key_text(text: str) -> str:
    """The key itself, or what stands in the file of that name."""
    from ..errors import KeysError

    path = Path(text)
    try:
        if not path.is_file():
            return text
        with path.open("rb") as file:
            return file.read(KEY_BYTES).decode()
    except ValueError as error:  # not UTF-8, or no path at all
        raise KeysError(f"{text[:80]} is not a file of keys.") from error


def _published(text: str, name: str) -> tuple[str, dict[str, bytes], tuple[Any, ...]]:
    from ..encoding import strict_json
    from ..errors import KeysError
    from ..keys import verifying, verifying_ledger

    try:
        found = strict_json(text)
    except (ValueError, RecursionError) as error:
        raise KeysError(f"{name[:80]} is not JSON. Fetch the keys from the site: /consent/keys.json") from error
    return str(found.get("site", "")), verifying(found), verifying_ledger(found) if "ledger" in found else ()


def told(verdict: Verdict) -> Iterable[str]:
    """What a receipt that holds says, a fact a line."""
    from ..encoding import timestamp
    from ..ledger import note as notes
    from .show import DONE

    leaf, notice = verdict.leaf, verdict.notice
    yield f"  Record     {leaf['id']}, of {notice['site_name']} ({notice['controller']['name']})"
    whose = "the personal part is in it" if verdict.personal else "it names nobody"
    yield f"  Whose      {whose}"
    yield f"  When       {leaf['time']}, until {leaf['expires']}"
    asked = [purpose for purpose in notice["purposes"] if purpose["asked"]]
    rest = [purpose for purpose in notice["purposes"] if not purpose["asked"]]
    yield f"  Asked      {_names(asked)}, in {leaf['locale']}, by notice {leaf['notice']}"
    yield f"  Answered   {DONE.get(leaf['method'], leaf['method'])}"
    for some, answer, word in ((asked, True, "yes to"), (asked, False, "no to"), (rest, False, "objected to")):
        if names := _names(purpose for purpose in some if leaf["answers"].get(purpose["id"]) is answer):
            yield f"             {word}: {names}"
    if leaf["vendors"]:
        yield f"             without: {', '.join(leaf['vendors'])}"
    if verdict.signed is None or verdict.index is None:
        yield "  Place      promised, not proved yet: fetch the receipt again in a minute. If the log then lacks it,"
        yield "             this file is evidence against the operator."
        return
    head = verdict.signed.checkpoint
    yield f"  Place      index {verdict.index:,} of a log of {head.size:,} records, {head.origin}"
    time = verdict.signed.time
    yield f"  Checkpoint {timestamp(time) if time is not None and time < 1 << 37 else 'without a time'}"
    seen = [f"{one.name} at {timestamp(one.time)}" for one in verdict.witnesses if one.time < 1 << 37]
    yield f"  Witnesses  {', '.join(seen) or 'none that was checked'}"
    known = {head.origin, *(one.name for one in verdict.witnesses)}
    others = sorted({one.name for one in notes.parse(verdict.signed.note).signatures} - known)
    if others:
        yield f"             not checked, for want of their keys: {', '.join(others)}"


def _names(purposes: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(purpose["name"] for purpose in purposes)


def _plain(text: str) -> str:
    """Without what makes a terminal lie."""
    from .show import TRICKS

    return TRICKS.sub("\ufffd", text).replace("\n", " ")
