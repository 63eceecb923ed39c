"""`consent export` takes the log out; `consent verify` checks what was taken out."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from .place import data_option, database_option, open_store, ring, site_id

if TYPE_CHECKING:
    from ..export.check import Trusted
    from ..export.read import Reader
    from ..export.tables import Tables
    from ..export.verify import Report
    from ..keys import Keys

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}([Zz]|[+-]\d{2}:\d{2})")
KEYS_BYTES = 1 << 20
PARQUET = b"PAR1"  # how such a file begins
_SUFFIX = {"bundle": "zip"}


def moment(text: str) -> int:
    """A date, which means its midnight in UTC, or a moment of RFC 3339 in whole seconds; as Unix seconds."""
    try:
        if _DATE.fullmatch(text):
            return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
        if _MOMENT.fullmatch(text):
            return int(datetime.fromisoformat(text.upper()).timestamp())
    except (ValueError, OverflowError):
        raise click.BadParameter(f"There is no {text} in the calendar or on the clock.") from None
    raise click.BadParameter("Write a date as 2026-04-06, or a time as 2026-04-06T08:30:00Z.")


@click.command()
@click.argument("site", type=site_id)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "parquet", "bundle"]),
    default="csv",
    show_default=True,
    help="CSV; JSON Lines, one record a line; Parquet, a folder with a file for each day; or a bundle for an auditor.",
)
@click.option("--since", type=moment, metavar="TIME", help="From here on: 2026-04-06 (UTC), or 2026-04-06T08:30:00Z.")
@click.option("--until", type=moment, metavar="TIME", help="Before this moment.")
@click.option("--subject", help="Only this person's records, by their subject id. Needs the site's keys.")
@click.option("--personal", is_flag=True, help="Open the personal parts and put them in. Needs the site's keys.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="File to write (for Parquet a new folder). Default: standard output.",
)
@data_option
@database_option
def export(
    site: str,
    form: str,
    since: int | None,
    until: int | None,
    subject: str | None,
    personal: bool,
    output: Path | None,
    data: Path,
    database: str | None,
) -> None:
    """Write the records of SITE, oldest first, each with its signature.

    Without --personal the export identifies nobody. What is written is there under its name only when it is complete,
    and readable by you alone. Check it with: consent verify FILE

    Parquet is laid out as FOLDER/site=SITE/day=2026-04-06/part-0.parquet, which DuckDB, Spark and others read as it
    stands. It needs pyarrow: pip install 'consent-ledger[parquet]'

    A bundle is one ZIP file with the whole log, every notice, all proofs and a report to read. It needs
    pip install 'consent-ledger[bundle]', and the site's keys; what waits for its place in the log is sealed first.
    """
    if form == "bundle":
        from .bundle import export_bundle

        if personal or subject is not None or since is not None or until is not None:
            raise click.UsageError("A bundle is the whole log, without personal parts: it takes no filter.")
        if output is None:
            raise click.UsageError("A bundle is a file. Say which: --output FILE.zip")
        _check_output(form, output)
        export_bundle(site, output, data, database, partial(_progress, quiet=False))
        return
    from ..export.folder import write_folder
    from ..export.write import whole, write
    from ..personal import subject_refs
    from .who import log

    _check_output(form, output)
    keys = ring(data, site) if personal or subject is not None else None
    wanted = subject_refs(keys, subject) if keys and subject is not None else None
    opening = keys if personal else None
    store = open_store(data, database)
    with ExitStack() as stack:
        stack.callback(store.close)
        total = store.count(site, since, until, wanted)
        log(store, site, "export", _filter(keys, since, until, subject, personal), total)
        pages = store.pages(site, since, until, wanted, personal=personal, placed=form == "parquet")
        tick = stack.enter_context(_progress("Exporting", total, quiet=output is None and sys.stdout.isatty()))
        if form == "parquet" and output:
            done = write_folder(site, pages, output, opening, tick)
        else:
            out: BinaryIO = stack.enter_context(whole(output)) if output else sys.stdout.buffer
            done = write(pages, out, "csv" if form == "csv" else "jsonl", opening, tick)
    if output or not done:
        click.echo(f"{done:,} record{'' if done == 1 else 's'} of {site}{f' in {output}' if output else ''}.", err=True)


def _check_output(form: str, output: Path | None) -> None:
    if form == "parquet":
        from ..export.columns import arrow

        if output is None:
            raise click.UsageError("Parquet is a folder of files. Say which: --output FOLDER")
        arrow().set_memory_pool(arrow().system_memory_pool())  # its own allocator keeps 50 MB more
    elif output and output.is_dir():
        raise click.UsageError(
            f"{output} is a folder. Name a file: --output {output / f'log.{_SUFFIX.get(form, form)}'}"
        )


@click.command()
@click.argument("file", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option(
    "--keys",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The site's public keys, as /consent/keys.json serves them. Default: from the data folder.",
)
@click.option(
    "--key",
    "given",
    multiple=True,
    metavar="KEY",
    help="The site's keys.json; for a bundle or receipt also the log's verifier key or a file with it, or a witness's.",
)
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="For a bundle: an older one, which it must continue.",
)
@click.option("--token", help="For a bundle: a browser's token, or a file with it, whose record must be in the log.")
@click.option("--signatures", is_flag=True, help="For a bundle: check each record's own signature as well.")
@click.option("--parquet", is_flag=True, help="For a bundle: check that its Parquet says the same, row by row.")
@click.option("--jobs", type=click.IntRange(1, 256), help="How many processes check. Default: one for each core.")
@data_option
def verify(
    file: Path,
    key_file: Path | None,
    given: tuple[str, ...],
    against: Path | None,
    token: str | None,
    signatures: bool,
    parquet: bool,
    jobs: int | None,
    data: Path,
) -> None:
    """Check a bundle, a receipt or an export, with public keys alone.

    Of a bundle, all that is in it is checked, on all cores: that each record is at its place in the signed log, that
    none was added, removed, changed, moved or dated back, and that each notice is the one that the records name. Exits
    with 1 at the first thing that is not so, and names it.

    Of a receipt it says what was asked and answered, and whether the record has its place in the log.

    Else FILE is what “consent export” wrote: CSV or JSON Lines (“-” reads standard input), or Parquet, a file or the
    folder. Each record must be whole, signed by a known key, agree with what stands around it, and stand after the one
    before. Exits with 1 and names the records that are not so. This proves that what is in the file was signed and not
    changed since. Only a bundle can show that nothing is missing.
    """
    keys = (*given, *([str(key_file)] if key_file else []))
    name = "standard input" if str(file) == "-" else str(file)
    from .bundle import is_bundle, verify_bundle

    with ExitStack() as stack:
        plain = _plain(file, stack)
        if plain and is_bundle(plain):
            from ..export.verify import cores

            bar = partial(_progress, quiet=False)
            verify_bundle(file, keys, against, token, signatures, parquet, jobs or cores(), bar)
            return
        if against or token or signatures or parquet:
            raise click.UsageError(f"{name} is not a bundle, and only a bundle has what these options ask for.")
        _verify_export(file, plain, name, keys, jobs, data, stack)


def _verify_export(
    file: Path,
    plain: BinaryIO | None,
    name: str,
    keys: tuple[str, ...],
    jobs: int | None,
    data: Path,
    stack: ExitStack,
) -> None:
    """A receipt or an export."""
    from .receipt import taken, verify_receipt

    size = _size(plain) if plain else None
    if plain:  # a receipt needs nothing but itself, the libraries of the store neither
        receipt, plain = taken(plain)
        if receipt is not None:
            verify_receipt(receipt, name, keys)
            return
    from ..export.read import NotAnExport, Reader
    from ..export.verify import cores
    from ..export.verify import verify as run

    key_file = _key_file(keys)
    try:
        reader = Reader(plain) if plain else _tables(file)
        trusted = _published(key_file) if key_file else _own(reader, data)
        total = reader.total if size is None and not isinstance(reader, Reader) else size
        tick = stack.enter_context(_progress("Verifying", total, quiet=False))
        report = run(reader, trusted, jobs or cores(), tick)
    except NotAnExport as error:
        raise click.ClickException(f"{name}: {error}") from error
    _tell(report, trusted, name, reader.unit)
    if report.bad or not report.records:
        sys.exit(1)


def _key_file(given: tuple[str, ...]) -> Path | None:
    """The file of keys that `--key` names: each record of an export is checked by the key that signed it."""
    if not given:
        return None
    if len(given) > 1 or not Path(given[0]).is_file():
        raise click.UsageError("An export is checked by the keys that sign records: --key keys.json")
    return Path(given[0])


def _filter(keys: Keys | None, since: int | None, until: int | None, subject: str | None, personal: bool) -> str:
    """What the access log says of an export."""
    from ..personal import pseudonym
    from .who import span

    who = f"subject {pseudonym(keys, subject)}" if keys and subject is not None else ""
    return " ".join(filter(None, (span(since, until), who, "personal" if personal else ""))) or "all"


def _plain(path: Path, stack: ExitStack) -> BinaryIO | None:
    """The open file; None for a table and for a folder of them."""
    if str(path) == "-":
        return sys.stdin.buffer
    if path.is_dir():
        return None
    file = stack.enter_context(path.open("rb"))
    return None if file.peek(4)[:4] == PARQUET else file


def _tables(path: Path) -> Tables:
    from ..export.tables import Tables

    return Tables(path)


def _published(path: Path) -> Trusted:
    """The public keys in a file that the site published."""
    from ..errors import KeysError
    from ..export.check import Trusted
    from ..keys import verifying

    with path.open("rb") as file:
        raw = file.read(KEYS_BYTES)
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise KeysError(f"{path} is not JSON. Fetch the keys from the site: /consent/keys.json") from error
    public = verifying(found)
    return Trusted(str(found.get("site", "")), public)


def _own(reader: Reader | Tables, data: Path) -> Trusted:
    """The public keys of the site that the file names, from the operator's own disk; and says so."""
    from ..export.check import Trusted

    site = reader.site()
    if not site:
        raise click.ClickException("The first record names no site. Say whose keys to use: --keys keys.json")
    keys = ring(data, site_id(site))
    click.echo(
        f"The keys come from this machine's own disk ({data}), so this proves nothing to anyone else. "
        "To check against what the site publishes: --keys keys.json",
        err=True,
    )
    return Trusted(site, keys.public)


def _tell(report: Report, trusted: Trusted, name: str, unit: str) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for verdict in report.named:
        where = f"{unit} {verdict.line}" + (f", record {verdict.id}" if verdict.id else "")
        console.print(Text.assemble(("✗ ", "red"), (where, "bold"), f": {verdict.problem}"))
    if report.bad > len(report.named):
        console.print(Text(f"  … and {report.bad - len(report.named):,} more"))
    if report.bad:
        console.print(Text(f"{name}: {report.bad:,} of {report.records:,} records do not hold.", "bold red"))
    elif report.records:
        console.print(
            Text.assemble(
                ("✓ ", "green"),
                f"{name}: all {report.records:,} records of {trusted.site} hold, {report.first} to {report.last}.",
            )
        )
    else:
        console.print(Text(f"{name}: no records, so nothing was verified.", "bold red"))


def _size(file: BinaryIO) -> int | None:
    import os
    import stat

    try:
        status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


@contextmanager
def _progress(words: str, total: int | None, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, where that is a terminal; gives what to call with how much is done."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done: progress.update(task, completed=done)
