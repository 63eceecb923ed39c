from __future__ import annotations

import csv
import io
import json
import stat
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from consent.encoding import b64
from consent.errors import KeysError
from consent.export.check import Trusted
from consent.export.lines import ALL_COLUMNS, COLUMNS, PERSONAL, Exported, fields_of, to_line, to_row
from consent.export.write import whole, write
from consent.keys import Keys
from consent.record import Record
from consent.service import Service
from consent.site.model import Site
from consent.store import Entry, Store
from consent.store.page import paged

from .. import postgres
from . import log
from .conftest import HOSTILE, Form, exported, verified


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_what_goes_out_without_being_asked_identifies_nobody(full: Service, form: Form) -> None:
    data = exported(full.store, form)
    for entry in full.store.stream("demo"):
        if entry.sealed:
            assert entry.sealed.subject_ref not in data
    assert b"HYPERLINK" not in data and b"subject" not in data and b"salt" not in data


def test_a_row_says_what_was_answered_and_what_the_browser_said(full: Service) -> None:
    first, second, third, _, last = rows(exported(full.store, "csv"))
    assert tuple(first) == COLUMNS
    assert json.loads(first["answers"]) == {
        "ai_training": False,
        "analytics": True,
        "marketing": True,
        "security": True,
    }
    assert (first["method"], first["dnt"], first["gpc"], first["js_gpc"]) == ("accept_all", "1", "", "true")
    assert (second["method"], second["dnt"], second["gpc"], second["commitment"]) == ("reject_all", "0", "1", "")
    assert json.loads(third["vendors"]) == {"analytics/brook": False}
    assert last["method"] == "withdraw"


def test_a_line_of_json_has_the_very_bytes_that_were_signed(full: Service) -> None:
    lines = exported(full.store, "jsonl").splitlines()
    for line, entry in zip(lines, full.store.stream("demo"), strict=True):
        assert (
            line == b'{"leaf":' + entry.record.leaf + b',"signature":"' + b64(entry.record.signature).encode() + b'"}'
        )


def test_the_personal_part_comes_when_asked_for(full: Service, keys: Keys) -> None:
    lines = [json.loads(line) for line in exported(full.store, "jsonl", keys).splitlines()]
    assert lines[0]["personal"]["page"] == HOSTILE
    assert lines[1]["personal"] is None
    assert lines[2]["personal"]["subject"] == lines[0]["personal"]["subject"]
    table = rows(exported(full.store, "csv", keys))
    assert tuple(table[0]) == ALL_COLUMNS
    assert table[0]["page"] == "'" + HOSTILE
    assert [row["page"] for row in table[1:]] == ["", "'-2+3", "''quoted", "'@SUM(1)"]
    assert all(not table[1][name] for name in PERSONAL)


def test_no_cell_of_an_export_is_a_formula(full: Service, keys: Keys) -> None:
    for row in rows(exported(full.store, "csv", keys)):
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_subject_that_is_a_formula_is_only_a_name(site: Site, keys: Keys, service: Service, trusted: Trusted) -> None:
    entry = log.entry_of(site, keys, service.notice("en"), 0, page="=1+1\t")
    service.store.append(entry)
    data = exported(service.store, "csv", keys)
    assert rows(data)[0]["page"] == "'=1+1\t"
    assert verified(data, trusted).bad == 0


def test_a_damaged_leaf_is_still_shown(trusted: Trusted) -> None:
    """The store is damaged, not the export: it says so, in a form that carries every byte."""
    for leaf in (b"\xff\x00", b'{"a":1, "b":2}', b"[" * 100_000, b'{"a":NaN}', b'{"a":"\\ud800"}', b'"text"', b""):
        assert fields_of(leaf) is None
        broken = Exported(leaf, None, b"\x01" * 64)
        line = to_line(broken)
        assert json.loads(line)["leaf"] == b64(leaf)
        report = verified(line, trusted)
        assert (report.records, report.bad) == (1, 1)
        out = io.StringIO(newline="")
        csv.writer(out).writerows([COLUMNS, to_row(broken, "demo", "an-id")])
        (verdict,) = verified(out.getvalue().encode(), trusted).named
        assert (verdict.line, verdict.id) == (2, "an-id")


def test_a_personal_part_that_does_not_open_is_an_error(full: Service, keys: Keys) -> None:
    entries = list(full.store.stream("demo"))
    moved = replace(entries[0], sealed=entries[2].sealed)
    with pytest.raises(KeysError, match=str(moved.record.id)):
        write(paged([moved]), io.BytesIO(), "csv", keys, lambda done: None)


def test_a_file_is_there_when_it_is_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    with whole(path) as file:
        file.write(b"1")
        assert not path.exists()
        assert stat.S_IMODE((tmp_path / "log.csv.part").stat().st_mode) == 0o600
    assert path.read_bytes() == b"1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(KeyboardInterrupt), whole(path) as file:
        file.write(b"2")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"1"
    assert list(tmp_path.iterdir()) == [path]


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("kept")
    (tmp_path / "log.part").symlink_to(other)
    with whole(tmp_path / "log") as file:
        file.write(b"x")
    assert other.read_text() == "kept"


MANY = 6_000


def test_thousands_of_records_need_the_memory_of_a_few(
    site: Site, keys: Keys, service: Service, form: Form, trusted: Trusted, tmp_path: Path
) -> None:
    """On the way out and on the way back."""
    entry = log.entry_of(site, keys, service.notice("en"), 0)
    made = _many(entry, 2 * MANY)
    path = tmp_path / "log"
    tracemalloc.start()
    with path.open("wb") as file:
        assert write(paged(made), file, form, None, lambda done: None) == 2 * MANY
    written = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 6_500_000
    assert written < 4_000_000


def _many(entry: Entry, count: int):  # type: ignore[no-untyped-def]
    for _ in range(count):
        yield replace(
            entry, record=Record(entry.record.site, entry.record.id, bytes(bytearray(entry.record.leaf)), bytes(64))
        )


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_real_store_streams_and_verifies(
    engine: str, site: Site, keys: Keys, service: Service, trusted: Trusted, tmp_path: Path
) -> None:
    """6,000 records in SQLite, 1,200 (more than two pages) in PostgreSQL: in order, all of them, in bounded memory."""
    notice = service.notice("en")
    if engine == "sqlite":
        _out_and_back(service.store, site, keys, notice, MANY, trusted, tmp_path)
        return
    with postgres.server() as server, server.database() as url:
        store = Store.open(url)
        try:
            _out_and_back(store, site, keys, notice, 1_200, trusted, tmp_path)
        finally:
            store.close()


def _out_and_back(store, site, keys, notice, count, trusted, tmp_path) -> None:  # type: ignore[no-untyped-def]
    log.fill(store, site, keys, notice, count)
    path = tmp_path / "log.jsonl"
    tracemalloc.start()
    with path.open("wb") as file:
        done = write(store.pages("demo", personal=True), file, "jsonl", keys, lambda done: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert done == count == store.count("demo")
    assert peak < 12_000_000
    ids = [json.loads(line)["leaf"]["id"] for line in path.read_bytes().splitlines()]
    assert ids == sorted(ids) and len(set(ids)) == count
    report = verified(path.read_bytes()[:1_000_000].rpartition(b"\n")[0], trusted)
    assert report.records > 1000 and not report.bad
