"""A bundle: written by `consent export --format bundle`, checked by `consent verify`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ..site.mistakes import short
from .place import key_folder, open_store, ring

if TYPE_CHECKING:
    from ..bundle.verify.against import Continued
    from ..bundle.verify.opening import Trust
    from ..bundle.verify.promise import Kept
    from ..bundle.verify.run import Findings
    from ..keys import Keys
    from ..store import Store

Progress = Callable[[str, int | None], AbstractContextManager[Callable[[int], None]]]
ZIP = b"PK\x03\x04"
KEY_BYTES = 1 << 20
PATIENCE = 100  # looks, 50 ms apart, while another sealer is at work


def export_bundle(site: str, output: Path, data: Path, database: str | None, progress: Progress) -> None:
    """Seal what waits, then write the log of a site as one file."""
    from ..bundle.errors import BundleError
    from ..bundle.write import Log, write
    from ..export.columns import arrow
    from ..export.write import whole
    from ..keys import published

    arrow()
    keys = ring(data, site)
    if keys.ledger is None:
        raise BundleError(f"The key ring of {site} has no key for its log. Run as its owner: consent keys list {site}")
    store = open_store(data, database)
    try:
        now = moment()
        _seal(store, keys, now, data)
        notes = store.checkpoints(site)
        if not notes:
            raise BundleError(f"The log of {site} has no records yet.")
        size, waiting = notes[-1].size, store.waiting(site)
        log = Log(
            site=site,
            records=(entry.record for _, entry in store.in_order(site, 0, size)),
            pages=store.pages(site, placed=True),
            tiles=store.tiles_reader(site),
            notes=[note.note for note in notes],
            notice=lambda name: store.notice(site, name),
            published=published(keys),
            ledger=keys.ledger,
            time=max(now, notes[-1].time),
            waiting=waiting,
            tool=f"consent-ledger {version('consent-ledger')}",
        )
        with whole(output) as file, progress("Exporting", size) as tick:
            write(file, log, tick)
    finally:
        store.close()
    click.echo(f"{size:,} record{'' if size == 1 else 's'} of {site} in {output}.", err=True)
    if waiting:
        click.echo(f"{waiting:,} more wait for a place in the log: they are not in it.", err=True)


def moment() -> int:
    """Unix seconds."""
    return int(time.time())


def _seal(store: Store, keys: Keys, now: int, data: Path) -> None:
    """Give what waits its place. Where that cannot be, the log goes out as it is."""
    from ..errors import ConsentError
    from ..store import Kept as Newest

    kept = Newest(key_folder(data), keys.site)
    try:
        for _ in range(PATIENCE):
            while store.seal(keys.site, keys, now, kept):
                pass
            if not store.waits(keys.site):
                return
            time.sleep(0.05)  # another sealer is at it
    except (ConsentError, OSError) as error:
        click.secho(f"What waits could not be sealed, so the bundle is made without it: {error}", fg="yellow", err=True)


def is_bundle(file: BinaryIO) -> bool:
    """Whether a file begins as a bundle does. It can be read from its beginning afterwards."""
    if not file.seekable():
        return False
    head = file.read(len(ZIP))
    file.seek(0)
    return head == ZIP


def verify_bundle(
    path: Path,
    given: Iterable[str],
    against: Path | None,
    token: str | None,
    signatures: bool,
    parquet: bool,
    jobs: int,
    progress: Progress,
) -> None:
    """Check a bundle and say what it shows; exits with 1 at the first lie, which is named."""
    from ..bundle.errors import BundleError, Lie
    from ..bundle.verify.against import compare
    from ..bundle.verify.opening import opened
    from ..bundle.verify.promise import find
    from ..bundle.verify.run import verify
    from ..bundle.verify.source import FileSource

    trust, stack = trusted(given), ExitStack()
    name = str(path)
    try:
        source = stack.enter_context(FileSource(path))
        with progress("Verifying", source.size) as tick:
            found = verify(source, trust, signatures=signatures, parquet=parquet, jobs=jobs, tick=tick)
        _tell(found, name, bool(trust.ledger), parquet)
        if against is not None:
            name = f"{path} against {against}"
            older = stack.enter_context(FileSource(against))
            with _named(against):
                before = opened(older.read, older.size, trust)
            _tell_continued(compare(found.bundle, before), against)
        if token is not None:
            name = "the token"
            _tell_kept(find(found.bundle, _text(token)))
    except Lie as lie:
        click.secho(f"✗ {name} does not hold.", fg="red", bold=True)
        click.echo(f"  {lie.where}: {lie.words}.")
        sys.exit(1)
    except BundleError as error:
        raise click.ClickException(str(error)) from error
    finally:
        stack.close()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    from ..bundle.errors import Lie

    try:
        yield
    except Lie as lie:
        raise Lie(f"{path}, {lie.where}", lie.words) from lie


def trusted(given: Iterable[str]) -> Trust:
    """Whom these keys trust: verifier keys, files with some, files keys.json. Raises KeysError."""
    from ..bundle.verify.opening import Trust
    from ..encoding import strict_json
    from ..errors import KeysError
    from ..keys import verifying, verifying_ledger
    from ..ledger.errors import MalformedNote
    from ..ledger.note import VerifierKey

    ledger: list[VerifierKey] = []
    records: dict[str, bytes] | None = None
    for text in given:
        whole = _text(text)
        if whole.lstrip().startswith("{"):
            try:
                found = strict_json(whole)
            except (ValueError, RecursionError) as error:
                raise KeysError(f"{text} is not JSON. Fetch the keys from the site: /consent/keys.json") from error
            ledger += verifying_ledger(found)
            records = {**(records or {}), **verifying(found)}
            continue
        try:
            ledger += [VerifierKey.parse(line) for line in whole.split()]
        except MalformedNote as error:
            raise KeysError(
                f"{text[:100]} is neither a verifier key (NAME+ID+BASE64), nor a file with one, nor a file keys.json."
            ) from error
    return Trust(tuple(ledger), records)


def _text(given: str) -> str:
    """What was given, or what stands in the file of that name."""
    path = Path(given)
    try:
        if len(given) < 1024 and path.is_file():
            with path.open("rb") as file:
                return file.read(KEY_BYTES).decode().strip()
    except (OSError, ValueError):
        pass
    return given.strip()


def _tell(found: Findings, name: str, has_key: bool, parquet: bool) -> None:
    manifest = found.bundle.manifest
    if not has_key:
        click.secho(
            "! No key was given, so this was checked against the bundle's own key. It shows that the bundle is whole, "
            "and not whose log it is. Compare the key with one that you have from elsewhere: --key KEY",
            fg="yellow",
        )
        for key in found.bundle.context.trusted:
            click.echo(f"  {short(key, 400)}")
    click.secho(f"✓ {name} holds: all {manifest.size:,} records of {short(manifest.site)}.", fg="green", bold=True)
    click.echo(f"  Log {short(manifest.origin, 255)}, answers from {found.first} to {found.last}.")
    click.echo(
        f"  Each record is at its place in the tree, under {found.checkpoints:,} signed checkpoint"
        f"{'' if found.checkpoints == 1 else 's'}; no id stands twice, no time lies outside its checkpoints."
    )
    count = len(found.bundle.context.notices)
    click.echo(f"  {count:,} notice{'' if count == 1 else 's'}, each the one that the records name.")
    if found.signatures:
        click.echo("  Each record's own signature holds.")
    else:
        click.echo("  The checkpoint's signature covers every record. Each record's own: --signatures")
    if found.rows is not None:
        click.echo("  The Parquet files say the same as the records.")
    elif parquet:
        click.secho("  ! Parquet was checked by its hash alone: pyarrow is not installed.", fg="yellow")
    else:
        click.echo("  The Parquet files have their hashes. That they say the same as the records: --parquet")
    if manifest.waiting:
        click.echo(f"  {manifest.waiting:,} more waited for a place when it was made; they are not in it.")


def _tell_continued(found: Continued, against: Path) -> None:
    click.secho(f"✓ It continues {against}.", fg="green", bold=True)
    click.echo(
        f"  The first {found.older:,} of its {found.newer:,} records are those of the older bundle, and all of that "
        f"one's {found.checkpoints:,} checkpoints belong to this log."
    )


def _tell_kept(found: Kept) -> None:
    click.secho(f"✓ The token's record {found.record} is in the log, at index {found.index:,}.", fg="green", bold=True)
