"""A folder of Parquet files, one a site and day, laid out as DuckDB, Spark and their like read it as it stands.

`FOLDER/site=shop/day=2026-11-21/part-0.parquet`: the names are two more columns (Hive partitioning), and a query about
some days opens no others.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ConsentError
from ..keys import Keys
from ..store import Page
from .columns import arrow
from .days import by_day
from .parquet import write_parquet
from .write import ticking, whole


class FolderTaken(ConsentError):
    """There is something under the folder's name already."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is there already, and not empty. Name another folder, or remove this one.")


def write_folder(site: str, pages: Iterable[Page], folder: Path, keys: Keys | None, tick: Callable[[int], None]) -> int:
    """Write the records of a site and return how many there were; see `write_parquet`. Raises FolderTaken, too.

    `tick` is called with how many are done.
    """
    arrow()
    done = 0
    with whole_folder(folder) as part:
        for day, days in by_day(ticking(pages, tick)):
            place = part / f"site={site}" / f"day={day.isoformat()}"
            for folder_of in (place.parent, place):
                folder_of.mkdir(mode=0o700, exist_ok=True)
            with whole(place / "part-0.parquet") as file:
                done += write_parquet(days, file, keys)
    return done


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder that is there under its name only when it is complete; readable by its owner alone (0700).

    Gives the folder to write to, beside it, which goes away when writing fails. Raises FolderTaken.
    """
    if path.is_symlink() or (path.exists() and not (path.is_dir() and not any(path.iterdir()))):
        raise FolderTaken(path)
    part = Path(tempfile.mkdtemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent))
    try:
        yield part
        try:
            part.replace(path)
        except OSError as error:  # somebody was quicker
            raise FolderTaken(path) from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
