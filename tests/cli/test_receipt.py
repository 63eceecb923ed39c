"""`consent receipt` writes what `consent verify` checks, far from the site."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from consent.encoding import b64, canonical, sha256
from consent.keys import published
from consent.ledger import checkpoint as checkpoints
from consent.ledger.note import COSIGNATURE, VerifierKey
from consent.receipt import Kept, build, hints, to_bytes
from consent.record import attestation
from consent.service import Service
from consent.signing import public_key

from ..conftest import NOW
from ..export import log
from ..receipt import alone
from .conftest import Run


@pytest.fixture
def keys_file(run: Run, shop: Service, tmp_path: Path) -> str:
    path = tmp_path / "keys.json"
    path.write_text(run("keys", "list", "demo", "--json").output)
    return str(path)


def vkey(shop: Service) -> str:
    assert shop.keys.ledger is not None
    return str(shop.keys.ledger.verifier)


def seal(shop: Service, after: int = 60) -> None:
    assert shop.store.seal("demo", shop.keys, NOW + after) is not None


def test_of_a_sealed_record(run: Run, shop: Service, tmp_path: Path, keys_file: str) -> None:
    outcome = log.answer(shop, log.ALL_BUT_ONE_VENDOR)
    log.answer(shop, log.NOTHING)
    seal(shop)
    path = tmp_path / "receipt.json"
    run("receipt", outcome.token.text, "--output", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["leaf"]["id"] == str(outcome.record.id)
    (tmp_path / "key.txt").write_text(vkey(shop) + "\n")
    for key in (keys_file, vkey(shop), str(tmp_path / "key.txt")):
        said = run("verify", str(path), "--key", key, "--data", str(tmp_path / "none")).output
        assert "receipt.json holds" in said
        assert f"{outcome.record.id}, of Demo (Demo Ltd)" in said and "it names nobody" in said
        assert "index 0 of a log of 2 records, demo.example/consent" in said
        assert "2026-11-21T04:01:00Z" in said and "Witnesses  none" in said
        assert "yes to: Statistics, Training of our models" in said and "no to: Advertising" in said
        assert "without: analytics/brook" in said
    said = run("verify", str(path), "--keys", keys_file).output
    assert "holds" in said
    text = run("receipt", str(outcome.record.id)).stdout
    assert text == path.read_text()
    assert "standard input holds" in run("verify", "-", "--key", keys_file, input=text).output


def test_in_a_fresh_environment_with_only_the_public_key(run: Run, shop: Service, tmp_path: Path) -> None:
    outcome = log.answer(shop, log.EVERYTHING)
    seal(shop)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = elsewhere / "receipt.json"
    run("receipt", outcome.token.text, "--output", str(path))
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    alone.environment(libraries)
    done = alone.command(libraries, "verify", "receipt.json", "--key", vkey(shop), cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert "receipt.json holds" in done.stdout and "index 0 of a log of 1 records" in done.stdout
    path.write_text(path.read_text().replace("dpv:ConsentGiven", "dpv:ConsentRefused"))
    done = alone.command(libraries, "verify", "receipt.json", "--key", vkey(shop), cwd=elsewhere)
    assert done.returncode == 1 and "does not follow from what was signed" in done.stdout
    assert alone.command(libraries, "export", "demo", cwd=elsewhere).returncode == 1, "there is no database library"


def test_what_witnesses_signed_is_checked_by_their_keys(run: Run, shop: Service, tmp_path: Path) -> None:
    outcome = log.answer(shop, log.EVERYTHING)
    seal(shop)
    head = shop.store.head("demo")
    assert head is not None
    seed, name = b"\x55" * 32, "witness.example/w1"
    text = head.note.partition("\n\n")[0] + "\n"
    assert shop.store.cosign("demo", head.size, [checkpoints.cosign(text, name, seed, NOW + 90)])
    path = tmp_path / "receipt.json"
    run("receipt", outcome.token.text, "--output", str(path))
    alone_said = run("verify", str(path), "--key", vkey(shop)).output
    assert "none that was checked" in alone_said and f"for want of their keys: {name}" in alone_said
    witness = str(VerifierKey(name, COSIGNATURE, public_key(seed)))
    both = run("verify", str(path), "--key", vkey(shop), "--key", witness).output
    assert f"Witnesses  {name} at 2026-11-21T04:01:30Z" in both and "for want" not in both


def test_a_record_that_waits_is_promised(run: Run, shop: Service, tmp_path: Path, keys_file: str) -> None:
    outcome = log.answer(shop, log.EVERYTHING)
    path = tmp_path / "receipt.json"
    assert "signed promise" in run("receipt", outcome.token.text, "--output", str(path)).stderr
    said = run("verify", str(path), "--key", keys_file).output
    assert "holds" in said and "promised, not proved yet" in said
    said = run("verify", str(path), "--key", vkey(shop), fails=True).output
    assert "keys.json" in said


def test_the_personal_part_only_when_asked_for(run: Run, shop: Service, tmp_path: Path, keys_file: str) -> None:
    outcome = log.answer(shop, log.EVERYTHING)
    assert outcome.subject is not None
    assert outcome.subject not in run("receipt", outcome.token.text).stdout
    path = tmp_path / "own.json"
    run("receipt", outcome.token.text, "--personal", "--output", str(path))
    assert json.loads(path.read_text())["personal"]["subject"] == outcome.subject
    assert "the personal part is in it" in run("verify", str(path), "--key", keys_file).output


def test_a_refusal_leads_to_none_by_its_token(run: Run, shop: Service, tmp_path: Path) -> None:
    outcome = log.answer(shop, log.NOTHING)
    assert "names no record" in run("receipt", outcome.token.text, fails=True).output
    seal(shop)
    path = tmp_path / "receipt.json"
    run("receipt", str(outcome.record.id), "--output", str(path))
    said = run("verify", str(path), "--key", vkey(shop)).output
    assert "refused all" in said and "yes to" not in said and "no to: Statistics, Advertising" in said


def test_what_leads_nowhere(run: Run, shop: Service) -> None:
    token = log.answer(shop, log.EVERYTHING).token.text
    assert "neither a record's number" in run("receipt", "nonsense", fails=True).output
    assert "no record" in run("receipt", "019a4c2e-7c00-7abc-8def-0123456789ab", fails=True).output
    payload, _, signature = token.partition(".")
    false = f"{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert "signature is wrong" in run("receipt", false, fails=True).output


def test_wrong_keys_say_what_to_do(run: Run, shop: Service, tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    run("receipt", log.answer(shop, log.EVERYTHING).token.text, "--output", str(path))
    assert "--key keys.json" in run("verify", str(path), fails=True).output
    assert "neither a verifier key" in run("verify", str(path), "--key", "nonsense", fails=True).output
    assert "not JSON" in run("verify", str(path), "--key", "{", fails=True).output
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "not a file of keys" in run("verify", str(path), "--key", str(tmp_path / "binary"), fails=True).output


def test_an_export_of_a_log_is_still_an_export(run: Run, shop: Service, tmp_path: Path) -> None:
    """Also through a pipe, where nothing can be read twice."""
    log.answer(shop, log.EVERYTHING)
    text = run("export", "demo", "--format", "jsonl").stdout
    assert "all 1 records" in run("verify", "-", input=text).output
    keys = json.dumps(published(shop.keys))
    (tmp_path / "keys.json").write_text(keys)
    (tmp_path / "log.jsonl").write_text(text)
    start = "from consent.cli import main; main()"
    line = [sys.executable, "-c", start, "verify", "-", "--key", str(tmp_path / "keys.json")]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as piped:
        said, _ = piped.communicate(text)
    assert piped.returncode == 0 and "all 1 records of demo" in said
    assert "--key keys.json" in run("verify", str(tmp_path / "log.jsonl"), "--key", vkey(shop), fails=True).output


def test_the_service_gives_a_person_their_own_alone(service: Service) -> None:
    """Promise C5: a copy, without an account; nobody else's."""
    mine, other = log.answer(service, log.EVERYTHING), log.answer(service, log.EVERYTHING)
    own = service.receipt(str(mine.record.id), mine.token)
    assert own is not None and json.loads(own)["personal"]["subject"] == mine.subject
    plain = service.receipt(str(mine.record.id))
    assert plain is not None and "personal" not in json.loads(plain)
    assert service.receipt(str(other.record.id), mine.token) is None
    refusal = log.answer(service, log.NOTHING)
    assert service.receipt(str(mine.record.id), refusal.token) is None
    assert service.receipt(str(refusal.record.id), mine.token) is None
    assert service.receipt("nonsense") is None
    assert service.receipt("019a4c2e-7c00-7abc-8def-0123456789ab") is None


