from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from consent import keyfile
from consent import keys as rings
from consent.keys import Keys
from consent.service import Service

from ..conftest import NOW
from ..export import log
from .conftest import Run

DAY = 86_400


def ids(text: str) -> list[str]:
    return [json.loads(line)["leaf"]["id"] for line in text.splitlines()]


def test_out_and_checked_by_public_keys_alone(run: Run, shop: Service, data: Path, tmp_path: Path) -> None:
    first = log.answer(shop, log.EVERYTHING)
    log.answer(shop, log.NOTHING, first.token)
    (tmp_path / "keys.json").write_text(run("keys", "list", "demo", "--json").output)
    for form in ("csv", "jsonl"):
        path = tmp_path / f"log.{form}"
        assert "2 records" in run("export", "demo", "--format", form, "--output", str(path)).output
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        own = run("verify", str(path)).output
        assert "own disk" in own and "all 2 records of demo hold" in own
        public = run(
            "verify", str(path), "--keys", str(tmp_path / "keys.json"), "--data", str(tmp_path / "none")
        ).output
        assert "own disk" not in public and "all 2 records of demo hold" in public


def test_standard_output_and_standard_input(run: Run, shop: Service) -> None:
    log.answer(shop, log.EVERYTHING)
    text = run("export", "demo", "--format", "jsonl").stdout
    assert len(ids(text)) == 1
    assert "standard input: all 1 records" in run("verify", "-", input=text.encode()).output


def test_a_bad_record_is_named_and_fails(run: Run, shop: Service, tmp_path: Path) -> None:
    for _ in range(3):
        log.answer(shop, log.EVERYTHING)
    path = tmp_path / "log.csv"
    run("export", "demo", "--output", str(path))
    rows = list(csv.reader(io.StringIO(path.read_text())))
    rows[2][rows[0].index("answers")] = rows[2][rows[0].index("answers")].replace("true", "false")
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    said = run("verify", str(path), fails=True).output
    assert f"line 3, record {rows[2][0]}: answers does not agree with the signed leaf" in said
    assert "1 of 3 records do not hold" in said


def test_time_and_subject_choose(run: Run, shop: Service, tmp_path: Path) -> None:
    first = log.answer(shop, log.EVERYTHING)
    shop._clock.time = NOW + DAY  # type: ignore[attr-defined]
    log.answer(shop, log.EVERYTHING)
    shop._clock.time = NOW + 2 * DAY  # type: ignore[attr-defined]
    log.answer(shop, log.NOTHING, first.token)

    def found(*words: str) -> list[str]:
        return ids(run("export", "demo", "--format", "jsonl", *words).stdout)

    everything = found()
    assert len(everything) == 3
    assert found("--since", "2026-11-22") == everything[1:]
    assert found("--until", "2026-11-22") == everything[:1]
    assert found("--since", "2026-11-22T04:00:00Z", "--until", "2026-11-23T05:00:00+01:00") == everything[1:2]
    assert found("--since", "2026-11-22t04:00:01z") == everything[2:]
    assert first.subject is not None
    assert found("--subject", first.subject) == [everything[0], everything[2]]
    assert found("--subject", first.subject, "--since", "2026-11-22") == [everything[2]]
    assert found("--subject", "nobody") == [] and found("--subject", "") == []


@pytest.mark.parametrize(
    "time", ["2026-13-01", "2026-11-21T04:00:00", "yesterday", "20261121", "2026-11-21T25:00:00Z", "0"]
)
def test_a_time_is_a_date_or_rfc_3339(run: Run, shop: Service, time: str) -> None:
    assert "Invalid value for '--since'" in run("export", "demo", "--since", time, fails=True).output


def test_personal_parts_need_the_keys(run: Run, shop: Service, data: Path) -> None:
    outcome = log.answer(shop, log.EVERYTHING, page="/p")
    assert str(outcome.subject) not in run("export", "demo").stdout
    assert str(outcome.subject) in run("export", "demo", "--personal").stdout
    keyfile.path_of(data / "keys", "demo").unlink()
    run("export", "demo")
    for words in (["--personal"], ["--subject", "x"]):
        assert "consent keys new demo" in run("export", "demo", *words, fails=True).output


