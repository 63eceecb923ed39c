from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from consent.encoding import canonical_ascii_keys
from consent.export.kinds import Kinds
from consent.export.lines import Exported, as_csv, fields_of, to_line, to_row
from consent.export.quick import Lines, Rows
from consent.record import Record
from consent.store import Entry
from consent.store.page import paged

TIME = "2026-11-21T04:00:00Z"
WORDS = st.text(alphabet=st.sampled_from("ab%s\"',{}=-\\ü\u2028\ufffc0"), max_size=5)
OWN = st.text(alphabet=st.sampled_from("-_aZ09"), min_size=43, max_size=43)


def long_way(records: list[Record]) -> tuple[bytes, bytes]:
    exported = [Exported(record.leaf, fields_of(record.leaf), record.signature) for record in records]
    rows = [to_row(one, record.site, record.id) for one, record in zip(exported, records, strict=True)]
    return b"".join(map(to_line, exported)), as_csv(rows).encode()


def quick_way(records: list[Record]) -> tuple[bytes, bytes]:
    (page,) = paged(Entry(record, None, None, bytes(16)) for record in records)
    return Lines().of(page), Rows().of(page)


def going_the_quick_way(records: list[Record]) -> int:
    (page,) = paged(Entry(record, None, None, bytes(16)) for record in records)
    return sum(kind is not None for kind in Kinds().of(page))


@given(
    words=WORDS,
    more=WORDS,
    owns=st.lists(st.tuples(st.uuids(), OWN, st.binary(min_size=64, max_size=64)), min_size=1, max_size=4),
)
def test_the_quick_way_and_the_long_way_are_one(
    words: str, more: str, owns: list[tuple[uuid.UUID, str, bytes]]
) -> None:
    records = []
    for record_id, commitment, signature in owns:
        for personal in (commitment, None):
            leaf = canonical_ascii_keys(
                {"answers": {words: True}, "expires": TIME, "id": str(record_id), "locale": more, "personal": personal}
                | {"site": "demo", "time": TIME, "v": 1, "signals": {"dnt": more}}
            )
            records.append(Record("demo", record_id, leaf, signature))
    assert quick_way(records) == long_way(records)
    assert going_the_quick_way(records) == (0 if "\ufffc" in words + more else len(records))


@given(st.binary(min_size=1, max_size=300), st.uuids())
def test_what_is_no_leaf_goes_the_long_way(leaf: bytes, record_id: uuid.UUID) -> None:
    records = [Record("demo", record_id, leaf, bytes(64))]
    assert going_the_quick_way(records) == 0
    assert quick_way(records) == long_way(records)


def test_a_gap_in_an_unexpected_place_goes_the_long_way() -> None:
    """The store finds the gaps by the look of the bytes; columns must come from the fields."""
    record_id = uuid.UUID(int=7 << 76)
    for inner in ("2020-01-01T00:00:00Z", TIME):
        leaf = canonical_ascii_keys(
            {"answers": {"expires": inner}, "expires": TIME, "id": str(record_id), "personal": None, "time": TIME}
        )
        records = [Record("demo", record_id, leaf, bytes(64))]
        assert going_the_quick_way(records) == 0
        assert quick_way(records) == long_way(records)


def test_a_leaf_that_is_not_canonical_goes_the_long_way() -> None:
    record_id = uuid.UUID(int=7 << 76)
    leaf = f'{{"expires":"{TIME}","id":"{record_id}","personal":null,"time":"{TIME}", "v":1}}'.encode()
    records = [Record("demo", record_id, leaf, bytes(64))]
    assert going_the_quick_way(records) == 0
    assert quick_way(records) == long_way(records)


def test_what_is_damaged_in_a_record_of_a_known_kind_goes_the_long_way_alone() -> None:
    """Times that are formulas or end a cell, a commitment that ends a string: neighbours stay quick."""
    good = canonical_ascii_keys(
        {
            "answers": {},
            "expires": TIME,
            "id": str(uuid.UUID(int=1)),
            "personal": "c" * 43,
            "site": "demo",
            "time": TIME,
        }
    )
    records = [Record("demo", uuid.UUID(int=1), good, bytes(64))]
    for number, (old, new) in enumerate(
        [(TIME, "=026-11-21T04:00:00Z"), (TIME, '2026-11-21T04:00:0",'), ("c" * 43, "c" * 41 + '",'), (TIME, "-" * 20)],
        2,
    ):
        leaf = good.decode().replace(str(uuid.UUID(int=1)), str(uuid.UUID(int=number)))
        assert old in leaf
        records.append(Record("demo", uuid.UUID(int=number), leaf.replace(old, new).encode(), bytes(64)))
    records.append(Record("demo", uuid.UUID(int=9), good.replace(b"00000001", b"00000009"), bytes(64)))
    assert going_the_quick_way(records) == 3  # to begin with a hyphen needs no long way
    assert quick_way(records) == long_way(records)
