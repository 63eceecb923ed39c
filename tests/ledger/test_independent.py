"""An implementation that is not ours agrees: golang.org/x/mod/sumdb, by which the go command trusts its modules.

Its `note` opens our checkpoints, its `tlog` checks our proofs and makes the same ones out of our tiles; and what it
signs, we open. It comes from Debian (golang-golang-x-mod-dev, see .ci/system); `independent/main.go` only asks it.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from consent.ledger import checkpoint as checkpoints
from consent.ledger import tiles, tree
from consent.ledger.checkpoint import Checkpoint
from consent.ledger.note import COSIGNATURE, ED25519, VerifierKey
from consent.ledger.tiles import Name
from consent.signing import public_key

from . import trees

SOURCE = Path(__file__).with_name("independent")
SEED, ORIGIN, TIME = b"\x31" * 32, "shop.example/consent", 1_790_000_000
KEY = VerifierKey(ORIGIN, ED25519, public_key(SEED))
SIZES = [1, 2, 3, 7, 8, 13, 32]
LARGE = 600  # two whole tiles and a part

Answer = dict[str, Any]
Ask = Callable[[list[dict[str, Any]]], list[Answer]]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Ask it all at once."""
    folder = tmp_path_factory.mktemp("independent")
    program = folder / "ask"
    gopath = os.pathsep.join(filter(None, [os.environ.get("GOPATH"), "/usr/share/gocode"]))  # where Debian puts sources
    surroundings = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": gopath,
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
    }
    try:
        built = subprocess.run(
            ["go", "build", "-o", str(program), "."], cwd=SOURCE, env=surroundings, capture_output=True, text=True
        )
    except FileNotFoundError:
        pytest.fail("Go is missing. Install what the tests need: .ci/system")
    assert built.returncode == 0, built.stderr

    def asked(questions: list[dict[str, Any]]) -> list[Answer]:
        done = subprocess.run([program], input=json.dumps(questions).encode(), capture_output=True, check=True)
        answers: list[Answer] = json.loads(done.stdout)
        assert len(answers) == len(questions)
        return answers

    return asked


def root(size: int) -> bytes:
    return tree.root(trees.leaves(size))


def hashes(found: list[bytes]) -> list[str]:
    return [b64(one) for one in found]


def agrees(answers: list[Answer]) -> bool:
    return all("error" not in answer for answer in answers)


def refuses(answers: list[Answer]) -> bool:
    return all(answer.get("error") for answer in answers)


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def test_it_opens_our_checkpoints(ask: Ask) -> None:
    heads = [Checkpoint(ORIGIN, size, root(size)) for size in [0, *SIZES, LARGE]]
    found = [checkpoints.sign(head, [(ORIGIN, SEED)], TIME) for head in heads]
    questions = [{"op": "open", "key": str(KEY), "note": b64(note.encode())} for note in found]
    assert [answer["text"] for answer in ask(questions)] == [head.text for head in heads]


def test_also_with_what_witnesses_added(ask: Ask) -> None:
    head = Checkpoint(ORIGIN, 7, root(7))
    note = checkpoints.sign(head, [(ORIGIN, SEED)], TIME)
    note = checkpoints.with_signatures(note, [checkpoints.cosign(head.text, "w.example/1", b"\x32" * 32, TIME)])
    (answer,) = ask([{"op": "open", "key": str(KEY), "note": b64(note.encode())}])
    assert answer == {"text": head.text}


