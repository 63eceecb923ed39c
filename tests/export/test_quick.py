from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from consent.encoding import canonical_ascii_keys
from consent.export.lines import Exported, as_csv, fields_of, to_line, to_row
from consent.export.quick import Quick
from consent.record import Record

TIME = "2026-11-21T04:00:00Z"
WORDS = st.text(alphabet=st.sampled_from("ab%s\"',{}=-\\ü\u2028"), max_size=5)
OWN = st.text(alphabet=st.sampled_from("-_aZ09"), min_size=43, max_size=43)


def long_way(record: Record) -> tuple[bytes, str]:
    exported = Exported(record.leaf, fields_of(record.leaf), record.signature)
    return to_line(exported), as_csv([to_row(exported, record.site, record.id)])


@given(
    words=WORDS, more=WORDS, owns=st.lists(st.tuples(st.uuids(), OWN, st.binary(min_size=64, max_size=64)), max_size=4)
)
def test_the_quick_way_and_the_long_way_are_one(
    words: str, more: str, owns: list[tuple[uuid.UUID, str, bytes]]
) -> None:
    quick = Quick()
    for record_id, commitment, signature in owns:
        for personal in (commitment, None):
            leaf = canonical_ascii_keys(
                {"answers": {words: True}, "expires": TIME, "id": str(record_id), "locale": more, "personal": personal}
                | {"site": "demo", "time": TIME, "v": 1, "signals": {"dnt": more}}
            )
            record = Record("demo", record_id, leaf, signature)
            line, row = long_way(record)
            assert quick.line(record) == line
            assert quick.row(record) == row


@given(st.binary(max_size=300), st.uuids())
def test_what_is_no_leaf_goes_the_long_way(leaf: bytes, record_id: uuid.UUID) -> None:
    record = Record("demo", record_id, leaf, bytes(64))
    assert Quick().line(record) is None and Quick().row(record) is None


def test_a_gap_in_an_unexpected_place_goes_the_long_way() -> None:
    """The store finds the gaps by the look of the bytes; columns must come from the fields."""
    record_id = uuid.UUID(int=7 << 76)
    leaf = canonical_ascii_keys(
        {"answers": {"expires": "2020-01-01T00:00:00Z"}, "expires": TIME, "id": str(record_id), "time": TIME}
    )
    record = Record("demo", record_id, leaf, bytes(64))
    quick = Quick()
    assert quick.row(record) in (None, long_way(record)[1])
    assert quick.line(record) in (None, long_way(record)[0])


def test_a_leaf_that_is_not_canonical_goes_the_long_way() -> None:
    record_id = uuid.UUID(int=7 << 76)
    leaf = f'{{"expires":"{TIME}","id":"{record_id}","time":"{TIME}", "v":1}}'.encode()
    assert Quick().line(Record("demo", record_id, leaf, bytes(64))) is None
