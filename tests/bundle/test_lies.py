"""An operator who holds every key lies: each lie is found, and named."""

from __future__ import annotations

import json
import uuid

import pytest

from consent import keys as rings
from consent.bundle import layout
from consent.bundle.errors import Lie
from consent.encoding import b64, canonical, canonical_ascii_keys, sha256
from consent.keys import Keys
from consent.record import Record, attestation

from ..conftest import NOW
from .conftest import COUNT, EVERY, Made
from .making import checked, files_of, grown, leaf_of, line_of, lines_of, note, packed, rewritten, signed

KEPT = [(size, NOW + size) for size in range(EVERY, COUNT + 1, EVERY)]  # as the honest log has them


def lie_of(data: bytes, keys: Keys | None, **how: bool) -> str:
    with pytest.raises(Lie) as caught:
        checked(data, keys, **how)
    return str(caught.value)


def changed(line: bytes, keys: Keys, **fields: object) -> bytes:
    """The record with other fields, signed again by the site's own key."""
    leaf = {**json.loads(leaf_of(line)), **fields}
    raw = canonical_ascii_keys(leaf)
    return line_of(Record("demo", uuid.UUID(str(leaf["id"])), raw, keys.sign(attestation(leaf, raw))))


def test_the_tools_of_the_liar_make_an_honest_bundle(made: Made, keys: Keys) -> None:
    files = files_of(made.data)
    assert keys.ledger
    assert checked(signed(files, keys.ledger), keys).checkpoints == len(KEPT)
    assert (
        checked(rewritten(files, lines_of(files), keys.ledger, KEPT), keys, signatures=True, parquet=True).rows == COUNT
    )


def test_a_record_is_changed_and_all_but_the_checkpoints_follow(made: Made, keys: Keys) -> None:
    files = files_of(made.data)
    assert keys.ledger
    lines = lines_of(files)
    lines[130] = changed(lines[130], keys, method="save")
    said = lie_of(signed(files | {layout.part(0): b"".join(lines)}, keys.ledger), keys)
    assert "records/000000.jsonl, record 130 (" in said and "its leaf hash is not the one at its place" in said
    said = lie_of(signed(grown(files, lines), keys.ledger), keys)
    assert "the checkpoint of 180 records: its root is not that of the first records" in said


@pytest.mark.parametrize("how", ["dropped", "reordered", "inserted", "doubled"])
def test_records_are_dropped_reordered_inserted_doubled(made: Made, keys: Keys, how: str) -> None:
    files = files_of(made.data)
    assert keys.ledger
    lines = lines_of(files)
    if how == "dropped":
        del lines[70]
    elif how == "reordered":
        lines[70], lines[71] = lines[71], lines[70]
    elif how == "doubled":
        lines[70] = lines[71]
    else:
        fields = json.loads(leaf_of(lines[70]))
        lines.insert(70, changed(lines[70], keys, id=fields["id"][:-4] + "ffff"))
    assert "records" in lie_of(packed(files | {layout.part(0): b"".join(lines)}), keys)
    said = lie_of(signed(files | {layout.part(0): b"".join(lines)}, keys.ledger), keys)
    words = {"dropped": "it has 299 records", "inserted": "more than the 300"}
    assert words.get(how, "record 70 (") in said
    if how in ("reordered", "doubled"):
        said = lie_of(signed(grown(files, lines), keys.ledger), keys)
        assert ("its id stands twice" if how == "doubled" else "the checkpoint of 120 records") in said
        times = KEPT
    else:
        times = [*KEPT[:-1], (len(lines), NOW + COUNT)]
    # With every checkpoint signed anew, one bundle cannot show it (but for an id that stands twice): an older one does.
    data = rewritten(files, lines, keys.ledger, times)
    if how == "doubled":
        assert "record 71 (" in lie_of(data, keys) and "stands twice: record 70" in lie_of(data, keys)
    else:
        checked(data, keys)
        assert_not_continued(data, made.older, keys, 70)


