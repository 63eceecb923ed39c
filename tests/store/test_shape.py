"""A leaf parted and joined is the leaf."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.store.shape import join, split

from .samples import START, entry, leaf_of

ID = uuid.UUID("01a1b2c3-d4e5-7f60-8123-456789abcdef")


@pytest.mark.parametrize("subject", ["someone", None])
def test_leaves_of_one_kind_share_a_shape(subject: str | None) -> None:
    one, two = entry(subject=subject).record, entry(subject=subject).record
    parted = [split(record.leaf, record.id) for record in (one, two)]
    assert parted[0] is not None
    assert parted[1] is not None
    assert parted[0][0] == parted[1][0]
    assert len(parted[0][1]) == (83 if subject else 40)
    assert [join(*p, record.id) for p, record in zip(parted, (one, two), strict=True) if p] == [
        one.leaf,
        two.leaf,
    ]


def test_another_records_leaf_is_left_whole() -> None:
    assert split(entry().record.leaf, ID) is None


def test_parts_of_two_kinds_are_not_joined() -> None:
    yes, no = (split(leaf_of("demo", ID, START, subject), ID) for subject in ("someone", None))
    assert yes is not None
    assert no is not None
    with pytest.raises(ValueError, match="do not fit"):
        join(yes[0], no[1], ID)


PIECE = st.sampled_from(
    [
        b'"expires":"',
        b'"id":"',
        str(ID).encode(),
        b'"personal":"',
        b'"time":"',
        b"x" * 20,
        b"y" * 43,
        b"\x00",
        b'",',
        b"",
    ]
) | st.binary(max_size=8)


@given(st.lists(PIECE, max_size=16).map(b"".join))
def test_any_bytes_survive(leaf: bytes) -> None:
    parted = split(leaf, ID)
    assert parted is None or join(*parted, ID) == leaf


@given(st.integers(0, 600), st.binary(max_size=3))
def test_any_damaged_leaf_survives(at: int, junk: bytes) -> None:
    leaf = leaf_of("demo", ID, START, "someone")
    leaf = leaf[:at] + junk + leaf[at + 1 :]
    parted = split(leaf, ID)
    assert parted is None or join(*parted, ID) == leaf
