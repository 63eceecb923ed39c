"""Parquet as others read it: pyarrow, DuckDB and Spark, each from the folder as it stands."""

from __future__ import annotations

import io
import stat
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from consent.encoding import seconds
from consent.errors import KeysError
from consent.export import parquet
from consent.export.check import Trusted
from consent.export.columns import NoParquet
from consent.export.days import by_day
from consent.export.folder import FolderTaken, whole_folder, write_folder
from consent.export.parquet import write_parquet
from consent.export.read import NotAnExport
from consent.export.tables import Tables
from consent.export.verify import Report, verify
from consent.keys import Keys
from consent.record import Record, leaf_hash, uuid7
from consent.service import Service
from consent.site.model import Site
from consent.store import Entry, Store
from consent.store.page import paged

from ..conftest import NOW
from . import log
from .conftest import HOSTILE

DAY = 86_400


@pytest.fixture
def days(service: Service, site: Site, keys: Keys) -> Store:
    """Three days of records: 40, 25 and 12."""
    notice = service.notice("en")
    for day, count in enumerate((40, 25, 12)):
        for number in range(count):
            service.store.append(log.entry_of(site, keys, notice, day * DAY + number))
    return service.store


def written(store: Store, folder: Path, keys: Keys | None = None) -> Path:
    """The site's folder."""
    done = write_folder("demo", store.pages("demo", personal=keys is not None), folder, keys, lambda more: None)
    assert done == store.count("demo")
    return folder


def table(entries: Any, keys: Keys | None = None) -> pa.Table:
    out = io.BytesIO()
    write_parquet(paged(entries), out, keys)
    return pq.read_table(io.BytesIO(out.getvalue()))


def test_every_column_says_what_the_leaf_says(full: Service, keys: Keys) -> None:
    entries = list(full.store.stream("demo"))
    rows = table(entries).to_pylist()
    for row, entry in zip(rows, entries, strict=True):
        fields = entry.record.fields
        for name in ("method", "via", "regime", "locale", "notice", "key", "v", "id"):
            assert row.pop(name) == fields[name], name
        assert row.pop("age") == fields.get("age")
        for name in ("dnt", "gpc", "js_dnt", "js_gpc"):
            assert row.pop(name) == fields["signals"].get(name), name
        for name in ("answers", "vendors", "fingerprints"):
            assert dict(row.pop(name)) == fields[name], name
        for name in ("time", "expires"):
            assert row.pop(name) == datetime.fromtimestamp(seconds(fields[name]), UTC), name
        assert row.pop("commitment") == fields["personal"]
        assert row.pop("leaf") == entry.record.leaf
        assert row.pop("leaf_hash") == leaf_hash(entry.record.leaf)
        assert row.pop("signature") == entry.record.signature
        assert row == {"index": None}
    assert {row["key"] for row in table(entries).to_pylist()} == {keys.current.id}


def test_the_personal_part_comes_when_asked_for(full: Service, keys: Keys) -> None:
    entries = list(full.store.stream("demo"))
    first, second, third, *_ = table(entries, keys).to_pylist()
    assert first["page"] == HOSTILE
    assert second["subject"] is None and second["salt"] is None
    assert third["subject"] == first["subject"] and third["previous"] == ""
    assert "page" not in table(entries).column_names
    moved = replace(entries[0], sealed=entries[2].sealed)
    with pytest.raises(KeysError, match=str(moved.record.id)):
        table([moved], keys)


def test_a_leaf_that_cannot_be_read_is_there_all_the_same(full: Service) -> None:
    """And so is one that is canonical with parts of other types, or with a day that is in no calendar."""
    good = next(full.store.stream("demo"))
    text = good.record.leaf.decode()
    leaves = [
        b"\xff\x00",
        text.replace(":", ": ", 1).encode(),
        text.replace('"v":1', '"v":' + "9" * 30).replace('"locale":"en"', '"locale":["en"]').encode(),
        text.replace('"vendors":{}', '"vendors":{"x":1}').replace("2026-", "2026_").encode(),
        text.replace(good.record.fields["time"], "2026-02-30T04:00:00Z").encode(),
    ]
    entries = [replace(good, record=Record("demo", good.record.id, leaf, b"short")) for leaf in leaves]
    rows = table([good, *entries]).to_pylist()
    assert [row["leaf"] for row in rows[1:]] == leaves
    assert all(row["id"] == str(good.record.id) and row["signature"] == b"short" for row in rows[1:])
    for row in rows[1:3]:
        known = {name for name, value in row.items() if value is not None}
        assert known == {"id", "leaf", "leaf_hash", "signature"}
    assert rows[3]["v"] is None and rows[3]["locale"] is None and rows[3]["method"] == "accept_all"
    assert rows[4]["vendors"] is None and rows[4]["time"] is None and rows[4]["regime"] == rows[0]["regime"]
    assert rows[5]["time"] is None and rows[5]["expires"] == rows[0]["expires"]