def assert_not_continued(data: bytes, older: bytes, keys: Keys, index: int) -> None:
    from consent.bundle.verify.against import compare

    with pytest.raises(Lie) as caught:
        compare(checked(data, keys).bundle, checked(older, keys).bundle)
    assert f"record {index}:" in str(caught.value) and "the log was rewritten" in str(caught.value)


def test_a_record_is_dated_back(made: Made, keys: Keys) -> None:
    """A record that is made today for a day long ago has its place at the end, under today's checkpoint."""
    files = files_of(made.data)
    assert keys.ledger
    lines = lines_of(files)
    lines.append(changed(lines[5], keys, id="01a1fc42-d200-7000-8000-0000000000ff", time="2026-11-21T04:00:01Z"))
    later = [*KEPT, (COUNT + 1, NOW + 86_400)]
    data = rewritten(files, lines, keys.ledger, later)
    checked(data, keys)  # within the grace, for the checkpoint before it is from that hour
    later = [*KEPT[:-1], (COUNT, NOW + 3600), (COUNT + 1, NOW + 7200)]
    said = lie_of(rewritten(files, lines, keys.ledger, later), keys)
    assert "record 300 (01a1fc42" in said and "its field time says 2026-11-21T04:00:01Z" in said
    assert "the log's checkpoint of 300 records, which does not hold it, is of 2026-11-21T05:00:00Z" in said
    assert "it is dated back" in said


def test_a_record_is_dated_ahead(made: Made, keys: Keys) -> None:
    files = files_of(made.data)
    assert keys.ledger
    lines = lines_of(files)
    lines[10] = changed(lines[10], keys, time="2026-11-21T09:00:00Z")
    said = lie_of(rewritten(files, lines, keys.ledger, KEPT), keys)
    assert "record 10 (" in said and "its field time says 2026-11-21T09:00:00Z" in said and "dated ahead" in said


def test_a_notice_is_swapped(made: Made, keys: Keys) -> None:
    files = files_of(made.data)
    assert keys.ledger
    (name,) = [path for path in files if path.startswith("notices/")]
    body = json.loads(files[name])
    body["purposes"][0]["text"] = "We do nothing at all."
    other = canonical(body)
    said = lie_of(signed(files | {name: other}, keys.ledger), keys)
    assert said.startswith(name) and "its name is not the hash of what stands in it" in said
    renamed = {(layout.notice(b64(sha256(other))) if path == name else path): data for path, data in files.items()}
    renamed[layout.notice(b64(sha256(other)))] = other
    said = lie_of(signed(renamed, keys.ledger), keys)
    assert "record 0 (" in said and "its field notice names" in said and "the bundle holds no such notice" in said
    kept = {}
    for path, data in files.items():
        kept[path] = data
        if path == name:
            kept[layout.notice(b64(sha256(other)))] = other
    kept = dict(sorted(kept.items(), key=lambda one: (list(files).index(one[0] if one[0] in files else name), one[0])))
    assert "no record names this notice" in lie_of(signed(kept, keys.ledger), keys)


