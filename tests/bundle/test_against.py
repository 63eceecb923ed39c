"""A newer bundle against an older one, and a log against a token."""

from __future__ import annotations

import pytest

from consent import token as tokens
from consent.bundle.errors import BundleError, Lie, Missing
from consent.bundle.verify.against import compare
from consent.bundle.verify.promise import find
from consent.keys import Keys

from ..conftest import NOW
from .conftest import COUNT, Made
from .making import checked, files_of, lines_of, rewritten


def test_the_newer_continues_the_older(made: Made, keys: Keys) -> None:
    found = compare(checked(made.data, keys).bundle, checked(made.older, keys).bundle)
    assert (found.older, found.newer, found.checkpoints) == (120, COUNT, 2)
    same = checked(made.data, keys).bundle
    assert compare(same, same).older == COUNT


def test_a_log_that_was_cut_off_does_not(made: Made, keys: Keys) -> None:
    with pytest.raises(Lie, match="removed from its end, or the two were given in the wrong order"):
        compare(checked(made.older, keys).bundle, checked(made.data, keys).bundle)


def test_a_log_that_was_forked_does_not(made: Made, keys: Keys) -> None:
    """The liar makes the whole log anew, with one record left out, and as many records as before."""
    assert keys.ledger
    files = files_of(made.data)
    lines = lines_of(files)
    del lines[110]
    data = rewritten(files, lines, keys.ledger, [(60, NOW + 60), (len(lines), NOW + COUNT)])
    forked = checked(data, keys).bundle  # by itself it holds
    with pytest.raises(Lie) as caught:
        compare(forked, checked(made.older, keys).bundle)
    assert "records/000000.jsonl, record 110: it is another record than the older bundle has" in str(caught.value)
    assert "this log does not lead to the checkpoint of 120 records" in str(caught.value)


def test_a_log_of_another_site_does_not(made: Made, tiny: bytes, keys: Keys) -> None:
    from consent import keys as rings

    assert keys.ledger
    other = rings.ledger_key("demo", b"\x05" * 32, NOW, "other.example/log")
    files = files_of(made.data)
    published = rings.published(Keys(keys.site, keys.signing, keys.personal, keys.index, other))
    from consent.encoding import canonical

    foreign = rewritten(files | {"keys.json": canonical(published)}, lines_of(files), other, [(COUNT, NOW + COUNT)])
    with pytest.raises(Lie, match=r"that one is of the log other\.example/log"):
        compare(checked(made.data, keys).bundle, checked(foreign).bundle)
    with pytest.raises(Lie, match="record 0: it is another record"):
        compare(checked(made.data, keys).bundle, checked(tiny, keys).bundle)


def test_a_token_finds_its_record(made: Made, keys: Keys) -> None:
    bundle = checked(made.data, keys).bundle
    for index in (0, 3, 299 - 299 % 3):
        token = tokens.issue(made.world.entries[index].record, keys)
        assert token.record and find(bundle, f" {token.text}\n").index == index


def test_a_token_without_its_record_is_evidence(made: Made, keys: Keys) -> None:
    """An acknowledged record is dropped before it is sealed: only the holder of its token can know."""
    assert keys.ledger
    files = files_of(made.data)
    lines = lines_of(files)
    del lines[150]
    data = rewritten(files, lines, keys.ledger, [(len(lines), NOW + COUNT)])
    bundle = checked(data, keys).bundle
    token = tokens.issue(made.world.entries[150].record, keys)
    with pytest.raises(Missing, match="together they are evidence that a record was left out") as caught:
        find(bundle, token.text)
    assert str(token.record) in str(caught.value)


def test_a_token_that_is_younger_than_the_log_may_wait_still(tiny: bytes, made: Made, keys: Keys) -> None:
    token = tokens.issue(made.world.entries[9].record, keys)
    with pytest.raises(Missing, match="ask for a newer bundle"):
        find(checked(tiny, keys).bundle, token.text)


def test_a_token_that_proves_nothing(made: Made, keys: Keys) -> None:
    bundle = checked(made.data, keys).bundle
    good = tokens.issue(made.world.entries[0].record, keys).text
    refusal = tokens.issue(made.world.entries[1].record, keys).text
    with pytest.raises(BundleError, match="token of a refusal"):
        find(bundle, refusal)
    with pytest.raises(Lie, match="signature is not"):
        find(bundle, good[:-3] + ("AAA" if not good.endswith("AAA") else "BBB"))
    for text in ("", "x", good[:40], "é" * 30, good + good):
        with pytest.raises(Lie):
            find(bundle, text)
