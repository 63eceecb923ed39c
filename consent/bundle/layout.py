"""What stands where in a bundle: which members there must be for a log of a size, and in which order. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..ledger import tiles
from .errors import Lie

PART = 16_384  # records of one part: 64 tiles
CHECKPOINT, CHECKPOINTS, KEYS = "checkpoint", "checkpoints.txt", "keys.json"
REPORT, HELP, SUMS = "report.html", "VERIFY.md", "SHA256SUMS"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
LISTED = (CHECKPOINT, CHECKPOINTS, KEYS, REPORT, HELP, SUMS)  # what stands behind the notices, in this order
LIMITS = {
    CHECKPOINT: 1 << 16,
    CHECKPOINTS: 1 << 28,
    KEYS: 1 << 20,
    HELP: 1 << 20,
    MANIFEST: 1 << 28,
    SIGNATURE: 1 << 16,
}
NOTICE_BYTES = 1 << 22

_PARQUET = re.compile(
    r"parquet/site=(?P<site>[a-z][a-z0-9_]{0,31})/day=(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})/part-0\.parquet"
)
_NOTICE = re.compile(r"notices/(?P<id>[A-Za-z0-9_-]{43})\.json")


def part(number: int) -> str:
    """A run of PART records, as JSON Lines in the order of the log."""
    return f"records/{number:06d}.jsonl"


def parquet(site: str, day: str) -> str:
    """The records of a day, as Hive, DuckDB and Spark look for them."""
    return f"parquet/site={site}/day={day}/part-0.parquet"


def day_of(path: str) -> str:
    """The day of such a path."""
    return path.rpartition("/day=")[2][:10]


def notice(notice_id: str) -> str:
    """An archived notice."""
    return f"notices/{notice_id}.json"


def notice_of(path: str) -> str:
    """The id in such a path."""
    return path.removeprefix("notices/").removesuffix(".json")


def parts(size: int) -> int:
    """How many parts a log of `size` has."""
    return -(-size // PART)


def is_parquet(path: str) -> bool:
    """Whether it is a path of records as Parquet."""
    return _PARQUET.fullmatch(path) is not None


def is_notice(path: str) -> bool:
    """Whether it is a path of a notice."""
    return _NOTICE.fullmatch(path) is not None


def ordered(size: int, parquets: Sequence[str], notices: Sequence[str]) -> Iterator[str]:
    """Every listed member of a bundle, in order."""
    yield from (part(number) for number in range(parts(size)))
    yield from sorted(parquets)
    yield from (tiles.path(name) for name in tiles.names(size))
    yield from sorted(notices)
    yield from LISTED


def check(paths: Sequence[str], size: int, site: str) -> None:
    """Whether these are the members that a bundle of the site's log of `size` has. Raises Lie."""
    parquets = [path for path in paths if is_parquet(path)]
    notices = [path for path in paths if is_notice(path)]
    for path in parquets:
        if not path.startswith(f"parquet/site={site}/"):
            raise Lie(path, f"it is of another site, and the bundle is of {site}")
    expected = list(ordered(size, parquets, notices))
    if list(paths) == expected:
        return
    missing = sorted(set(expected) - set(paths))
    surplus = sorted(set(paths) - set(expected))
    if missing:
        raise Lie(missing[0], f"it is missing, and a log of {size:,} records has it")
    if surplus:
        raise Lie(surplus[0], f"it has no place in the bundle of a log of {size:,} records")
    found = next(path for path, other in zip(paths, expected, strict=False) if path != other)
    raise Lie(found, "it stands twice, or not at its place")
