"""Files that want to do harm: they are refused, in little time and memory."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from consent.bundle import container, layout
from consent.bundle.errors import Lie
from consent.keys import Keys

from ..conftest import NOW
from .conftest import Made
from .making import checked, files_of, many, packed, rewritten, signed


def other_zip(files: dict[str, bytes], how: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_same_files_in_another_zip_are_no_bundle(made: Made, keys: Keys, how: int) -> None:
    with pytest.raises(Lie, match="the ZIP container"):
        checked(other_zip(files_of(made.data), how), keys)


def test_a_bomb_is_not_unpacked(keys: Keys) -> None:
    with pytest.raises(Lie, match="the ZIP container"):
        checked(other_zip({"manifest.json": bytes(50_000_000)}, zipfile.ZIP_DEFLATED), keys)


def test_an_end_that_promises_too_much(tiny: bytes, keys: Keys) -> None:
    for count, length, start in ((0xFFFE, 0xFFFF_FFF0, 0), (2, 100, 0xFFFF_FFF0), (0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF)):
        end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, length, start, 0)
        with pytest.raises(Lie, match="the ZIP container"):
            checked(tiny[:-22] + end, keys)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "records/1.jsonl", "x" * 201, "report.html\n"])
def test_a_member_that_no_bundle_has(tiny: bytes, keys: Keys, name: str) -> None:
    assert keys.ledger
    files = files_of(tiny)
    fresh = {name: b"x"} | files
    with pytest.raises(Lie):
        checked(signed(fresh, keys.ledger), keys)
    with pytest.raises(Lie):
        checked(packed({name: b"x"} | files), keys)


@pytest.mark.parametrize("name", [layout.CHECKPOINT, layout.KEYS, layout.MANIFEST, layout.SIGNATURE])
@pytest.mark.parametrize("data", [b"", b"\x00", b"[" * 100_000, b"\xff\xfe", b"{}", b"[]", b'"x"'])
def test_nonsense_in_a_small_file_is_a_lie_and_no_crash(tiny: bytes, name: str, data: bytes) -> None:
    with pytest.raises(Lie):
        checked(packed(files_of(tiny) | {name: data}))


@pytest.mark.parametrize("name", [layout.KEYS, layout.CHECKPOINTS, layout.part(0)])
@pytest.mark.parametrize("data", [b"", b"\n", b"\x00\n", b"[" * 200_000 + b"\n", b"\xff\xfe\n", b"{}\n", b"\n\n\n\n"])
def test_nonsense_that_is_signed_is_a_lie_and_no_crash(tiny: bytes, keys: Keys, name: str, data: bytes) -> None:
    assert keys.ledger
    with pytest.raises(Lie):
        checked(signed(files_of(tiny) | {name: data}, keys.ledger), keys)


@pytest.mark.parametrize("name", ["\x1b]0;owned\x07", "\x1b[2K\rall is well", "a\nb"])
def test_a_name_does_not_steer_the_terminal(tiny: bytes, keys: Keys, name: str) -> None:
    assert keys.ledger
    for data in (packed({name: b"x"} | files_of(tiny)), signed({name: b"x"} | files_of(tiny), keys.ledger)):
        with pytest.raises(Lie) as caught:
            checked(data, keys)
        assert str(caught.value).isprintable()


def test_a_notice_larger_than_any_is_not_read(tiny: bytes, keys: Keys) -> None:
    assert keys.ledger
    files = files_of(tiny)
    (name,) = [path for path in files if path.startswith("notices/")]
    with pytest.raises(Lie, match="in no bundle more than"):
        checked(signed(files | {name: bytes(layout.NOTICE_BYTES + 1)}, keys.ledger), keys)


def test_a_container_of_more_than_4_gib_has_one_form_too() -> None:
    """Headers alone, as if the members lay where they say."""
    far = [container.Member(f"records/{n:06d}.jsonl", 3 << 30, 7, 0) for n in range(1)]
    far.append(container.Member("records/000001.jsonl", 3 << 30, 8, far[0].end))
    far.append(container.Member("records/000002.jsonl", 5, 9, far[1].end))
    tail = container.directory(far)
    heads = {one.offset: container.local(one.name, one.size, one.crc) for one in far}
    start, size = far[-1].end, far[-1].end + len(tail)

    def read(at: int, length: int) -> bytes:
        return heads[at][:length] if at in heads else tail[at - start : at - start + length]

    assert container.members(read, size) == far
    changed = bytearray(tail)
    for at in range(len(tail)):
        changed[at] ^= 4

        def lied(where: int, length: int) -> bytes:
            return heads[where][:length] if where in heads else bytes(changed[where - start : where - start + length])

        with pytest.raises((Lie, KeyError)):
            container.members(lied, size)
        changed[at] ^= 4


PROGRAM = """
import sys, threading, time
from pathlib import Path
import psutil
from consent.bundle.verify.opening import Trust
from consent.bundle.verify.run import verify
from consent.bundle.verify.source import FileSource

def watch():
    me = psutil.Process()
    while not over.is_set():
        used = me.memory_info().rss
        for one in me.children(recursive=True):
            try:
                used += one.memory_info().rss
            except psutil.Error:
                pass
        peak[0] = max(peak[0], used)
        time.sleep(0.02)

if __name__ == "__main__":
    peak, over = [0], threading.Event()
    threading.Thread(target=watch, daemon=True).start()
    with FileSource(Path(sys.argv[1])) as source:
        size = verify(source, Trust(), jobs=int(sys.argv[2])).bundle.manifest.size
    over.set()
    print(size, peak[0] >> 20)
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_large_log_is_verified_in_little_memory(made: Made, keys: Keys, tmp_path: Path, jobs: int) -> None:
    """50,000 records are 25 MB; all processes together, the libraries included."""
    assert keys.ledger
    files = files_of(made.data)
    key, notice = keys.current.id.encode(), made.world.notice.id.encode()
    lines = [line % (key, notice) for line in many(50_000, NOW)]
    path, program = tmp_path / "log.zip", tmp_path / "program.py"
    path.write_bytes(rewritten(files, lines, keys.ledger, [(20_000, NOW + 20_000), (50_000, NOW + 50_000)]))
    program.write_text(textwrap.dedent(PROGRAM))
    done = subprocess.run([sys.executable, program, path, str(jobs)], capture_output=True, text=True, check=True)
    size, megabytes = map(int, done.stdout.split())
    assert size == 50_000 and megabytes < 300, done.stdout


def test_an_id_that_stands_twice_in_different_parts(made: Made, keys: Keys) -> None:
    assert keys.ledger
    files = files_of(made.data)
    key, notice = keys.current.id.encode(), made.world.notice.id.encode()
    lines = [line % (key, notice) for line in many(layout.PART + 10, NOW)]
    lines[layout.PART + 5] = lines[100]
    data = rewritten(files, lines, keys.ledger, [(len(lines), NOW + len(lines))])
    with pytest.raises(Lie, match=r"records/000001\.jsonl, record 16,389 .*stands twice: record 100 has it"):
        checked(data, keys)