def test_a_site_that_means_ill_cannot_make_the_terminal_lie(run: Run, shop: Service, tmp_path: Path) -> None:
    """What it signs is shown without control characters; what nothing can show does not hold."""
    honest = json.loads(run("receipt", log.answer(shop, log.EVERYTHING).token.text).stdout)
    (tmp_path / "keys.json").write_text(json.dumps(published(shop.keys)))
    path = tmp_path / "ill.json"
    path.write_bytes(ill(shop, honest["leaf"], {**honest["notice"], "site_name": "Demo\x1b[2K\u202e"}))
    assert "Demo\ufffd[2K\ufffd" in run("verify", str(path), "--key", str(tmp_path / "keys.json")).output
    purposes = [{**purpose, "name": ["Statistics"]} for purpose in honest["notice"]["purposes"]]
    path.write_bytes(ill(shop, honest["leaf"], {**honest["notice"], "purposes": purposes}))
    said = run("verify", str(path), "--key", str(tmp_path / "keys.json"), fails=True).output
    assert "not one that this program wrote" in said


def ill(shop: Service, leaf: dict[str, object], notice: dict[str, object]) -> bytes:
    """The receipt of a record that a site signs under a notice of its own making."""
    body = canonical(notice)
    fields = {**leaf, "notice": b64(sha256(body))}
    signature = shop.keys.sign(attestation(fields, canonical(fields)))
    return to_bytes(build(Kept(canonical(fields), signature, body, hints(shop.keys, canonical(fields)))))
