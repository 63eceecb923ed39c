"""Witnesses: two real servers watch each other, and a log with two histories is not cosigned but shown."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent import keyfile
from consent import keys as rings
from consent.cli import main
from consent.keys import Keys
from consent.ledger import checkpoint as checkpoints
from consent.ledger import note as notes
from consent.ledger import tree
from consent.ledger.note import VerifierKey, base64_of
from consent.store import Kept, Store
from tests.conftest import NOW, SITE
from tests.store.samples import entry
from tests.web.worlds import make_app, served, service_of

from .test_serve import fetch, serving


class Place:
    """A site in a folder of its own, with keys, a database and a site file."""

    def __init__(self, folder: Path, site: str, seed: int) -> None:
        self.folder, self.site = folder, site
        ledger = rings.ledger_key(site, bytes([seed]) * 32, NOW, f"{site}.example/consent")
        self.keys = rings.new_ring(site, NOW, bytes([seed + 1]) * 32, b"\x02" * 32, b"\x03" * 32, ledger)
        keyfile.write(keyfile.path_of(folder / "keys", site), self.keys)
        self.store = Store.open(self.url)
        self.file = folder / "site.toml"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'consent.sqlite3'}"

    @property
    def vkey(self) -> VerifierKey:
        assert self.keys.ledger
        return self.keys.ledger.verifier

    def write(self, witness: VerifierKey) -> None:
        text = SITE.replace('id = "demo"', f'id = "{self.site}"')
        self.file.write_text(f'{text}\n[ledger]\nseal_after = "1 second"\nwitnesses = ["{witness}"]\n')

    def record(self, number: int) -> None:
        for _ in range(number):
            self.store.append(entry(self.site))

    def seal(self) -> None:
        while self.store.seal(self.site, self.keys, NOW, Kept(self.folder / "keys", self.site)):
            pass

    def witness(self, url: str, key: str, fails: bool = False) -> Result:
        words = ["witness", url, "--key", key, "--site", self.site, "--once", "--data", str(self.folder)]
        result = CliRunner().invoke(main, words)
        assert (result.exit_code != 0) == fails, result.output
        return result


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Place, Place]]:
    monkeypatch.delenv("CONSENT_DATABASE", raising=False)
    one, two = Place(tmp_path / "one", "one", 10), Place(tmp_path / "two", "two", 20)
    one.write(two.vkey)
    two.write(one.vkey)
    yield one, two
    one.store.close()
    two.store.close()


def test_two_servers_watch_each_other(places: tuple[Place, Place]) -> None:
    for place in places:
        place.record(300)  # the server seals what it finds
    with ExitStack() as stack:
        servers = [
            stack.enter_context(serving(str(place.file), "--data", str(place.folder), "--workers", "2"))
            for place in places
        ]
        urls = [f"http://127.0.0.1:{port}/consent/log" for _, port in servers]
        for size in (300, 450):
            for place, (process, port) in zip(places, servers, strict=True):
                if size > 300:
                    place.record(150)
                    place.seal()
                until_size(size, process, port)
            for me, other, url in zip(places, reversed(places), reversed(urls), strict=True):
                said = me.witness(url, str(other.vkey)).output
                assert f"{size} records" in said and "did not take" not in said
                assert ("extends 300" if size > 300 else "first time") in said
            for place, other, (process, port) in zip(places, reversed(places), servers, strict=True):
                shown = notes.parse(fetch(port, "/consent/log/checkpoint", process)[1])
                assert checkpoints.cosigned(shown, other.vkey)
                assert checkpoints.read(str(shown), [place.vkey]).checkpoint.size == size
        for process, _ in servers:
            process.terminate()  # so that the workers end, too
            assert process.wait(30) == 0


def until_size(size: int, process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 60
    while fetch(port, "/consent/log/checkpoint", process)[1].splitlines()[1:2] != [b"%d" % size]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


@contextmanager
def log_of(tmp_path: Path, number: int, keys: Keys | None = None, witness: str = "") -> Iterator[tuple[str, str]]:
    """A log of so many records, served: its address and its key."""
    ledger = f'\n[ledger]\nwitnesses = ["{witness}"]\n' if witness else ""
    app = make_app(tmp_path / "log", site=SITE + ledger)
    service = service_of(app)
    service.store.engine.dispose()
    service.keys = keys or service.keys
    for _ in range(number):
        service.store.append(entry())
    while service.store.seal("demo", service.keys, NOW):
        pass
    assert service.keys.ledger
    with served(app) as port:
        yield f"http://127.0.0.1:{port}/consent/log", str(service.keys.ledger.verifier)
    service.store.close()


def test_a_log_with_two_histories(tmp_path: Path, keys: Keys, places: tuple[Place, Place]) -> None:
    me = places[0]
    with log_of(tmp_path, 5, keys) as (url, key):
        assert "5 records, seen for the first time" in me.witness(url, key).output
    shutil.rmtree(tmp_path / "log")
    with log_of(tmp_path, 9, keys) as (url, key):
        said = me.witness(url, key, fails=True).output
    assert "HAS TWO HISTORIES" in said
    (file,) = (tmp_path / "one" / "keys").glob("one.witnessed-fork-*.json")
    proof = json.loads(file.read_text(encoding="utf-8"))
    before, after = (checkpoints.read(proof[name], [VerifierKey.parse(proof["key"])]) for name in ("before", "after"))
    root, path = base64_of(proof["root"]), [base64_of(one) for one in proof["consistency"]]
    assert root != before.checkpoint.root
    assert tree.check_consistency(5, root, 9, after.checkpoint.root, path)
    remembered = me.store.witnessed("one", before.checkpoint.origin)
    assert remembered and remembered.size == 5, "nothing was cosigned"
    shutil.rmtree(tmp_path / "log")
    with log_of(tmp_path, 5, keys) as (url, key):
        assert "TWO HISTORIES" in me.witness(url, key, fails=True).output, "of one size, too"


def test_a_log_that_has_become_shorter(tmp_path: Path, keys: Keys, places: tuple[Place, Place]) -> None:
    me = places[0]
    with log_of(tmp_path, 5, keys) as (url, key):
        me.witness(url, key)
    shutil.rmtree(tmp_path / "log")
    with log_of(tmp_path, 3, keys) as (url, key):
        assert "it had 5 before" in me.witness(url, key, fails=True).output


def test_a_log_that_does_not_know_us(tmp_path: Path, keys: Keys, places: tuple[Place, Place]) -> None:
    with log_of(tmp_path, 1, keys, witness=str(places[1].vkey)) as (url, key):
        said = places[0].witness(url, key).output
        assert "did not take the cosignature" in said and "ledger.witnesses" in said
        assert "did not take" not in places[1].witness(url, key).output


def test_the_key_decides(tmp_path: Path, keys: Keys, places: tuple[Place, Place]) -> None:
    me, other = places
    with log_of(tmp_path, 1, keys) as (url, key):
        assert "not signed by the key" in me.witness(url, str(other.vkey), fails=True).output
        published = tmp_path / "keys.json"
        published.write_text(json.dumps(rings.published(keys)))
        assert "cosigned" in me.witness(url, str(published)).output
        (tmp_path / "vkey").write_text(f"{key}\n")
        assert "cosigned" in me.witness(url, str(tmp_path / "vkey")).output


def test_what_cannot_be_asked(places: tuple[Place, Place]) -> None:
    me = places[0]
    assert "https" in me.witness("http://shop.example/consent/log", str(me.vkey), fails=True).output
    assert "https" in me.witness("file:///etc/passwd", str(me.vkey), fails=True).output
    assert "cannot be reached" in me.witness("http://127.0.0.1:1/log", str(me.vkey), fails=True).output
    assert "not a verifier key" in me.witness("http://127.0.0.1:1/log", "a+b+AAAA", fails=True).output