def test_positions_stand_in_the_first_column(full: Service) -> None:
    pages = (replace(page, places=[None, 7, *range(len(page) - 2)]) for page in full.store.pages("demo"))
    out = io.BytesIO()
    write_parquet(pages, out)
    assert pq.read_table(io.BytesIO(out.getvalue()))["index"].to_pylist() == [None, 7, 0, 1, 2]


def test_a_row_group_is_bounded_by_rows_and_by_bytes(days: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def groups() -> list[int]:
        out = io.BytesIO()
        assert write_parquet((page.cut(n, n + 5) for page in days.pages("demo") for n in range(0, 75, 5)), out) == 75
        file = pq.ParquetFile(io.BytesIO(out.getvalue()))
        return [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]

    assert groups() == [75]
    monkeypatch.setattr(parquet, "ROWS", 30)
    assert groups() == [30, 30, 15]
    monkeypatch.setattr(parquet, "BYTES", 6000)
    assert groups() == [15] * 5


def test_a_day_is_that_of_the_id() -> None:
    moments = [0, DAY - 1, DAY, 5 * DAY, 5 * DAY + 1, 281_000_000_000]
    ids = [uuid7(moment * 1000 + 999 * (moment == DAY - 1), bytes(10)) for moment in moments]
    entries = [Entry(Record("demo", one, b"{}", bytes(64)), None, None, bytes(16)) for one in ids]
    for size in (1, 2, 6):
        found = [(day, [one for page in pages for one in page.ids]) for day, pages in by_day(paged(entries, size))]
        assert [day for day, _ in found] == [date(1970, 1, 1), date(1970, 1, 2), date(1970, 1, 6), date(9999, 12, 31)]
        assert [uuid.UUID(bytes=one) for _, day in found for one in day] == ids


# the folder


def test_a_folder_is_there_when_it_is_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.mkdir()
    with whole_folder(path) as part:
        (part / "x").write_text("1")
        assert not any(path.iterdir())
    assert (path / "x").read_text() == "1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    with pytest.raises(FolderTaken, match="remove this one"), whole_folder(path):
        raise AssertionError
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "other"):
        raise KeyboardInterrupt
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FolderTaken), whole_folder(tmp_path / "link"):
        raise AssertionError
    assert sorted(one.name for one in tmp_path.iterdir() if one.name != "consent.sqlite3") >= ["link", "log"]
    assert not list(tmp_path.glob("*.part"))


def test_its_files_are_named_by_site_and_day(days: Store, tmp_path: Path) -> None:
    folder = written(days, tmp_path / "out")
    files = sorted(folder.rglob("*"))
    today = datetime.fromtimestamp(NOW, UTC).date()
    names = [f"day={date.fromordinal(today.toordinal() + n)}" for n in range(3)]
    assert [str(one.relative_to(folder)) for one in files if one.is_file()] == [
        f"site=demo/{name}/part-0.parquet" for name in names
    ]
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o700, 0o600}


def test_without_the_library_it_says_what_to_install(
    days: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NoParquet, match=r"pip install 'consent-ledger\[parquet\]'"):
        written(days, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# what others make of it


def test_duckdb_reads_the_folder_as_it_stands(days: Store, tmp_path: Path) -> None:
    folder = written(days, tmp_path / "out")
    source = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
    expected: Counter[tuple[str, date, str, bool]] = Counter()
    for entry in days.stream("demo"):
        fields = entry.record.fields
        day = datetime.fromisoformat(fields["time"]).date()
        expected["demo", day, fields["method"], fields["answers"]["analytics"]] += 1
    with duckdb.connect() as connection:
        counted = connection.execute(
            f"SELECT site, day, method, answers['analytics'], count(*) FROM {source} GROUP BY ALL"
        ).fetchall()
        assert {tuple(row[:4]): row[4] for row in counted} == expected
        assert len(expected) >= 9
        wrong = connection.execute(
            f"SELECT count(*) FROM {source} WHERE sha256('\\x00'::BLOB || leaf) <> lower(hex(leaf_hash))"
        ).fetchone()
        assert wrong == (0,)
        moments = connection.execute(f"SELECT epoch(min(time)), epoch(max(expires)) FROM {source}").fetchone()
    times = [entry.record.fields for entry in days.stream("demo")]
    assert moments == (min(seconds(f["time"]) for f in times), max(seconds(f["expires"]) for f in times))


@pytest.fixture
def spark(tmp_path: Path) -> Iterator[Any]:
    """A Spark that works in this process's folder and tells nobody."""
    from pyspark.sql import SparkSession

    builder: Any = SparkSession.builder
    session = (
        builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "512m")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(tmp_path / "warehouse"))
        .config("spark.local.dir", str(tmp_path / "spark"))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore")
