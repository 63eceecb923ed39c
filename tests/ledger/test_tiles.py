"""Tiles: the published names, trees that grow, the same root however they grew."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.ledger import tiles, tree
from consent.ledger.tiles import ENTRIES, Name

from . import trees


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (Name(0, 0), "tile/0/000"),
        (Name(0, 1234067), "tile/0/x001/x234/067"),
        (Name(1, 999), "tile/1/999"),
        (Name(1, 1000, 17), "tile/1/x001/000.p/17"),
        (Name(ENTRIES, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_names_as_the_specification_writes_them(name: Name, path: str) -> None:
    assert tiles.path(name) == path
    assert tiles.parse_path(path) == name


@pytest.mark.parametrize(
    "path",
    [
        "tile/00/000", "tile/64/000", "tile/0/0", "tile/0/0000", "tile/0/x000/001", "tile/0/1234", "tile/0/000.p/0",
        "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000/", "/tile/0/000", "tile/-1/000",
        "tile/0/٠٠٠", "tile/0/000.p/8\n", "tile/entry/000", "tile/0/../000", "tile/0/001/002",
    ],
)  # fmt: skip
def test_any_other_spelling_is_no_name(path: str) -> None:
    assert tiles.parse_path(path) is None


def test_the_tiles_of_70000() -> None:
    """The example of the specification."""
    found = list(tiles.names(70_000))
    assert len([name for name in found if name.level == 0 and name.width == 256]) == 273
    assert found[273:] == [Name(0, 273, 112), Name(1, 0), Name(1, 1, 17), Name(2, 0, 1)]
    assert list(tiles.names(256)) == [Name(0, 0), Name(1, 0, 1)]
    assert tiles.edge(70_000) == [Name(0, 273, 112), Name(1, 1, 17), Name(2, 0, 1)]
    assert list(tiles.names(0)) == tiles.edge(0) == []


def grown(steps: list[int]) -> tuple[dict[tuple[int, int], bytes], int]:
    kept: dict[tuple[int, int], bytes] = {}
    leaves, size = trees.leaves(sum(steps)), 0
    for step in steps:
        kept.update(tiles.grow(size, lambda level, number: kept[level, number], leaves[size : size + step]))
        size += step
    return kept, size


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 600), max_size=6))
def test_however_it_grows_it_is_the_same_tree(steps: list[int]) -> None:
    kept, size = grown(steps)
    assert {(n.level, n.number): n.width for n in tiles.names(size)} == {k: len(v) // 32 for k, v in kept.items()}
    assert tiles.root_from(size, lambda level, number: kept[level, number]) == tree.root(trees.leaves(size))


def test_proofs_from_tiles() -> None:
    size = 66_000  # three levels
    kept, _ = grown([size])
    read = tiles.reader(lambda level, number: kept[level, number])
    root, leaves = tree.root_of(size, read), trees.leaves(size)
    chance = random.Random(4)
    for index in [0, 255, 256, 65_535, 65_536, size - 1, *chance.sample(range(size), 40)]:
        proof = tree.inclusion_proof(index, size, read)
        assert tree.check_inclusion(leaves[index], index, size, proof, root)
    for old in [1, 256, 65_536, 65_999, *chance.sample(range(1, size), 20)]:
        before = tiles.root_from(old, lambda level, number: kept[level, number])
        assert tree.check_consistency(old, before, size, root, tree.consistency_proof(old, size, read))


def test_a_tile_that_is_too_short_is_noticed() -> None:
    kept, size = grown([300])
    kept[0, 1] = kept[0, 1][:-32]
    with pytest.raises(LookupError, match=r"tile/0/001 lacks hash 43|tile/0/001 lacks"):
        tiles.root_from(size, lambda level, number: kept[level, number])


def test_entry_bundles() -> None:
    assert tiles.entry_bundle([b"ab", b"", b"c" * 258]) == b"\x00\x02ab\x00\x00\x01\x02" + b"c" * 258
    assert len(tiles.entry_bundle([b"x" * 65_535])) == 65_537
    with pytest.raises(ValueError, match="65,535"):
        tiles.entry_bundle([b"x" * 65_536])