def test_parquet_is_a_folder(run: Run, shop: Service, tmp_path: Path) -> None:
    log.answer(shop, log.EVERYTHING, page="/page")
    log.answer(shop, log.NOTHING)
    folder = tmp_path / "log"
    assert "2 records of demo in" in run("export", "demo", "--format", "parquet", "--output", str(folder)).output
    (file,) = folder.glob("site=demo/day=*/part-0.parquet")
    assert b"/page" not in file.read_bytes()
    for path in (folder, file):
        assert "all 2 records of demo hold" in run("verify", str(path)).output
    taken = run("export", "demo", "--format", "parquet", "--output", str(folder), fails=True).output
    assert "not empty" in taken and list(tmp_path.glob("log*")) == [folder]
    other = str(tmp_path / "more")
    run("export", "demo", "--format", "parquet", "--personal", "--output", other)
    assert [row["page"] for row in pq.read_table(other).to_pylist()] == ["/page", None]


def test_an_output_that_does_not_fit_its_format_is_refused(run: Run, shop: Service, tmp_path: Path) -> None:
    assert "--output FOLDER" in run("export", "demo", "--format", "parquet", fails=True).output
    told = run("export", "demo", "--output", str(tmp_path), fails=True).output
    assert f"--output {tmp_path / 'log.csv'}" in told


def test_an_export_that_fails_leaves_nothing_behind(run: Run, shop: Service, data: Path, tmp_path: Path) -> None:
    log.answer(shop, log.EVERYTHING)
    other = rings.new_ring("demo", NOW, bytes(32), bytes(32), bytes(32))
    keyfile.write(keyfile.path_of(data / "keys", "demo"), other)
    out = tmp_path / "out"
    out.mkdir()
    assert "personal key" in run("export", "demo", "--personal", "--output", str(out / "log.csv"), fails=True).output
    assert not list(out.iterdir())


def test_a_wrong_place_is_an_error_and_makes_no_database(run: Run, data: Path, tmp_path: Path) -> None:
    assert "There is no database at" in run("export", "demo", fails=True).output
    assert not data.exists()
    assert "cannot be read" in run("export", "demo", "--database", "nonsense", fails=True).output
    assert "secret" not in run("export", "demo", "--database", "mysql://u:secret@h/d", fails=True).output
    run("db", "upgrade")
    missing = tmp_path / "none" / "log.csv"
    assert f"{missing}.part: No such file" in run("export", "demo", "--output", str(missing), fails=True).output


def test_an_export_of_nothing_is_not_a_success_of_verify(run: Run, shop: Service, tmp_path: Path) -> None:
    assert "0 records of other" in run("export", "other", "--output", str(tmp_path / "x.csv")).output
    (tmp_path / "keys.json").write_text(run("keys", "list", "demo", "--json").output)
    said = run("verify", str(tmp_path / "x.csv"), "--keys", str(tmp_path / "keys.json"), fails=True).output
    assert "nothing was verified" in said
    (tmp_path / "empty").write_text("")
    assert "empty" in run("verify", str(tmp_path / "empty"), fails=True).output


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"keys":[{"id":"x","public":"AA"}]}', "\x00", "[" * 200_000, '{"keys":1}']
)
def test_what_is_no_file_of_public_keys_is_refused(run: Run, shop: Service, tmp_path: Path, text: str) -> None:
    log.answer(shop, log.EVERYTHING)
    run("export", "demo", "--output", str(tmp_path / "log.csv"))
    (tmp_path / "keys.json").write_text(text)
    assert (
        "/consent/keys.json"
        in run("verify", str(tmp_path / "log.csv"), "--keys", str(tmp_path / "keys.json"), fails=True).output
    )


def test_a_file_that_names_a_path_as_its_site_reads_no_file(run: Run, ring: Keys, tmp_path: Path) -> None:
    (tmp_path / "x").write_text('{"leaf":{"site":"../../etc/passwd"},"signature":""}\n')
    assert "named by its id" in run("verify", str(tmp_path / "x"), fails=True).output
    (tmp_path / "x").write_text("{}\n")
    assert "--keys" in run("verify", str(tmp_path / "x"), fails=True).output
