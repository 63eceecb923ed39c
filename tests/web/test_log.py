"""The log as a monitor reads it: a client that knows the specification alone walks it and finds the signed root."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consent.ledger import checkpoint as checkpoints
from consent.ledger import note as notes
from consent.ledger.note import VerifierKey
from consent.signing import public_key
from consent.store import Store
from consent.store.rows import row_of
from tests.conftest import NOW, SITE
from tests.store.samples import entry

from .worlds import Visitor, make_app, newest, service_of, state_of, stored

MANY = 700  # records: two whole tiles and a partial one
WITNESS = b"\x0a" * 32
WITNESS_KEY = VerifierKey("witness.example/w", notes.ED25519, public_key(WITNESS))
LEDGER = f'\n[ledger]\nwitnesses = ["{WITNESS_KEY}"]\n'


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    made = make_app(tmp_path_factory.mktemp("log") / "shop", site=SITE + LEDGER, CONSENT_RATE_LIMIT=0)
    service = service_of(made)
    fill(service.store, MANY - 1)
    seal(made, NOW)
    fill(service.store, 1)
    seal(made, NOW + 5)
    return made


def fill(store: Store, number: int) -> None:
    made = [entry() for _ in range(number)]
    for at in range(0, number, 64):
        store._writer.write([row_of(one) for one in made[at : at + 64]])


def seal(app: Flask, now: int) -> None:
    service = service_of(app)
    while service.store.seal("demo", service.keys, now):
        pass


@pytest.fixture(params=["/consent/log/", "/consent/s/demo/log/"])
def log(app: Flask, request: pytest.FixtureRequest) -> Log:
    return Log(app.test_client(), request.param)


class Log:
    """A client of the specification: no code of the log's own."""

    def __init__(self, client: FlaskClient, prefix: str) -> None:
        self.client, self.prefix = client, prefix

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(self.prefix + path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def head(self) -> tuple[str, int, bytes]:
        text, _, signatures = self.get("checkpoint").text.partition("\n\n")
        keys = json.loads(self.client.get("/consent/keys.json").data)["ledger"]
        name, _, encoded = keys[0].split("+", 2)
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded)[1:])
        line = signatures.splitlines()[0].split(" ")
        assert line[:2] == ["—", name]
        public.verify(base64.b64decode(line[2])[4:], f"{text}\n".encode())
        origin, size, root = text.splitlines()
        assert origin == name
        return origin, int(size), base64.b64decode(root)

    def row(self, kind: str, count: int) -> list[bytes]:
        found = []
        for number in range(-(-count // 256)):
            width = min(count - number * 256, 256)
            path = f"tile/{kind}/{number:03d}" + (f".p/{width}" if width < 256 else "")
            answer = self.get(path)
            assert answer.status_code == 200, path
            found.append(answer.data)
        return found


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def mth(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\x01", mth(leaves[:half]), mth(leaves[half:]))


def split(data: bytes) -> list[bytes]:
    found = []
    while data:
        length = int.from_bytes(data[:2])
        found.append(data[2 : 2 + length])
        data = data[2 + length :]
    return found


def test_walk(app: Flask, log: Log) -> None:
    _, size, root = log.head()
    assert size == MANY
    leaves = [one for bundle in log.row("entries", size) for one in split(bundle)]
    hashes = [sha(b"\x00", leaf) for leaf in leaves]
    assert mth(hashes) == root
    assert b"".join(hashes) == b"".join(log.row("0", size))
    whole = [mth(hashes[at : at + 256]) for at in (0, 256)]
    assert b"".join(whole) == b"".join(log.row("1", size // 256))
    assert [json.loads(leaf)["site"] for leaf in leaves] == ["demo"] * MANY


def test_partial_tiles_of_any_width(log: Log) -> None:
    whole = log.get("tile/0/001").data
    assert [log.get(f"tile/0/001.p/{width}").data for width in (1, 77, 255)] == [
        whole[: width * 32] for width in (1, 77, 255)
    ]
    assert len(split(log.get("tile/entries/002.p/3").data)) == 3


@pytest.mark.parametrize(
    "path",
    [
        "", "checkpoint/", "checkpoints", "tile/0/002", "tile/0/003.p/1", "tile/0/002.p/189", "tile/1/000",
        "tile/1/000.p/3", "tile/2/000.p/1", "tile/entries/002", "tile/63/000.p/1", "tile/entries/x999/x999/x999/999",
        "tile/0/0", "tile/00/000", "tile/0/000.p/256", "tile/0/../0/000", "tile/-1/000", "cosignature",
    ],
)  # fmt: skip
def test_what_is_not_there(log: Log, path: str) -> None:
    assert log.get(path).status_code in (404, 405)


def test_what_caches_are_told(log: Log) -> None:
    checkpoint, tile, entries = log.get("checkpoint"), log.get("tile/0/000"), log.get("tile/entries/000")
    assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["Cache-Control"] == "public, max-age=5"
    for one in (tile, entries):
        assert one.headers["Content-Type"] == "application/octet-stream"
        assert one.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for one in (checkpoint, tile, entries):
        assert one.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in one.headers and "Cookie" not in one.headers.get("Vary", "")
    again = log.get("tile/0/000", If_None_Match=tile.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


def test_entries_are_packed(log: Log) -> None:
    plain = log.get("tile/entries/000").data
    packed = log.get("tile/entries/000", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain
    assert len(packed.data) < len(plain) / 4


def test_entries_can_be_withheld(tmp_path: Path) -> None:
    app = make_app(tmp_path / "shop", site=SITE + "\n[ledger]\nentries = false\n")
    log = Log(app.test_client(), "/consent/log/")
    assert log.get("checkpoint").status_code == 404, "nothing is sealed yet"
    fill(service_of(app).store, 1)
    seal(app, NOW)
    assert log.head()[1] == 1
    assert log.get("tile/0/000.p/1").status_code == 200
    assert log.get("tile/entries/000.p/1").status_code == 404
    service_of(app).store.close()


def test_too_often(tmp_path: Path) -> None:
    app = make_app(tmp_path / "shop", CONSENT_RATE_LIMIT=2)
    log = Log(app.test_client(), "/consent/log/")
    answers = [log.get("checkpoint") for _ in range(3)]
    assert [one.status_code for one in answers] == [404, 404, 429]
    assert answers[2].headers["Retry-After"]
    service_of(app).store.close()


def test_another_site(app: Flask) -> None:
    assert app.test_client().get("/consent/s/other/log/checkpoint").status_code == 404
    assert app.test_client().post("/consent/s/other/log/cosignature").status_code == 404


class TestCosignatures:
    def send(self, log: Log, body: str | bytes) -> int:
        return log.client.post(log.prefix + "cosignature", data=body, content_type="text/plain").status_code

    def cosigned(self, log: Log, seed: bytes = WITNESS, note: str = "", name: str = WITNESS_KEY.name) -> str:
        text = notes.parse(note or log.get("checkpoint").text).text
        return f"{text}\n{checkpoints.cosign(text, name, seed, NOW + 9)}\n"

    def test_it_is_verified_and_shown(self, app: Flask, log: Log) -> None:
        before = log.get("checkpoint").headers["ETag"]
        assert self.send(log, self.cosigned(log)) == 204
        shown = notes.parse(log.get("checkpoint").text)
        assert checkpoints.cosigned(shown, WITNESS_KEY) == NOW + 9
        assert len(shown.signatures) == 3, "the log's own two stay"
        assert log.head()[1] == MANY
        kept = service_of(app).store.checkpoints("demo")[-1]
        assert kept.note == str(shown)
        assert self.send(log, self.cosigned(log)) == 204
        assert len(notes.parse(log.get("checkpoint").text).signatures) == 3, "once, however often it comes"
        assert before

    def test_an_older_one_that_is_kept(self, app: Flask, log: Log) -> None:
        older = service_of(app).store.checkpoints("demo")[0]
        assert older.size == MANY - 1
        assert self.send(log, self.cosigned(log, note=older.note)) == 204
        assert checkpoints.cosigned(notes.parse(service_of(app).store.checkpoints("demo")[0].note), WITNESS_KEY)

    def test_strangers(self, log: Log) -> None:
        before = log.get("checkpoint").text
        assert self.send(log, self.cosigned(log, name="stranger")) == 403
        assert self.send(log, self.cosigned(log, seed=b"\x0b" * 32)) == 403
        right = self.cosigned(log)
        forged = right.replace(right.split(" ")[-1], self.cosigned(log, seed=b"\x0b" * 32).split(" ")[-1])
        assert self.send(log, forged) == 403
        assert log.get("checkpoint").text == before

    def test_another_text(self, log: Log) -> None:
        origin, size, _ = log.head()
        for other in (f"{origin}\n{size}\n", f"{origin}\n5\n", f"{origin}x\n{size}\n"):
            text = other + base64.b64encode(bytes(32)).decode() + "\n"
            body = f"{text}\n{checkpoints.cosign(text, WITNESS_KEY.name, WITNESS, NOW)}\n"
            assert self.send(log, body) == 409

    @pytest.mark.parametrize("body", [b"", b"x", b"\xff\n\n", "a\n1\n\n— b c\n".encode(), b"a\n" * 30_000])
    def test_what_is_no_checkpoint(self, log: Log, body: bytes) -> None:
        assert self.send(log, body) == 400

    def test_too_large(self, log: Log) -> None:
        assert self.send(log, b"a" * 70_000) == 413


@pytest.mark.parametrize("way", ["form", "program"])
def test_a_choice_is_in_the_log_within_the_delay(tmp_path: Path, way: str) -> None:
    """By the application's own thread, whether Flask answered the request or what stands before it."""
    site = SITE + '\n[ledger]\nseal_after = "1 second"\n'
    app = make_app(tmp_path / "shop", site=site, CONSENT_SEAL=True)
    visitor = Visitor(app)
    if way == "form":
        assert visitor.press("accept_all").status_code == 303
    else:
        assert visitor.send().status_code == 201
    service, log = service_of(app), Log(app.test_client(), "/consent/log/")
    deadline = time.monotonic() + 60  # a bound on what must happen, never waited out
    while log.get("checkpoint").status_code == 404 or log.head()[1] != stored(app):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (leaf,) = split(log.get("tile/entries/000.p/1").data)
    assert json.loads(leaf) == newest(app)
    sealing = state_of(app).sealing
    assert sealing and sealing._thread
    sealing.stop()
    sealing._thread.join()
    service.store.close()


WHO = [(None, True, False), (None, False, True), (False, False, False), (True, True, True)]


@pytest.mark.parametrize(("setting", "testing", "seals"), WHO)
def test_who_seals(tmp_path: Path, setting: bool | None, testing: bool, seals: bool) -> None:
    app = make_app(tmp_path / "shop", before=lambda app: app.config.update(TESTING=testing), CONSENT_SEAL=setting,
                   CONSENT_PRODUCTION=False)  # fmt: skip
    assert bool(state_of(app).sealing) == seals
