from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from consent import keyfile
from consent import keys as rings
from consent.errors import KeysError
from consent.keys import Keys
from consent.signing import signer


def test_there_and_back(keys: Keys) -> None:
    assert rings.from_dict(json.loads(json.dumps(rings.to_dict(keys)))) == keys


def test_what_is_published_holds_no_secret(keys: Keys) -> None:
    text = json.dumps(rings.published(keys))
    held = rings.to_dict(keys)
    for secret in (held["signing"][0]["private"], held["personal"][0]["key"], held["index"]):
        assert secret not in text
    assert rings.verifying(json.loads(text)) == keys.public


def test_a_retired_key_loses_its_private_half(keys: Keys) -> None:
    ring = rings.retire(rings.add_signing(keys, 1, b"\x05" * 32), keys.current.id, 2)
    assert ring.signing[0].seed is None and ring.signing[0].retired
    assert ring.current.id == ring.signing[1].id and set(ring.live) == {ring.current.id}


def test_the_only_key_cannot_be_retired(keys: Keys) -> None:
    with pytest.raises(KeysError, match="consent keys new demo"):
        rings.retire(keys, keys.current.id, 1)
    with pytest.raises(KeysError, match="no key nope"):
        rings.retire(keys, "nope", 1)


@pytest.mark.parametrize("damage", [{}, [], None, {"signing": 1}, {"signing": [{}]}, "x"])
def test_a_damaged_ring_is_refused(damage: object) -> None:
    with pytest.raises(KeysError):
        rings.from_dict(damage)


def test_halves_that_do_not_belong_together_are_refused(keys: Keys) -> None:
    data = rings.to_dict(keys)
    data["signing"][0]["private"] = rings.to_dict(rings.add_signing(keys, 1, b"\x05" * 32))["signing"][1]["private"]
    with pytest.raises(KeysError):
        rings.from_dict(data)


def test_a_verifier_cannot_sign(keys: Keys) -> None:
    signature = keys.sign(b"value")
    from consent.encoding import b64

    assert signer(keys.current.public).verify_signature(b"value", b64(signature))
    assert signer(keys.current.public).get_signature(b"value") != b64(signature).encode()


def test_in_development_a_ring_is_made_for_its_owner_only(tmp_path: Path) -> None:
    made = keyfile.load(tmp_path / "keys", "demo", production=False)
    path = keyfile.path_of(tmp_path / "keys", "demo")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keyfile.load(tmp_path / "keys", "demo", production=False) == made


def test_in_production_its_absence_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="consent keys new demo"):
        keyfile.load(tmp_path, "demo", production=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    keyfile.make(keyfile.path_of(tmp_path, "demo"), "demo")
    keyfile.path_of(tmp_path, "demo").chmod(0o644)
    with pytest.raises(KeysError, match="chmod 600"):
        keyfile.load(tmp_path, "demo", production=True)


def test_a_ring_of_another_site_is_refused(tmp_path: Path) -> None:
    keyfile.make(keyfile.path_of(tmp_path, "demo"), "other")
    with pytest.raises(KeysError, match="keys of other"):
        keyfile.load(tmp_path, "demo", production=True)


def test_two_processes_make_one_ring(tmp_path: Path) -> None:
    path = keyfile.path_of(tmp_path, "demo")
    first = keyfile.make(path, "demo")
    assert keyfile.make(path, "demo") == first


def test_writing_leaves_no_half_a_file(tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    path = keyfile.path_of(tmp_path, "demo")
    keyfile.write(path, keys)

    def fails(fd: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="disk full"):
        keyfile.write(path, rings.add_signing(keys, 1, b"\x05" * 32))
    assert keyfile.read(path) == keys
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