def test_it_refuses_a_checkpoint_that_was_changed(ask: Ask) -> None:
    note = checkpoints.sign(Checkpoint(ORIGIN, 7, root(7)), [(ORIGIN, SEED)], TIME)
    changed = [
        note.replace("\n7\n", "\n8\n", 1),
        note.replace(ORIGIN, "shop.example/other", 1),
        note.replace("— ", "- ", 1),
        note.removesuffix("\n"),
    ]
    others = [VerifierKey(ORIGIN, ED25519, public_key(b"\x33" * 32)), VerifierKey("x.example", ED25519, KEY.public)]
    questions = [{"op": "open", "key": str(KEY), "note": b64(one.encode())} for one in changed]
    questions += [{"op": "open", "key": str(other), "note": b64(note.encode())} for other in others]
    questions += [{"op": "open", "key": str(KEY).replace("+", "+0", 1), "note": b64(note.encode())}]
    assert refuses(ask(questions))


def test_we_open_what_it_signs(ask: Ask) -> None:
    head = Checkpoint(ORIGIN, 13, root(13))
    (answer,) = ask([{"op": "sign", "key": ORIGIN, "note": b64(head.text.encode()), "entry": b64(bytes(range(64)))}])
    signed = checkpoints.read(answer["text"], [VerifierKey.parse(answer["key"])])
    assert (signed.checkpoint, signed.time) == (head, None)


def test_it_hashes_leaves_as_we_do(ask: Ask) -> None:
    entries = [b"", b"\x00", b'{"a":1}', bytes(1000)]
    answers = ask([{"op": "hash", "entry": b64(entry)} for entry in entries])
    assert [answer["hash"] for answer in answers] == hashes([tree.leaf_hash(entry) for entry in entries])


def record(size: int, index: int, leaf: bytes, proof: list[bytes]) -> dict[str, Any]:
    question = {"op": "record", "size": size, "index": index, "root": b64(root(size))}
    return {**question, "leaf": b64(leaf), "proof": hashes(proof)}


def test_it_accepts_our_inclusion_proofs_and_no_wrong_one(ask: Ask) -> None:
    """Every index of some trees."""
    right, wrong = [], []
    for size in SIZES:
        leaves = trees.leaves(size)
        for index, leaf in enumerate(leaves):
            proof = tree.inclusion_proof(index, size, trees.reading(leaves))
            right.append(record(size, index, leaf, proof))
            wrong.append(record(size, index, flipped(leaf), proof))
            wrong.append(record(size, index, leaf, [*proof, bytes(32)]))
            if proof:
                wrong.append(record(size, index, leaf, [flipped(proof[0]), *proof[1:]]))
                wrong.append(record(size, (index + 1) % size, leaf, proof))
                wrong.append(record(size, index, leaf, proof[:-1]))
    assert agrees(ask(right))
    assert refuses(ask(wrong))


def extends(old: int, new: int, proof: list[bytes], before: bytes | None = None) -> dict[str, Any]:
    question = {"op": "tree", "size": new, "root": b64(root(new)), "old": old}
    return {**question, "before": b64(before or root(old)), "proof": hashes(proof)}


def test_it_accepts_our_consistency_proofs_and_no_wrong_one(ask: Ask) -> None:
    """Each step of a growing tree."""
    size = 33
    read = trees.reading(trees.leaves(size))
    right, wrong = [], []
    for new in range(1, size + 1):
        for old in range(1, new + 1):
            proof = tree.consistency_proof(old, new, read)
            right.append(extends(old, new, proof))
            wrong.append(extends(old, new, proof, flipped(root(old))))
            if proof:
                wrong.append(extends(old, new, [*proof[:-1], flipped(proof[-1])]))
                wrong.append(extends(old, new, proof[1:]))
    assert agrees(ask(right))
    assert refuses(ask(wrong))


def test_from_our_tiles_it_makes_the_same_proofs(ask: Ask) -> None:
    leaves = trees.leaves(LARGE)
    grown = tiles.grow(0, lambda level, number: b"", leaves)
    served = {tiles.path(name): grown[name.level, name.number][: name.width * 32] for name in tiles.names(LARGE)}
    read = tiles.reader(lambda level, number: grown[level, number])
    pairs = [(0, 1), (255, 256), (256, 255), (511, 512), (512, 257), (599, 599), (300, LARGE)]
    question = {"op": "prove", "size": LARGE, "root": b64(root(LARGE))}
    question["tiles"] = {path: b64(tile) for path, tile in served.items()}
    answers = ask([{**question, "index": index, "old": old} for index, old in pairs])
    for (index, old), answer in zip(pairs, answers, strict=True):
        assert answer["record"] == hashes(tree.inclusion_proof(index, LARGE, read))
        assert answer.get("tree", []) == hashes(tree.consistency_proof(old, LARGE, read))
        assert answer["hash"] == b64(tree.root_of(old, read))


