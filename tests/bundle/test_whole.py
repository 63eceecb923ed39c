"""An honest bundle: what is in it, and that all of it holds."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

from consent.bundle import layout, manifest
from consent.export.parquet import arrow
from consent.keys import Keys

from .conftest import COUNT, EVERY, Made
from .making import checked, files_of, lines_of, packed


def test_an_honest_bundle_holds(made: Made, keys: Keys) -> None:
    found = checked(made.data, keys)
    assert found.bundle.manifest.size == COUNT and found.checkpoints == COUNT // EVERY
    assert (found.first, found.last) == ("2026-11-21T04:00:00Z", "2026-11-21T04:04:59Z")
    assert found.rows is None and not found.signatures


def test_each_signature_and_each_row_of_parquet_holds(made: Made, keys: Keys) -> None:
    found = checked(made.data, keys, signatures=True, parquet=True)
    assert found.rows == COUNT and found.signatures


def test_any_zip_tool_opens_it_and_finds_the_files_of_the_manifest(made: Made) -> None:
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert archive.testzip() is None
        listed = manifest.parse(archive.read(layout.MANIFEST)).members
        assert [one.filename for one in archive.infolist()][:-2] == [one.path for one in listed]
        for one in listed:
            assert hashlib.sha256(archive.read(one.path)).hexdigest() == one.sha256
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())


def test_it_is_the_same_however_often_it_is_made(made: Made) -> None:
    assert packed(files_of(made.data)) == made.data


def test_parquet_is_by_day_and_names_each_place(made: Made) -> None:
    from pyarrow import parquet

    assert arrow()
    files = files_of(made.data)
    table = parquet.read_table(io.BytesIO(files["parquet/site=demo/day=2026-11-21/part-0.parquet"]))
    assert table["index"].to_pylist() == list(range(COUNT))
    leaves = [json.dumps(json.loads(line)["leaf"], sort_keys=True, separators=(",", ":")) for line in lines_of(files)]
    assert [leaf.decode() for leaf in table["leaf"].to_pylist()] == leaves
