from __future__ import annotations

import csv
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import keys as rings
from consent import record as records
from consent import token as tokens
from consent.encoding import b64
from consent.errors import TokenError
from consent.export.check import Trusted
from consent.export.lines import ALL_COLUMNS
from consent.export.read import LIMIT, NotAnExport, Reader
from consent.export.verify import NAMED, verify
from consent.keys import Keys
from consent.record import leaf_hash
from consent.service import Service
from consent.site.model import Site
from consent.store import Store

from ..conftest import NOW
from . import log
from .conftest import Form, exported, verified


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def as_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


@pytest.mark.parametrize("personal", [False, True])
def test_what_was_exported_holds(full: Service, keys: Keys, form: Form, trusted: Trusted, personal: bool) -> None:
    report = verified(exported(full.store, form, keys if personal else None), trusted)
    assert (report.records, report.bad) == (5, 0)
    assert report.first < report.last


# what is changed is found, and named


def test_any_changed_cell_is_found(full: Service, keys: Keys, trusted: Trusted) -> None:
    rows = table(exported(full.store, "csv", keys))
    for number in (1, 2, 3):
        for column, cell in enumerate(rows[number]):
            for other in (cell + "x", "=1" if cell != "=1" else "2", cell[:-1] if cell else "0"):
                changed = [list(row) for row in rows]
                changed[number][column] = other
                report = verified(as_csv(changed), trusted)
                assert report.bad == 1, (ALL_COLUMNS[column], cell, other)
                (verdict,) = report.named
                assert verdict.line == [0, 2, 4, 5][number]  # the first row's page has a line end in it


def test_swapped_columns_are_found(full: Service, trusted: Trusted) -> None:
    rows = table(exported(full.store, "csv"))
    one, other = rows[0].index("time"), rows[0].index("expires")
    rows[2][one], rows[2][other] = rows[2][other], rows[2][one]
    (verdict,) = verified(as_csv(rows), trusted).named
    assert (verdict.line, verdict.problem) == (3, "time and expires do not agree with the signed leaf")
    for row in rows[:2] + rows[3:]:
        row[one], row[other] = row[other], row[one]
    with pytest.raises(NotAnExport):
        verified(as_csv(rows), trusted)