def test_spark_verifies_the_leaves_of_all_partitions(days: Store, tmp_path: Path, spark: Any) -> None:
    """With its own SHA-256, each partition by itself; and finds the one record that somebody changed."""
    from pyspark.sql import functions as f

    folder = written(days, tmp_path / "out")
    hashed = f.sha2(f.concat(f.lit(bytearray(b"\x00")), f.col("leaf")), 256)
    differs = hashed != f.lower(f.hex("leaf_hash"))
    yes = f.col("answers")["analytics"].cast("int")
    frame = spark.read.parquet(str(folder)).groupBy("site", "day")
    counted = frame.agg(f.count("*"), f.sum(differs.cast("int")), f.sum(yes)).collect()
    expected = Counter(entry.record.fields["time"][:10] for entry in days.stream("demo"))
    given = Counter(
        e.record.fields["time"][:10] for e in days.stream("demo") if e.record.fields["answers"]["analytics"]
    )
    assert {tuple(map(str, row)) for row in counted} == {
        ("demo", day, str(count), "0", str(given[day])) for day, count in expected.items()
    }

    file = sorted(folder.rglob("*.parquet"))[1]
    rows = pq.read_table(file, partitioning=None)
    leaves = rows["leaf"].to_pylist()
    leaves[7] = leaves[7].replace(b'"v":1', b'"v":2')
    place = rows.column_names.index("leaf")
    pq.write_table(rows.set_column(place, "leaf", pa.array(leaves, pa.binary())), file)
    found = spark.read.parquet(str(folder)).where(differs).select("id", "day").collect()
    assert [(row["id"], str(row["day"])) for row in found] == [
        (rows["id"][7].as_py(), file.parent.name.removeprefix("day="))
    ]


# verified by ourselves


def verified(path: Path, trusted: Trusted) -> Report:
    return verify(Tables(path), trusted, 1, lambda done: None)


def rewritten(file: Path, column: str, change: Any) -> None:
    """The file with one column's values changed."""
    rows = pq.read_table(file, partitioning=None)
    place = rows.column_names.index(column)
    values = change(rows[column].to_pylist())
    pq.write_table(rows.set_column(place, rows.schema.field(column), pa.array(values, rows.schema.types[place])), file)


def test_what_was_exported_holds(full: Service, days: Store, keys: Keys, trusted: Trusted, tmp_path: Path) -> None:
    for given in (None, keys):
        report = verified(written(days, tmp_path / f"out{given is None}", given), trusted)
        assert (report.records, report.bad) == (82, 0)
    file = next(tmp_path.rglob("*.parquet"))
    assert verified(file, trusted).bad == 0 and Tables(file).site() == "demo"


def test_any_changed_column_is_found(full: Service, keys: Keys, trusted: Trusted, tmp_path: Path) -> None:
    folder = written(full.store, tmp_path / "out", keys)
    (file,) = folder.rglob("*.parquet")
    whole = file.read_bytes()
    names = pq.read_schema(file).names
    assert len(names) == 30
    for name in names[1:]:

        def change(values: list[Any], name: str = name) -> list[Any]:
            old = values[0]
            new = (
                b"x"
                if isinstance(old, bytes)
                else [("x", "y" if name == "fingerprints" else True)]
                if isinstance(old, list)
                else old.replace(year=2020)
                if isinstance(old, datetime)
                else 2
                if isinstance(old, int)
                else "x"
            )
            assert new != old
            return [new, *values[1:]]

        rewritten(file, name, change)
        (verdict,) = verified(folder, trusted).named
        assert verdict.line == 1, name
        file.write_bytes(whole)
    assert verified(folder, trusted).bad == 0


def test_a_column_that_disagrees_is_named(days: Store, trusted: Trusted, tmp_path: Path) -> None:
    folder = written(days, tmp_path / "out")
    files = sorted(folder.rglob("*.parquet"))
    rewritten(files[1], "method", lambda values: [*values[:3], "accept_everything", *values[4:]])
    (verdict,) = verified(folder, trusted).named
    assert (verdict.line, verdict.problem) == (44, "method does not agree with the signed leaf")


def test_a_file_in_the_folder_of_another_day_or_twice_is_found(days: Store, trusted: Trusted, tmp_path: Path) -> None:
    folder = written(days, tmp_path / "out")
    files = sorted(folder.rglob("*.parquet"))
    other = files[2].parent.with_name("day=2020-01-01")
    files[2].parent.rename(other)
    report = verified(folder, trusted)
    assert report.bad == 12 and "day does not agree" in str(report.named[0].problem)
    other.rename(files[2].parent)
    (files[1].parent / "part-1.parquet").write_bytes(files[1].read_bytes())
    assert verified(folder, trusted).bad == 25


def test_what_is_no_export_is_not_taken_for_one(days: Store, trusted: Trusted, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotAnExport, match="no Parquet file"):
        Tables(tmp_path / "empty")
    file = next(written(days, tmp_path / "out").rglob("*.parquet"))
    whole = file.read_bytes()
    for content in (whole[:-100], whole[:50], b"PAR1", b""):
        file.write_bytes(content)
        with pytest.raises(NotAnExport, match="cannot be read"):
            Tables(file)
    pq.write_table(pa.table({"x": [1]}), file)
    with pytest.raises(NotAnExport, match="columns"):
        Tables(file)
    middle = len(whole) // 3
    file.write_bytes(whole[:middle] + bytes(200) + whole[middle + 200 :])
    with pytest.raises(NotAnExport, match="damaged or changed"):
        verified(file, trusted)