def test_tiles_that_were_changed_lead_nowhere(ask: Ask) -> None:
    """It refuses them, or what it makes of them is no proof."""
    leaves = trees.leaves(LARGE)
    grown = tiles.grow(0, lambda level, number: b"", leaves)
    for name in tiles.names(LARGE):
        served = {tiles.path(one): b64(grown[one.level, one.number]) for one in tiles.names(LARGE)}
        served[tiles.path(name)] = b64(flipped(grown[name.level, name.number]))
        index = name.number * 256 if name.level == 0 else 0
        question = {"op": "prove", "size": LARGE, "root": b64(root(LARGE)), "index": index, "old": 1, "tiles": served}
        (answer,) = ask([question])
        if not answer.get("error"):
            proof = [base64.b64decode(one) for one in answer["record"]]
            assert refuses(ask([record(LARGE, index, leaves[index], proof)]))


def test_it_names_tiles_as_we_do(ask: Ask) -> None:
    names = [Name(0, 0), Name(0, 999), Name(0, 1000, 17), Name(1, 1234067), Name(3, 1, 255)]
    questions = [{"op": "path", "level": name.level, "index": name.number, "width": name.width} for name in names]
    assert [answer["text"] for answer in ask(questions)] == [tiles.path(name) for name in names]


# Vectors of others, as data.

SIGSUM = "sigsum.org/v1/tree/"
NOTES = [  # checkpoints of Sigsum logs, from the tests of litewitness (filippo.io/torchwood, cmd/litewitness/testdata)
    (
        "52c05edad1bf5feffa81354faae59a655d9a9a1a793ed2f62c39c26c0be2aecd",
        "985ea163f5af026723561354f51f2ebcdcf2af809ce254ccfb64aa9aadd80f90",
        "7BKT0gOfNZ1J0So9unY3BZtm2YkPIoNYM/dce0Z2avJDs8dxN6ts9bOSwwrVrbjm6P9K3ZxpK6jJngOG6YvGGzV/lwo=",
    ),
    (
        "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f",
        "4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562",
        "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=",
    ),
]
KEYS = [  # verifier keys, from the tests of github.com/transparency-dev/formats (note, witness)
    ("TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6", ED25519),
    ("sigsum.org+e4ade967+AZuUY6B08pW3QVHu8uvsrxWPcAv9nykap2Nb4oxCee+r", ED25519),
    ("example.com+3753d3de+AebBhMcghIUoavZpjuDofa4sW6fYHyVn7gvwDBfvkvuM", ED25519),
    ("remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2", COSIGNATURE),
]


@pytest.mark.parametrize(("public", "tree_id", "signature"), NOTES)
def test_checkpoints_of_other_logs(public: str, tree_id: str, signature: str) -> None:
    origin, first = f"{SIGSUM}{tree_id}", b64(b"\x2a" + bytes(31))
    note = f"{origin}\n1\n{first}\n\n— {origin} {signature}\n"
    signed = checkpoints.read(note, [VerifierKey(origin, ED25519, bytes.fromhex(public))])
    assert (signed.checkpoint.size, signed.note) == (1, note)


@pytest.mark.parametrize(("text", "algorithm"), KEYS)
def test_verifier_keys_of_others(text: str, algorithm: int) -> None:
    key = VerifierKey.parse(text)
    assert (key.algorithm, str(key)) == (algorithm, text)
