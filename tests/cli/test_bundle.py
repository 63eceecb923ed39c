"""`consent export --format bundle`, and `consent verify` of what it wrote."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from consent import keyfile
from consent.keys import Keys
from consent.service import Service
from consent.store import Kept

from ..bundle.making import files_of, packed
from ..conftest import Clock
from ..export import log
from .conftest import Run


@pytest.fixture(autouse=True)
def same_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command seals at the time at which the service records."""
    monkeypatch.setattr("consent.cli.bundle.moment", lambda: int(clock.time))


@pytest.fixture
def zipped(run: Run, shop: Service, tmp_path: Path) -> Path:
    """A bundle of a history by the service: yes, no, withdrawal, another yes."""
    first = log.answer(shop, log.EVERYTHING, page="/p")
    log.answer(shop, log.NOTHING, first.token)
    log.answer(shop, log.ALL_BUT_ONE_VENDOR)
    path = tmp_path / "one.zip"
    assert "3 records of demo" in run("export", "demo", "--format", "bundle", "--output", str(path)).output
    return path


def key_of(keys: Keys) -> str:
    assert keys.ledger
    return str(keys.ledger.verifier)


def test_out_and_checked_by_the_public_key_alone(run: Run, ring: Keys, zipped: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(zipped.stat().st_mode) == 0o600
    said = run("verify", str(zipped), "--key", key_of(ring), "--data", str(tmp_path / "none")).output
    assert "all 3 records of demo" in said and "No key was given" not in said
    (tmp_path / "keys.json").write_text(run("keys", "list", "demo", "--json").output)
    (tmp_path / "key").write_text(key_of(ring) + "\n")
    for name in ("keys.json", "key"):
        assert "holds" in run("verify", str(zipped), "--key", str(tmp_path / name), "--signatures").output
    said = run("verify", str(zipped), "--keys", str(tmp_path / "keys.json"), "--signatures", "--parquet").output
    assert "own signature holds" in said and "Parquet files say the same" in said


def test_without_a_key_it_says_what_that_shows(run: Run, ring: Keys, zipped: Path) -> None:
    said = run("verify", str(zipped)).output
    assert "not whose log it is" in said and key_of(ring) in said


def test_another_key_a_change_and_no_key(run: Run, ring: Keys, zipped: Path, tmp_path: Path) -> None:
    from consent import keys as rings

    other = rings.ledger_key("demo", b"\x77" * 32, 0, "demo.example/consent")
    said = run("verify", str(zipped), "--key", str(other.verifier), fails=True).output
    assert "does not hold" in said and "manifest.sig" in said
    files = files_of(zipped.read_bytes())
    files["records/000000.jsonl"] = files["records/000000.jsonl"].replace(b'"method":"withdraw"', b'"method":"save"')
    (tmp_path / "changed.zip").write_bytes(packed(files))
    assert "records/000000.jsonl" in run("verify", str(tmp_path / "changed.zip"), fails=True).output
    assert "neither a verifier key" in run("verify", str(zipped), "--key", "nonsense", fails=True).output


def test_against_an_older_one(run: Run, shop: Service, zipped: Path, tmp_path: Path) -> None:
    log.answer(shop, log.EVERYTHING)
    newer = tmp_path / "two.zip"
    run("export", "demo", "--format", "bundle", "--output", str(newer))
    assert "The first 3 of its 4 records" in run("verify", str(newer), "--against", str(zipped)).output
    assert "removed from its end" in run("verify", str(zipped), "--against", str(newer), fails=True).output


def test_a_token_that_was_dropped_before_it_was_sealed(run: Run, shop: Service, clock: Clock, tmp_path: Path) -> None:
    from sqlalchemy import text

    kept, lost = log.answer(shop, log.EVERYTHING), log.answer(shop, log.EVERYTHING)
    with shop.store.engine.begin() as connection:
        for table, column in (("record", "id"), ("waiting", "id"), ("personal", "record_id")):
            connection.execute(text(f"DELETE FROM consent_{table} WHERE {column} = :id"), {"id": lost.record.id.bytes})
    clock.time += 7200  # longer than a record may wait
    path = tmp_path / "log.zip"
    run("export", "demo", "--format", "bundle", "--output", str(path))
    (tmp_path / "token").write_text(kept.token.text + "\n")
    assert "is in the log, at index 0" in run("verify", str(path), "--token", str(tmp_path / "token")).output
    said = run("verify", str(path), "--token", lost.token.text, fails=True).output
    assert str(lost.record.id) in said and "evidence that a record was left out" in said
    refusal = log.answer(shop, log.NOTHING)
    assert "token of a refusal" in run("verify", str(path), "--token", refusal.token.text, fails=True).output


def test_a_filter_or_no_file_is_wrong_usage(run: Run, shop: Service, zipped: Path, tmp_path: Path) -> None:
    bundle = ("export", "demo", "--format", "bundle")
    for more in (["--personal"], ["--since", "2026-01-01"], ["--subject", "x"], []):
        said = run(*bundle, *more, *(["--output", str(tmp_path / "x.zip")] if more else []), fails=True)
        assert said.exit_code == 2
    assert run(*bundle, "--output", str(tmp_path), fails=True).exit_code == 2
    run("export", "demo", "--output", str(tmp_path / "log.csv"))
    assert run("verify", str(tmp_path / "log.csv"), "--signatures", fails=True).exit_code == 2
    assert not (tmp_path / "x.zip").exists()


def test_an_empty_log_and_a_log_that_cannot_be_sealed(run: Run, shop: Service, data: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "x.zip")
    assert "has no records yet" in run("export", "demo", "--format", "bundle", "--output", path, fails=True).output
    log.answer(shop, log.EVERYTHING)
    shop.store.seal("demo", shop.keys, shop.now(), Kept(data / "keys", "demo"))
    log.answer(shop, log.EVERYTHING)
    (data / "keys" / "demo.checkpoint").write_text("nonsense")
    said = run("export", "demo", "--format", "bundle", "--output", path).output
    assert "could not be sealed" in said and "1 record of demo" in said and "1 more wait" in said
    assert "1 more waited" in run("verify", path).output


def test_it_is_whole_after_somebody_was_erased(run: Run, shop: Service, data: Path, tmp_path: Path) -> None:
    """Promise E6: the proof stays, also that nothing was taken out, and the files are free of the person."""
    gone, stays = log.answer(shop, log.EVERYTHING, page="/mine"), log.answer(shop, log.EVERYTHING)
    older, newer = tmp_path / "older.zip", tmp_path / "newer.zip"
    run("export", "demo", "--format", "bundle", "--output", str(older))
    assert gone.subject and stays.subject
    run("erase", "demo", "--subject", gone.subject, "--yes")
    run("export", "demo", "--format", "bundle", "--output", str(newer))
    said = run("verify", str(newer), "--against", str(older), "--signatures", "--token", gone.token.text).output
    assert "all 2 records" in said and "is in the log, at index 0" in said
    with zipfile.ZipFile(newer) as after, zipfile.ZipFile(older) as before:
        records = "records/000000.jsonl"
        assert [name for name in after.namelist() if name.startswith("records/")] == [records]
        assert after.read(records) == before.read(records)
    run("export", "demo", "--personal", "--output", str(tmp_path / "all.csv"))
    files = [newer.read_bytes(), (tmp_path / "all.csv").read_bytes(), *(f.read_bytes() for f in data.glob("*sqlite3*"))]
    assert not any(gone.subject.encode() in raw or b"/mine" in raw for raw in files)
    assert stays.subject.encode() in files[1]


def test_nothing_in_it_is_personal_or_secret(run: Run, shop: Service, data: Path, zipped: Path) -> None:
    outcome = log.answer(shop, log.EVERYTHING, page="/very/private")
    run("export", "demo", "--format", "bundle", "--output", str(zipped))
    raw = zipped.read_bytes()
    ring = json.loads(keyfile.path_of(data / "keys", "demo").read_text())
    secrets = [ring["ledger"]["private"], ring["index"], ring["signing"][0]["private"], ring["personal"][0]["key"]]
    for word in (str(outcome.subject), "/very/private", *secrets):
        assert word.encode() not in raw


def test_the_commands_of_its_own_instructions_work(run: Run, zipped: Path, tmp_path: Path) -> None:
    """Every block of VERIFY.md is run as it stands, by a shell and by a Python that knows nothing of this package."""
    text = zipfile.ZipFile(zipped).read("VERIFY.md").decode()
    (tmp_path / "BUNDLE.zip").write_bytes(zipped.read_bytes())
    blocks = re.findall(r"```(sh|python)\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 4
    said = []
    for kind, block in blocks:
        folder = tmp_path / "bundle" if (tmp_path / "bundle").exists() else tmp_path
        command = ["sh", "-euc", block] if kind == "sh" else ["python3", "-I", "-c", block]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True)
        said.append(done.stdout)
    sums, signatures, root, notices = said
    assert sums == "1\n"
    assert signatures.count("Signature Verified Successfully") == 2
    assert len(set(signatures.splitlines()[-2:])) == 1
    assert root.splitlines()[0] == "3 records"
    assert root.splitlines()[1] == zipfile.ZipFile(zipped).read("checkpoint").decode().splitlines()[2]
    first, second = notices.splitlines()[: len(notices.splitlines()) // 2], notices.splitlines()[-1:]
    assert first == second
