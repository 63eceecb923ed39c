"""What an export costs beside the bare library that writes the same cells, and how it grows.

The floor reads flat tables with sqlite3 in pages and gives its rows to csv.writer, to orjson or to pyarrow: nothing
has to be found, joined, hashed or checked, except that pyarrow gets maps, which no table has, from JSON by orjson. Each
run is a process of its own, so that its memory is its own; floor and export take turns. Imports are not counted.
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from . import flat as ready
from .rounds import each
from .tables import Table

ROWS = 1_000_000
SIZES = (100_000, 1_000_000, 10_000_000)
CEILING = 1.5  # of the floor
MEMORY = 200  # MB; of which the libraries of Parquet have 80 before they have read anything
PAGE = 10_000  # rows that a floor holds at a time


def measure(rounds: int = 5, rows: int = ROWS) -> list[Table]:
    """A table of ratios at `rows`."""
    with tempfile.TemporaryDirectory(prefix="consent-bench-") as folder:
        return [_ratios(Path(folder), rounds, rows)]


def curve(rounds: int = 3, sizes: tuple[int, ...] = SIZES) -> list[Table]:
    """A table of the cost as the log grows."""
    with tempfile.TemporaryDirectory(prefix="consent-bench-") as folder:
        return [_growth(Path(folder), rounds, sizes)]


def _ratios(folder: Path, rounds: int, rows: int) -> Table:
    table = Table(
        f"Export of {rows:,} records",
        ("format", "what", "records a second", "CPU µs a record", "peak MB", "× floor, time", "× floor, CPU"),
        note=f"The ceilings are {CEILING} × floor and {MEMORY} MB. Medians of {rounds} rounds; ratios round by round.",
    )
    _fill(folder, rows, flat=True)
    runs: dict[str, list[Run]] = {name: [] for name in CONTESTANTS}
    each("exports", [(name, partial(_one, name, folder, rows, runs[name])) for name in CONTESTANTS], rounds)
    for form in ("csv", "jsonl", "parquet"):
        floor, ours = runs[f"{form}-floor"], runs[form]
        table.add(form, "floor", *_figures(floor, rows), "1.00", "1.00")
        ratios = (
            statistics.median(a.wall / b.wall for a, b in zip(ours, floor, strict=True)),
            statistics.median(a.cpu / b.cpu for a, b in zip(ours, floor, strict=True)),
        )
        table.add(form, "export", *_figures(ours, rows), *(f"{ratio:.2f}" for ratio in ratios))
    return table


def _growth(folder: Path, rounds: int, sizes: tuple[int, ...]) -> Table:
    table = Table(
        "Export as the log grows",
        ("records", "format", "records a second", "CPU µs a record", "peak MB", "× smallest, CPU"),
        note="CPU a record as a multiple of that at the smallest size; linear growth is 1.",
    )
    least: dict[str, float] = {}
    for rows in sizes:
        _fill(folder, rows, flat=False)
        runs: dict[str, list[Run]] = {name: [] for name in OURS}
        each(f"{rows:,}", [(name, partial(_one, name, folder, rows, runs[name])) for name in OURS], rounds)
        for name in OURS:
            cpu = statistics.median(run.cpu for run in runs[name]) / rows
            ratio = cpu / least.setdefault(name, cpu)
            table.add(f"{rows:,}", name, *_figures(runs[name], rows), f"{ratio:.2f}")
        _paths(folder, rows)[0].unlink()
    return table


class Run:
    """What one process needed."""

    def __init__(self, wall: float, cpu: float, peak: float) -> None:
        self.wall, self.cpu, self.peak = wall, cpu, peak


def _figures(runs: list[Run], rows: int) -> tuple[str, str, str]:
    wall, cpu, peak = (statistics.median(getattr(run, name) for run in runs) for name in ("wall", "cpu", "peak"))
    return f"{rows / wall:,.0f}", f"{cpu / rows * 1e6:.1f}", f"{peak:.0f}"


def _paths(folder: Path, rows: int) -> tuple[Path, Path, Path]:
    """The log, the flat table, what is written."""
    return folder / f"{rows}.sqlite3", folder / f"{rows}.flat", folder / "out"


def _fill(folder: Path, rows: int, *, flat: bool) -> None:
    database, cells, _ = _paths(folder, rows)
    if not database.exists():
        from . import log

        log.fill(f"sqlite:///{database}", rows)
    if flat:
        ready.flatten(f"sqlite:///{database}", cells)


def _one(name: str, folder: Path, rows: int, runs: list[Run]) -> None:
    command = [sys.executable, "-m", "benchmarks.exports", name, str(folder), str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout)
    assert figures.pop("rows") >= rows, done.stdout
    runs.append(Run(**figures))


# The contestants: each writes all records of the log to `out` and returns how many.


def csv_floor(_: Path, flat: Path, out: Path) -> int:
    """csv.writer."""
    from consent.export.lines import COLUMNS

    done = 0
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for rows in ready.pages(flat, "csv", PAGE):
            writer.writerows(rows)
            done += len(rows)
    return done


def jsonl_floor(_: Path, flat: Path, out: Path) -> int:
    """The library orjson; the leaf is JSON already."""
    import orjson

    done, end = 0, orjson.OPT_APPEND_NEWLINE
    with out.open("wb") as file:
        for rows in ready.pages(flat, "jsonl", PAGE):
            lines = [
                orjson.dumps({"leaf": orjson.Fragment(leaf), "signature": text}, option=end) for leaf, text in rows
            ]
            file.write(b"".join(lines))
            done += len(rows)
    return done


def parquet_floor(_: Path, flat: Path, out: Path) -> int:
    """pyarrow, as it is set for an export: the same columns, row groups and files."""
    import orjson
    import pyarrow as pa

    from consent.export.columns import schema
    from consent.export.parquet import ROWS, writer

    columns = schema()
    done = 0

    def array(column: Any, values: tuple[Any, ...]) -> Any:
        if pa.types.is_map(column.type):
            return pa.array([list(orjson.loads(value).items()) for value in values], column.type)
        if column.name == "v":
            values = tuple(map(int, values))
        return pa.array([None if value == "" else value for value in values], column.type)

    for day, rows in _by_day(ready.pages(flat, "parquet", PAGE), ready.cells_of("parquet").index("millis")):
        place = out / "site=bench" / f"day={day}"
        place.mkdir(parents=True)
        with (place / "part-0.parquet").open("wb") as file, writer(file, columns) as parquet:
            for start in range(0, len(rows), ROWS):
                cells = zip(columns, zip(*rows[start : start + ROWS], strict=True), strict=True)
                parquet.write_batch(pa.record_batch([array(*cell) for cell in cells], schema=columns))
        done += len(rows)
    return done


def _by_day(pages: Iterator[list[tuple[Any, ...]]], millis: int) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    rows = (row for page in pages for row in page)
    for day, found in groupby(rows, key=lambda row: row[millis] // 86_400_000):
        yield day, list(found)


def _ignore(_: int) -> None:
    """No progress is shown."""


def _text(form: Any, database: Path, out: Path) -> int:
    from consent.export.write import whole, write
    from consent.store import Store

    store = Store.open(f"sqlite:///{database}")
    with contextlib.closing(store), whole(out) as file:
        return write(store.pages(ready.NAME), file, form, None, _ignore)


def csv_export(database: Path, _: Path, out: Path) -> int:
    """As `consent export`."""
    return _text("csv", database, out)


def jsonl_export(database: Path, _: Path, out: Path) -> int:
    """As `consent export`."""
    return _text("jsonl", database, out)


def parquet_export(database: Path, _: Path, out: Path) -> int:
    """As `consent export`."""
    from consent.export.folder import write_folder
    from consent.store import Store

    store = Store.open(f"sqlite:///{database}")
    with contextlib.closing(store):
        return write_folder(ready.NAME, store.pages(ready.NAME, placed=True), out, None, _ignore)


CONTESTANTS: dict[str, Callable[[Path, Path, Path], int]] = {
    "csv-floor": csv_floor,
    "csv": csv_export,
    "jsonl-floor": jsonl_floor,
    "jsonl": jsonl_export,
    "parquet-floor": parquet_floor,
    "parquet": parquet_export,
}
_STORE = ("consent.store", "sqlalchemy.dialects.sqlite")
IMPORTS: dict[str, tuple[str, ...]] = {
    "csv-floor": ("consent.export.lines",),
    "csv": ("consent.export.write", *_STORE),
    "jsonl-floor": ("orjson",),
    "jsonl": ("consent.export.write", *_STORE),
    "parquet-floor": ("consent.export.parquet", "orjson", "pyarrow.parquet"),
    "parquet": ("consent.export.folder", "pyarrow.parquet", *_STORE),
}
OURS = ("csv", "jsonl", "parquet")


def main(name: str, folder: Path, rows: int) -> None:
    """Run one and tell what it needed."""
    database, flat, out = _paths(folder, rows)
    for module in IMPORTS[name]:
        importlib.import_module(module)
    if name == "parquet":  # as the command does
        pyarrow = importlib.import_module("pyarrow")
        pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    started, before = time.perf_counter(), time.process_time()
    done = CONTESTANTS[name](database, flat, out)
    cpu, wall = time.process_time() - before, time.perf_counter() - started
    peak = _peak()
    if out.is_dir():
        shutil.rmtree(out)
    else:
        out.unlink()
    print(json.dumps({"rows": done, "wall": wall, "cpu": cpu, "peak": peak}))


def _peak() -> float:
    """MB. What getrusage tells begins with the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