def test_a_checkpoint_is_replaced_left_out_or_of_another_time(made: Made, keys: Keys) -> None:
    files = files_of(made.data)
    assert keys.ledger
    notes = files[layout.CHECKPOINTS].decode().removesuffix("\n").split("\n\n")
    pairs = [f"{a}\n\n{b}\n" for a, b in zip(notes[::2], notes[1::2], strict=True)]

    def with_notes(*given: str) -> bytes:
        assert keys.ledger
        more = {layout.CHECKPOINTS: "\n".join(given).encode(), layout.CHECKPOINT: given[-1].encode()}
        return signed(files | more, keys.ledger)

    forged = note(keys.ledger, 120, b"\x07" * 32, NOW + 120)
    assert "the checkpoint of 120 records: its root is not" in lie_of(with_notes(pairs[0], forged, *pairs[2:]), keys)
    forged = note(keys.ledger, COUNT, b"\x07" * 32, NOW + COUNT)
    said = lie_of(with_notes(*pairs[:-1], forged), keys)
    assert "the checkpoint of 300 records: its root is not" in said
    swapped = with_notes(pairs[1], pairs[0], *pairs[2:])
    assert "does not stand behind" in lie_of(swapped, keys)
    back = _at(pairs[1], keys, NOW + 10)
    assert "which is of" in lie_of(with_notes(pairs[0], back, *pairs[2:]), keys)
    other = files | {layout.CHECKPOINT: _at(pairs[-1], keys, NOW + COUNT + 5).encode()}
    assert "it is not the last of checkpoints.txt" in lie_of(signed(other, keys.ledger), keys)
    for which, words in ((1, "The signature of"), (2, "The cosignature of")):
        unsigned = pairs[2].replace(pairs[2].split("— ")[which][:80], pairs[1].split("— ")[which][:80])
        data = with_notes(*pairs[:2], unsigned, *pairs[3:])
        assert f"the checkpoint of 180 records: {words}" in lie_of(data, keys, signatures=True)
    strange = pairs[2].replace(pairs[2].split("— ")[1].split(" ")[1][:8], "AAAAAAAA")
    assert "the checkpoint of 180 records: No trusted key signed this" in lie_of(
        with_notes(*pairs[:2], strange, *pairs[3:]), keys
    )
    # Older states that are left out are missed by whoever has an older bundle only if the log was changed as well.
    assert checked(with_notes(pairs[0], pairs[-1]), keys).checkpoints == 2


def _at(text: str, keys: Keys, time: int) -> str:
    """The same checkpoint, signed for another time."""
    from consent.ledger.checkpoint import parse_text

    assert keys.ledger
    head = parse_text(text.rpartition("\n\n")[0] + "\n")
    return note(keys.ledger, head.size, head.root, time)


