"""Every single bit of a small bundle: changed, it is found, and the file that holds it is named.

Each bit goes through the step of the verifier that has to see it; one bit of each byte (of the large files, of some)
through the whole of it as well. CONSENT_EVERY_BIT=1 sends every bit through the whole, which takes minutes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from consent.bundle import container, layout, manifest
from consent.bundle.errors import Lie
from consent.bundle.verify import opening, part
from consent.bundle.verify.leaves import Lines
from consent.bundle.verify.run import _parts
from consent.keys import Keys

from .making import checked

EVERY_BIT = bool(os.environ.get("CONSENT_EVERY_BIT"))
LARGE = 4000  # bytes, from which on a file is sampled


@pytest.fixture(scope="module")
def work(tiny: bytes) -> bytearray:
    return bytearray(tiny)


def members(data: bytearray) -> list[container.Member]:
    return container.members(lambda at, length: bytes(data[at : at + length]), len(data))


def bits(data: bytearray, places: range) -> Iterator[tuple[int, int]]:
    """Each bit of these places, flipped while the caller looks."""
    for at in places:
        for bit in range(8):
            data[at] ^= 1 << bit
            yield at, bit
            data[at] ^= 1 << bit


def refused(how: Callable[[], object], name: str, where: tuple[int, int]) -> None:
    try:
        how()
    except Lie as lie:
        assert name in lie.where, (where, str(lie))
    else:
        raise AssertionError(f"bit {where} of {name} was not missed")


def test_each_bit_of_the_container(work: bytearray) -> None:
    found = members(work)
    for one in found:
        for where in bits(work, range(one.offset, one.data)):
            refused(lambda: members(work), one.name, where)
    for where in bits(work, range(found[-1].end, len(work))):
        refused(lambda: members(work), container.WHERE, where)


def test_each_bit_of_the_manifest_and_its_signature(work: bytearray, keys: Keys) -> None:
    found = {one.name: one for one in members(work)}
    raw, note = found[layout.MANIFEST], found[layout.SIGNATURE]
    assert keys.ledger

    def check() -> None:
        trusted = (keys.ledger.verifier,) if keys.ledger else ()
        manifest.check(bytes(work[raw.data : raw.end]), bytes(work[note.data : note.end]), trusted)

    check()
    for one in (raw, note):
        for where in bits(work, range(one.data, one.end)):
            refused(check, "manifest.", where)


def test_each_bit_of_each_listed_file(work: bytearray) -> None:
    def read(at: int, length: int) -> bytes:
        return bytes(work[at : at + length])

    bundle = opening.opened(read, len(work), opening.Trust())
    for path, member in bundle.members.items():
        opening.whole(member, read)
        for where in bits(work, range(member.at, member.at + member.bytes)):
            refused(lambda member=member: opening.whole(member, read), path, where)  # type: ignore[misc]
    (only,) = _parts(bundle)
    part.check(only, bundle.context, read, Lines(bundle.context))
    for member in (only.member, *only.tiles):
        for where in bits(work, range(member.at, member.at + member.bytes)):
            refused(lambda: part.check(only, bundle.context, read, Lines(bundle.context)), member.path, where)


def test_the_whole_finds_them_and_names_the_file(work: bytearray, keys: Keys) -> None:
    checked(work, keys)
    found = members(work)
    behind = container.Member("the ZIP container", len(work) - found[-1].end, 0, found[-1].end)
    for one in (*found, behind):
        end = len(work) if one is behind else one.end
        step = 1 if EVERY_BIT or end - one.offset < LARGE else 40
        for at in range(one.offset, end, step):
            for bit in range(8) if EVERY_BIT else (at % 8,):
                work[at] ^= 1 << bit
                refused(lambda: checked(work, keys), "manifest." if "manifest." in one.name else one.name, (at, bit))
                work[at] ^= 1 << bit


def test_each_length_but_the_right_one_is_refused(tiny: bytes, keys: Keys) -> None:
    for end in (0, 1, 21, 22, 100, len(tiny) // 2, len(tiny) - 22, len(tiny) - 1):
        with pytest.raises(Lie):
            checked(tiny[:end], keys)
    for more in (tiny + b"\0", b"\0" + tiny, tiny + tiny):
        with pytest.raises(Lie):
            checked(more, keys)
