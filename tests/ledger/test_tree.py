"""Roots and proofs: the published vectors, the definition, every index of every small tree, every change refused."""

from __future__ import annotations

import pytest

from consent.ledger import tree

from . import trees

# The leaves and roots that Certificate Transparency's implementations (RFC 6962) test each other with.
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {  # (index, size) → the proof
    (0, 8): "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    (5, 8): "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    (2, 3): "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    (1, 5): "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
}
EXTENDS = {  # (old, new) → the proof
    (1, 8): "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    (6, 8): "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    (2, 5): "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
}
MOST = 300


def known() -> list[bytes]:
    return [tree.leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert tree.root(known()[:size]).hex() == ROOTS[size]
    assert tree.root_of(size, trees.reading(known()[:size])).hex() == ROOTS[size]


@pytest.mark.parametrize("at", PATHS)
def test_published_inclusion_proofs(at: tuple[int, int]) -> None:
    index, size = at
    proof = tree.inclusion_proof(index, size, trees.reading(known()[:size]))
    assert b"".join(proof).hex() == PATHS[at]
    assert tree.check_inclusion(known()[index], index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize("at", EXTENDS)
def test_published_consistency_proofs(at: tuple[int, int]) -> None:
    old, new = at
    proof = tree.consistency_proof(old, new, trees.reading(known()[:new]))
    assert b"".join(proof).hex() == EXTENDS[at]
    assert tree.check_consistency(old, bytes.fromhex(ROOTS[old]), new, bytes.fromhex(ROOTS[new]), proof)


def test_every_index_of_every_tree_proves_and_checks() -> None:
    leaves = trees.leaves(MOST)
    read = trees.reading(leaves)
    for size in range(1, MOST + 1):
        root = tree.root_of(size, read)
        for index in range(size):
            proof = tree.inclusion_proof(index, size, read)
            assert tree.check_inclusion(leaves[index], index, size, proof, root), (index, size)


def test_every_tree_extends_every_smaller_one() -> None:
    read = trees.reading(trees.leaves(MOST))
    roots = [tree.root_of(size, read) for size in range(MOST + 1)]
    for new in range(MOST + 1):
        for old in range(new + 1):
            proof = tree.consistency_proof(old, new, read)
            assert tree.check_consistency(old, roots[old], new, roots[new], proof), (old, new)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 70])
def test_they_are_those_of_the_definition(size: int) -> None:
    leaves = trees.leaves(size)
    read = trees.reading(leaves)
    assert tree.root(leaves) == tree.root_of(size, read) == trees.head(leaves)
    for index in range(size):
        assert tree.inclusion_proof(index, size, read) == trees.path(index, leaves)
        if index:
            assert tree.consistency_proof(index, size, read) == trees.subproof(index, leaves)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 13])
def test_any_other_proof_is_refused(size: int) -> None:
    leaves = trees.leaves(size)
    read = trees.reading(leaves)
    root = tree.root_of(size, read)
    for index in range(size):
        proof = tree.inclusion_proof(index, size, read)
        right = (leaves[index], index, size, proof, root)
        assert tree.check_inclusion(*right)
        for other in _changed(proof):
            assert not tree.check_inclusion(leaves[index], index, size, other, root)
        # Where proofs of two sizes have one shape they are the same; the root tells the sizes apart.
        for at in range(-1, size + 3):
            if at != index:
                assert not tree.check_inclusion(leaves[index], at, size, proof, root)
        assert not tree.check_inclusion(leaves[index], index, size, proof, bytes(32))
        assert not tree.check_inclusion(bytes(32), index, size, proof, root)


@pytest.mark.parametrize("new", [1, 2, 3, 5, 8, 13])
def test_any_other_history_is_refused(new: int) -> None:
    read = trees.reading(trees.leaves(new))
    root = tree.root_of(new, read)
    for old in range(1, new + 1):
        before, proof = tree.root_of(old, read), tree.consistency_proof(old, new, read)
        assert tree.check_consistency(old, before, new, root, proof)
        for other in _changed(proof):
            assert not tree.check_consistency(old, before, new, root, other)
        assert not tree.check_consistency(old, bytes(32), new, root, proof)
        assert not tree.check_consistency(old, before, new, bytes(32), proof)
        assert not tree.check_consistency(new + 1, before, new, root, proof)
        assert not tree.check_consistency(-1, before, new, root, proof)


def _changed(proof: list[bytes]) -> list[list[bytes]]:
    """Proofs that differ: each bit, one more, one less, one that is no hash, far too long."""
    found = [[*proof, bytes(32)], [bytes(32), *proof], [*proof, b"short"], proof + [bytes(32)] * 100]
    found += [proof[:at] + proof[at + 1 :] for at in range(len(proof))]
    for at, one in enumerate(proof):
        for bit in range(256):
            flipped = (int.from_bytes(one) ^ 1 << bit).to_bytes(32)
            found.append([*proof[:at], flipped, *proof[at + 1 :]])
    return found


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 5), (5, 5)])
def test_there_is_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="there is no leaf"):
        tree.inclusion_proof(index, size, trees.reading(trees.leaves(5)))


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 3)])
def test_a_tree_extends_no_larger_one(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="does not extend"):
        tree.consistency_proof(old, new, trees.reading(trees.leaves(5)))