@pytest.mark.parametrize("name", ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"])
def test_tiles_are_truncated_or_changed(made: Made, keys: Keys, name: str) -> None:
    files = files_of(made.data)
    assert keys.ledger
    said = lie_of(signed(files | {name: files[name][:-32]}, keys.ledger), keys)
    assert name in said
    other = bytes([files[name][0] ^ 1]) + files[name][1:]
    said = lie_of(signed(files | {name: other}, keys.ledger), keys)
    assert name in said
    without = {path: data for path, data in files.items() if path != name}
    assert f"{name}: it is missing" in lie_of(signed(without, keys.ledger), keys)


def test_all_is_signed_again_with_another_key(made: Made, keys: Keys) -> None:
    files = files_of(made.data)
    other = rings.ledger_key("demo", b"\x09" * 32, NOW, "demo.example/consent")
    foreign = rings.ledger_key("demo", b"\x09" * 32, NOW)
    for key in (other, foreign):
        published = rings.published(Keys(keys.site, keys.signing, keys.personal, keys.index, key))
        data = rewritten(files | {layout.KEYS: canonical(published)}, lines_of(files), key, KEPT)
        said = lie_of(data, keys)
        assert said.startswith("manifest.sig") and "trust" in said
        assert checked(data, None).checkpoints == len(KEPT)  # nobody's key was given: whole, but whose?


def test_records_are_signed_again_with_another_key(made: Made, keys: Keys) -> None:
    files = files_of(made.data)
    assert keys.ledger
    mine = rings.new_ring("demo", NOW, b"\x0a" * 32, b"\x02" * 32, b"\x03" * 32, keys.ledger)
    lines = lines_of(files)
    lines[3] = changed(lines[3], mine, key=mine.current.id)
    assert "record 3 (" in lie_of(rewritten(files, lines, keys.ledger, KEPT), keys)
    lines = lines_of(files)
    lines[3] = changed(lines[3], mine)  # it says that the site's key signed it
    data = rewritten(files, lines, keys.ledger, KEPT)
    checked(data, keys)
    said = lie_of(data, keys, signatures=True)
    assert "record 3 (" in said and "its signature is not that of its key" in said


def test_parquet_that_says_something_else(made: Made, keys: Keys) -> None:
    import io

    from pyarrow import compute, parquet

    files = files_of(made.data)
    assert keys.ledger
    (name,) = [path for path in files if path.startswith("parquet/")]
    table = parquet.read_table(io.BytesIO(files[name]))

    def with_table(other: object) -> bytes:
        assert keys.ledger
        out = io.BytesIO()
        parquet.write_table(other, out)
        return signed(files | {name: out.getvalue()}, keys.ledger)

    methods = compute.replace_substring(table["method"], "reject_all", "accept_all")
    lied = with_table(table.set_column(table.schema.get_field_index("method"), table.schema.field("method"), methods))
    checked(lied, keys)  # its hash is signed by the operator, and all that is asked without --parquet
    said = lie_of(lied, keys, parquet=True)
    assert name in said and "record 1 (" in said and "in the column method" in said
    assert "299 rows together" in lie_of(with_table(table.slice(0, 299)), keys, parquet=True)
    assert "not in the order of their ids" in lie_of(
        with_table(table.take([1, 0, *range(2, COUNT)])), keys, parquet=True
    )
    garbage = signed(files | {name: b"PAR1" + bytes(100) + b"PAR1"}, keys.ledger)
    assert f"{name}: it cannot be read as Parquet" in lie_of(garbage, keys, parquet=True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"site": "other"}, "its field site says 'other'"),
        ({"locale": "de"}, "its field locale says 'de', and its notice was 'en'"),
        ({"v": 2}, "its field v is not 1"),
        ({"answers": {"secret": True}}, "its field answers has 'secret'"),
        ({"yields": []}, "its field yields is not of the kind"),
        ({"yields": ["secret"]}, "its field yields has 'secret', which was not granted"),
        ({"advice": "Our lawyer"}, "its field advice does not say what its notice says"),
        ({"advice": 7}, "its field advice is not of the kind"),
        ({"answers": "yes"}, "its field answers is not of the kind"),
        ({"expires": "2026-11-21T04:00:00Z"}, "its field expires is not after its time"),
        ({"expires": "2027-02-29T04:00:00Z"}, "its field expires is not a time in UTC"),
        ({"personal": "=" * 43}, "its field personal is not a commitment"),
        ({"more": 1}, "does not have the fields of a record"),
        ({"key": "AAAAAAAAAAA"}, "its field key names 'AAAAAAAAAAA'"),
    ],
)
def test_a_leaf_that_no_record_has(made: Made, keys: Keys, fields: dict[str, object], words: str) -> None:
    files = files_of(made.data)
    assert keys.ledger
    lines = lines_of(files)
    leaf = canonical_ascii_keys({**json.loads(leaf_of(lines[0])), **fields})
    lines[0] = b'{"leaf":' + leaf + lines[0][lines[0].rindex(b',"signature"') :]
    said = lie_of(rewritten(files, lines, keys.ledger, KEPT), keys)
    assert "records/000000.jsonl, record 0 (" in said and words in said


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"v":1', b'"v": 1'), (b'{"leaf"', b'{"Leaf"'), (b'"}\n', b'" }\n'), (b'"id":"0', b'"id":"X'), (b"\n", b"\r\n")],
)
def test_a_line_that_is_written_in_another_way(made: Made, keys: Keys, old: bytes, new: bytes) -> None:
    files = files_of(made.data)
    assert keys.ledger
    lines = lines_of(files)
    lines[7] = lines[7].replace(old, new, 1)
    said = lie_of(signed(files | {layout.part(0): b"".join(lines)}, keys.ledger), keys)
    assert "records/000000.jsonl, record 7" in said
