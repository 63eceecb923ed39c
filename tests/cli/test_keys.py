from __future__ import annotations

import json
import stat
from pathlib import Path

from consent import keyfile
from consent import keys as rings

from ..conftest import NOW
from .conftest import Run


def test_the_first_key_makes_a_ring_for_its_owner_alone(run: Run, data: Path) -> None:
    said = run("keys", "new", "shop").output
    path = data / "keys" / "shop.keys.json"
    ring = keyfile.read(path)
    assert ring.current.id in said and str(path) in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_second_key_signs_and_the_first_still_verifies(run: Run, data: Path) -> None:
    run("keys", "new", "shop")
    first = keyfile.read(data / "keys" / "shop.keys.json")
    assert "Restart" in run("keys", "new", "shop").output
    ring = keyfile.read(data / "keys" / "shop.keys.json")
    assert ring.current.id != first.current.id and len(ring.live) == 2
    assert (ring.personal, ring.index) == (first.personal, first.index)
    assert stat.S_IMODE((data / "keys" / "shop.keys.json").stat().st_mode) == 0o600
    said = run("keys", "list", "shop").output
    assert f"{first.current.id}" in said and "signs" in said and "verifies" in said


def test_the_public_part_is_what_the_site_publishes_and_nothing_secret(run: Run, data: Path) -> None:
    run("keys", "new", "shop")
    ring = keyfile.read(data / "keys" / "shop.keys.json")
    said = run("keys", "list", "shop", "--json").output
    assert json.loads(said) == rings.published(ring)
    secret = json.loads((data / "keys" / "shop.keys.json").read_text())
    for text in (secret["signing"][0]["private"], secret["personal"][0]["key"], secret["index"]):
        assert text not in said


def test_a_key_is_retired_after_a_question(run: Run, data: Path) -> None:
    run("keys", "new", "shop")
    run("keys", "new", "shop")
    path = data / "keys" / "shop.keys.json"
    first = keyfile.read(path).signing[0].id
    run("keys", "retire", "shop", first, input="n\n", fails=True)
    assert keyfile.read(path).signing[0].retired is None
    run("keys", "retire", "shop", first, input="y\n")
    assert keyfile.read(path).signing[0].retired and keyfile.read(path).signing[0].seed is None
    assert "already" in run("keys", "retire", "shop", first).output
    assert f"retired {keyfile.read(path).signing[0].retired}" in run("keys", "list", "shop").output


def test_the_last_key_and_an_unknown_one_are_not_retired(run: Run, data: Path) -> None:
    run("keys", "new", "shop")
    only = keyfile.read(data / "keys" / "shop.keys.json").current.id
    assert "only key" in run("keys", "retire", "shop", only, "--yes", fails=True).output
    assert "There is no key" in run("keys", "retire", "shop", "-abc", "--yes", fails=True).output


def test_a_key_whose_id_begins_with_a_dash_can_be_retired(run: Run, data: Path) -> None:
    ring = rings.new_ring("shop", NOW, bytes(32), bytes(32), bytes(32))
    number = 0
    while not ring.signing[-1].id.startswith("-"):
        number += 1
        ring = rings.add_signing(
            rings.new_ring("shop", NOW, bytes(32), bytes(32), bytes(32)), NOW, number.to_bytes(32, "big")
        )
    keyfile.write(data / "keys" / "shop.keys.json", ring)
    run("keys", "retire", "shop", ring.signing[-1].id, "--yes")
    assert keyfile.read(data / "keys" / "shop.keys.json").signing[-1].retired


def test_a_folder_of_ones_own(run: Run, data: Path, tmp_path: Path) -> None:
    run("keys", "new", "shop", "--keys", str(tmp_path / "safe"))
    assert (tmp_path / "safe" / "shop.keys.json").exists() and not data.exists()
    run("keys", "list", "shop", "--keys", str(tmp_path / "safe"))


def test_a_key_file_that_others_can_read_is_refused(run: Run, data: Path) -> None:
    run("keys", "new", "shop")
    (data / "keys" / "shop.keys.json").chmod(0o644)
    assert "chmod 600" in run("keys", "list", "shop", fails=True).output