def _mutations(value: Any) -> list[Any]:
    """Every way to change one thing in a JSON value."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, str):
        return [value + "x", value[:-1], None]
    if isinstance(value, dict):
        less = [{k: v for k, v in value.items() if k != key} for key in value]
        changed = [{**value, key: other} for key, v in value.items() for other in _mutations(v)]
        return [*less, *changed, {**value, "extra": 1}]
    return [1, "x", 2**70, []]


def test_any_changed_part_of_a_line_is_found(full: Service, keys: Keys, trusted: Trusted) -> None:
    lines = exported(full.store, "jsonl", keys).splitlines(keepends=True)
    for number in (0, 1, 2):
        original = json.loads(lines[number])
        changes = [other for other in _mutations(original) if other != original]
        assert len(changes) > 40
        for change in changes:
            if original["personal"] is not None and change == {**original, "personal": None}:
                continue  # erased, which is everyone's right
            text = json.dumps(change, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode() + b"\n"
            data = b"".join([*lines[:number], text, *lines[number + 1 :]])
            if "personal" not in change:  # not given
                assert verified(data, trusted).bad == 0
                continue
            (verdict,) = verified(data, trusted).named
            assert verdict.line == number + 1, change


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 10_000), byte=st.integers(0, 255), with_personal=st.booleans(), as_json=st.booleans())
def test_any_changed_byte_is_found(
    full: Service, keys: Keys, trusted: Trusted, position: int, byte: int, with_personal: bool, as_json: bool
) -> None:
    data = bytearray(exported(full.store, "jsonl" if as_json else "csv", keys if with_personal else None))
    position %= len(data)
    if data[position] == byte or (data[position] in b"\r\n" and byte in b"\r\n"):
        return
    data[position] = byte
    try:
        report = verified(bytes(data), trusted)
    except NotAnExport:
        return
    assert report.bad


def test_a_record_that_stands_twice_or_out_of_order_is_found(full: Service, form: Form, trusted: Trusted) -> None:
    data = exported(full.store, form)
    lines = data.splitlines(keepends=True)
    head, lines = (lines[:1], lines[1:]) if form == "csv" else ([], lines)
    twice = verified(b"".join([*head, lines[0], lines[0], *lines[1:]]), trusted)
    assert twice.bad == 1 and "stands twice" in str(twice.named[0].problem)
    assert twice.named[0].line == len(head) + 2
    later = verified(b"".join([*head, *lines, lines[1]]), trusted)
    assert later.bad == 1 and "out of order" in str(later.named[0].problem)
    swapped = verified(b"".join([*head, lines[1], lines[0], *lines[2:]]), trusted)
    assert [verdict.line for verdict in swapped.named] == [len(head) + 2]


def test_one_forged_id_does_not_make_its_neighbours_look_wrong(full: Service, trusted: Trusted) -> None:
    lines = exported(full.store, "jsonl").splitlines(keepends=True)
    wanted = json.loads(lines[1])["leaf"]["id"]
    lines[1] = lines[1].replace(wanted.encode(), b"ffffffff-ffff-7fff-bfff-ffffffffffff")
    (verdict,) = verified(b"".join(lines), trusted).named
    assert (verdict.line, verdict.id) == (2, "ffffffff-ffff-7fff-bfff-ffffffffffff")


def test_a_signature_of_another_record_or_key_is_found(full: Service, keys: Keys, trusted: Trusted) -> None:
    lines = [json.loads(line) for line in exported(full.store, "jsonl").splitlines()]
    lines[0]["signature"], lines[1]["signature"] = lines[1]["signature"], lines[0]["signature"]
    data = b"\n".join(json.dumps(line, separators=(",", ":")).encode() for line in lines)
    assert [verdict.line for verdict in verified(data, trusted).named] == [1, 2]
    other = rings.new_ring("demo", NOW, b"\x09" * 32, b"\x09" * 32, b"\x09" * 32)
    forged = other.sign(records.attestation(lines[2]["leaf"], next(_leaves(full.store, 2))))
    lines[2]["signature"] = b64(forged)
    data = json.dumps(lines[2], separators=(",", ":")).encode()
    (verdict,) = verified(data, trusted).named
    assert "signature" in str(verdict.problem)


def _leaves(store: Store, number: int):  # type: ignore[no-untyped-def]
    yield [entry.record.leaf for entry in store.stream("demo")][number]


def test_missing_keys_are_named(full: Service, form: Form, keys: Keys) -> None:
    report = verified(exported(full.store, form), Trusted("demo", {}))
    assert report.bad == 5
    assert keys.current.id in str(report.named[0].problem)


def test_another_site_is_found(full: Service, form: Form, keys: Keys) -> None:
    report = verified(exported(full.store, form), Trusted("other", keys.public))
    assert report.bad == 5 and "'demo'" in str(report.named[0].problem)


def test_a_retired_key_verifies_records_and_no_tokens(
    site: Site, keys: Keys, service: Service, trusted: Trusted, form: Form
) -> None:
    old = log.answer(service, log.EVERYTHING)
    rotated = rings.retire(rings.add_signing(keys, NOW, b"\x07" * 32), keys.current.id, NOW + 1)
    later = Service(site, rotated, service.store, clock=service._clock)
    new = log.answer(later, log.EVERYTHING)
    report = verified(exported(service.store, form), Trusted("demo", rotated.public))
    assert (report.records, report.bad) == (2, 0)
    assert later.believe(new.token.text) and later.believe(old.token.text) is None
    with pytest.raises(TokenError, match="unknown_key"):
        tokens.read(old.token.text, rotated, "demo", NOW + 5)
    assert verified(exported(service.store, form), trusted).bad == 1  # the old keys do not know the new one


# what is not an export


def test_a_spreadsheet_that_only_added_a_mark_of_utf8_is_read(full: Service, form: Form, trusted: Trusted) -> None:
    assert verified(b"\xef\xbb\xbf" + exported(full.store, form), trusted).bad == 0


@pytest.mark.parametrize("data", [b"", b"\n", b"a,b\n1,2\n", b"\xff\xfe\x00", b"[1]", b"x" * (LIMIT + 5)])
def test_what_is_no_export_is_refused(data: bytes, trusted: Trusted) -> None:
    with pytest.raises(NotAnExport):
        verified(data, trusted)


@pytest.mark.parametrize(
    "bad",
    [
        b"{",
        b"{}",
        b"[]",
        b"null",
        b"",
        b"\xff",
        b'{"leaf":{},"signature":""}',
        b'{"leaf":1,"signature":"AA"}',
        b'{"leaf":{"id":[],"site":"demo"},"signature":"AA"}',
        b'{"leaf":{},"leaf":{},"signature":"AA"}',
        b'{"leaf":' + b"[" * 200_000 + b',"signature":""}',
        b'{"leaf":' + b"9" * 5_000 + b',"signature":"AA"}',
        b'{"leaf":{"id":"\\ud800","site":"demo"},"signature":"AA"}',
        b'{"leaf":1e999,"signature":"AA"}',
        b"x" * (LIMIT + 1),
        b"x" * (3 * LIMIT),
    ],
)
def test_a_bad_line_is_one_bad_record(full: Service, trusted: Trusted, bad: bytes) -> None:
    lines = exported(full.store, "jsonl").splitlines()
    report = verified(b"\n".join([lines[0], bad, *lines[1:]]) + b"\n", trusted)
    assert (report.records, report.bad, report.named[0].line) == (6, 1, 2)
    assert len(str(report.named[0].problem)) <= 300


@pytest.mark.parametrize(
    ("bad", "most"),
    [(b"\xff", 1), (b"a,b", 1), (b"x" * (LIMIT + 1), 1), (b"a\rb", 1), (b'"a"b', 1), (b"", 1), (b"," * 500_000, 1)],
)
def test_a_bad_row_is_one_bad_record(full: Service, trusted: Trusted, bad: bytes, most: int) -> None:
    lines = exported(full.store, "csv").splitlines(keepends=True)
    report = verified(b"".join([*lines[:2], bad + b"\r\n", *lines[2:]]), trusted)
    assert 1 <= report.bad <= most
    assert report.named[0].line == 3


def test_a_quote_that_is_never_closed_eats_no_more_than_a_mebibyte(trusted: Trusted, full: Service) -> None:
    lines = exported(full.store, "csv").splitlines(keepends=True)
    filler = b'a",b\r\n' + b"x,y\r\n" * 400_000
    report = verified(b"".join([*lines[:2], b'"', filler, *lines[2:]]), trusted)
    assert report.bad > 1 and report.named[0].line == 3


def test_a_cut_off_file_is_found(full: Service, form: Form, trusted: Trusted) -> None:
    assert verified(exported(full.store, form)[:-20], trusted).bad == 1


def test_a_report_names_so_many_and_counts_all(trusted: Trusted) -> None:
    report = verified(b"{}\n" * 1_000, trusted)
    assert (report.records, report.bad, len(report.named)) == (1_000, 1_000, NAMED)


def test_what_a_report_names_does_nothing_to_a_terminal(full: Service, trusted: Trusted) -> None:
    line = exported(full.store, "jsonl").splitlines()[0]
    evil = line.replace(
        json.loads(line)["leaf"]["id"].encode(), "\x1b[2J\u202e\u009b31m".encode().replace(b"\x1b", b"\\u001b")
    )
    (verdict,) = verified(evil, trusted).named
    assert verdict.id.isprintable() and str(verdict.problem).isprintable()


# on all cores


def test_more_processes_say_the_same(site: Site, keys: Keys, service: Service, trusted: Trusted) -> None:
    notice = service.notice("en")
    log.fill(service.store, site, keys, notice, 1_000)
    lines = exported(service.store, "jsonl").splitlines(keepends=True)
    lines[300] = lines[300].replace(b'"v":1', b'"v":2')
    lines[900] = b"{}\n"
    lines.append(lines[0])
    data = b"".join(lines)
    one, many = verified(data, trusted, 1), verified(data, trusted, 3)
    assert one == many
    assert [verdict.line for verdict in many.named] == [301, 901, 1001]


def test_a_large_file_is_verified_in_the_memory_of_a_few_records(trusted: Trusted, tmp_path: Path) -> None:
    """What is measured is the reading process: it must not run ahead of those that check."""
    path = tmp_path / "log.jsonl"
    line = b'{"leaf":{"id":"' + b"x" * 2_000 + b'"},"signature":"AA"}\n'
    with path.open("wb") as file:
        for _ in range(20_000):
            file.write(line)
    tracemalloc.start()
    with path.open("rb") as file:
        report = verify(Reader(file), trusted, 2, lambda done: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.bad == report.records == 20_000
    assert peak < 8_000_000


def test_the_hash_of_a_leaf_is_in_what_was_signed(full: Service) -> None:
    """So that nothing of the leaf can be changed without its signature noticing."""
    entry = next(full.store.stream("demo"))
    value = records.attestation(entry.record.fields, entry.record.leaf)
    assert b64(leaf_hash(entry.record.leaf)) in tokens.unb64(value.decode()).decode()
